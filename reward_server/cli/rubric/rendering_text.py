"""A rendering as text for people: coloured by how widely each part of the prompt is shared.

What others wrote is inert: whatever would not be seen, or would move the cursor or turn the line around, is
written out as `<U+202E>`.
"""

import sys
from collections.abc import Iterator, Sequence
from io import TextIOWrapper
from itertools import groupby
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table
from rich.text import Text

from judges.prompts.rendering import Level, Piece, Question, Rendering
from rubrics.outcome import Outcome, Score
from rubrics.rubric import Rubric
from rubrics.verdict import Verdict

if TYPE_CHECKING:
    from collections.abc import Mapping

STYLES: "Mapping[Level, str]" = {
    "rubric": "blue",
    "dataset": "cyan",
    "group": "green",
    "rollout": "yellow",
    "criterion": "magenta",
}
_LONGEST_NAME = 80


def show(rubric: Rubric, rendering: Rendering, counted: str) -> None:
    """Print a rendering. In colour only where standard output is a terminal."""
    if isinstance(sys.stdout, TextIOWrapper):  # a pipe or terminal that is not UTF-8 cannot show every text
        sys.stdout.reconfigure(errors="backslashreplace")
    console = Console(highlight=False, markup=False, emoji=False, soft_wrap=True)
    for text in _written(rubric, rendering):
        console.print(text)
    if rendering.questions:
        console.print(_tokens(rendering.questions))
        console.print(f"tokens: {counted}")


def _written(rubric: Rubric, rendering: Rendering) -> Iterator[Text]:
    name = ascii(rendering.rollout)[1:-1][:_LONGEST_NAME]
    yield Text(f"{rubric.id} {inert(rubric.version)}, rollout {name}, layout {rendering.layout}\n")
    if rendering.settled:
        yield Text("Decided without a judge")
        yield from map(_decided, rendering.settled)
        yield Text()
    if classified := _classified(rubric, rendering):
        yield Text(f"Given to a classification model, as texts without a prompt: {', '.join(classified)}\n")
    if rendering.outcome is not None:
        yield Text(f"No judge is asked: {_said(rendering.outcome)}\n")
    if rendering.questions:
        yield from _prompts(rendering.questions)


def _classified(rubric: Rubric, rendering: Rendering) -> list[str]:
    """The criteria that a classification model decides, unless this rollout settles them or the rubric."""
    settled = {verdict.criterion for verdict in rendering.settled}
    known = [criterion.id for criterion in rubric.judged if criterion.classifier is not None]
    return [] if rendering.outcome is not None else [name for name in known if name not in settled]


def _decided(verdict: Verdict) -> Text:
    if verdict.skipped:
        found = "skipped"
    elif verdict.value is None:
        found = f"unscored: {verdict.cause}"
    else:
        found = f"value {verdict.value:g}"
    weight = "" if verdict.weight is None else f", weight {verdict.weight:g}"
    reason = f"  ({inert(verdict.reason)})" if verdict.reason else ""
    return Text(f"  {verdict.criterion}: {found}{weight}{reason}")


def _said(outcome: Outcome) -> str:
    if isinstance(outcome, Score):
        return f"the rubric is {outcome.value:g}" + (f" ({inert(outcome.reason)})" if outcome.reason else "")
    return f"unscored, {outcome.cause}" + (f" ({inert(outcome.detail)})" if outcome.detail else "")


def _prompts(questions: Sequence[Question]) -> Iterator[Text]:
    """The messages: what all questions share once, then each question's end."""
    legend = Text("shared by: ")
    for level, style in STYLES.items():
        legend.append(f"{level} ", style)
    yield legend
    for role, pieces in groupby(questions[0].pieces, key=lambda piece: piece.role):
        yield Text(f"--- {role}", "bold")
        yield Text().join(_coloured(piece) for piece in pieces if piece.level != "criterion")
    for question in questions:
        yield Text(f"--- user, the end for {question.criterion}{_when(question)}", "bold")
        yield Text().join(_coloured(piece) for piece in question.pieces if piece.level == "criterion")
        for step in question.then:
            yield Text(f"--- user, for {question.criterion} once {step.once}", "bold")
            yield Text(inert(step.messages[-1]["content"]), STYLES["criterion"])
    yield Text()


def _when(question: Question) -> str:
    notes = {"now": "", "after_gates": " (once the gates above it are open)", "never": " (not asked here)"}
    return notes[question.asked]


def _coloured(piece: Piece) -> Text:
    return Text(inert(piece.text), STYLES[piece.level])


def _tokens(questions: Sequence[Question]) -> Table:
    from rich import box

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, collapse_padding=True)
    table.add_column("criterion", no_wrap=True)
    for level, style in STYLES.items():
        table.add_column(level, justify="right", style=style)
    table.add_column("total", justify="right")
    for question in questions:
        counts = question.tokens
        cells = [f"{counts[level]:,}" for level in STYLES]
        table.add_row(question.criterion, *cells, f"{sum(counts.values()):,}")
    return table


def inert(text: str) -> str:
    """The text with every character that is not seen as itself as its code point; line ends and tabs stay."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() or c in "\n\t" else f"<U+{ord(c):04X}>" for c in text)
