"""The lines that put criteria to a judge, alone or several together, and the answers they offer. Pure."""

from collections.abc import Mapping, Sequence
from itertools import chain

from judges.prompts.fence import visible
from judges.prompts.letters import LETTERS
from judges.request import Menus
from rubrics.criteria.criterion import Criterion
from rubrics.criteria.scale import Level

UNSURE = "unsure"
"""The third answer, where a judge may abstain from yes and no."""

REASON = (
    "First reason, in at most four sentences: what in the text decides this, either way? Do not answer yet."
)
"""Asks for the reasoning of `reason_first`."""

QUOTE = (
    "Quote the shortest passage of the text that shows it, word for word. "
    "Write the quotation and nothing else."
)
"""Asks for the quotation of `evidence: quote`."""

OBJECT = "Write one JSON object with each answer as text under its number, and nothing else:"
"""Asks for the answers to several criteria. How it looks follows."""


def question(criterion: Criterion) -> str:
    """The lines that state and ask a criterion; the last one offers the answers."""
    return "\n".join([*_stated(criterion), offer(criterion)])


def to_reason(criterion: Criterion) -> str:
    """The lines that state a criterion and ask for reasoning about it."""
    return "\n".join([*_stated(criterion), REASON])


def sheet(criteria: Mapping[str, Criterion], *, listed: bool) -> str:
    """The lines that ask several criteria by their numbers. `listed`: they are stated elsewhere."""
    asked = [
        "\n".join([*([f"Criterion: [{number}]"] if listed else _stated(criterion, number)), answers])
        for number, criterion in criteria.items()
        if (answers := f"Answer [{number}] with exactly one of: {', '.join(offers(criterion))}.")
    ]
    form = ", ".join(f'"{number}": "..."' for number in criteria)
    return "\n\n".join([*asked, f"{OBJECT} {{{form}}}"])


def menus(criteria: Mapping[str, Criterion]) -> Menus:
    """What a sheet offers for each number."""
    return tuple((number, offers(criterion)) for number, criterion in criteria.items())


def listing(criterion: Criterion, number: int) -> str:
    """The lines that state a criterion in a list ahead of the texts."""
    return "\n".join([f"[{number}] {_line(criterion.ask or '')}", *_explained(criterion)])


def weighed(criterion: Criterion, number: int) -> str:
    """The same with how it counts, for one grade by all of them."""
    if criterion.weight < 0:
        counts = "A fault, which should not be there"
    else:
        counts = "It should not hold" if criterion.expect == "unmet" else "It should hold"
    return f"{listing(criterion, number)}\n{counts}; weight {abs(criterion.weight):g}."


def offer(criterion: Criterion) -> str:
    """The line that offers the answers."""
    return f"Answer with exactly one of: {', '.join(offers(criterion))}."


def offers(criterion: Criterion) -> tuple[str, ...]:
    """All answers on offer."""
    unsure = unsure_of(criterion)
    return tuple(answers_of(criterion)) if unsure is None else (*answers_of(criterion), unsure)


def answers_of(criterion: Criterion) -> dict[str, str]:
    """The answers that are verdicts, each with the criterion's choice it stands for.

    A scale's levels are offered as letters: a level's name may take several tokens, or begin like another.
    """
    if criterion.levels is None:
        return {choice: choice for choice in criterion.choices}
    return dict(zip(LETTERS, criterion.choices, strict=False))


def unsure_of(criterion: Criterion) -> str | None:
    """The answer that is none, where the judge may abstain: of a scale, one more letter."""
    if not criterion.abstain:
        return None
    if criterion.levels is None:
        return UNSURE
    return next((letter for letter in LETTERS[len(criterion.levels) :]), UNSURE)


def _stated(criterion: Criterion, number: str | None = None) -> list[str]:
    assert criterion.ask is not None
    name = "Criterion" if number is None else f"Criterion [{number}]"
    return [f"{name}: {_line(criterion.ask)}", *_explained(criterion)]


def _explained(criterion: Criterion) -> list[str]:
    unsure = unsure_of(criterion)
    told = [] if unsure is None else [f"{unsure}: cannot be told from the text"]
    if criterion.levels is not None:
        levels = zip(answers_of(criterion), criterion.levels.items(), strict=True)
        return [*(f"{letter}: {_line(name)}{_meaning(level)}" for letter, (name, level) in levels), *told]
    if criterion.anchors is None:
        return told
    anchors = criterion.anchors
    return list(chain([f"Met when: {_line(anchors.met)}", f"Not met when: {_line(anchors.unmet)}"], told))


def _meaning(level: Level) -> str:
    return "" if level.means is None else f" - {_line(level.means)}"


def _line(text: str) -> str:
    return " ".join(visible(text).split())


def numbered(criteria: Sequence[Criterion]) -> dict[str, Criterion]:
    """Criteria by their numbers on a sheet that states them itself."""
    return {str(number): criterion for number, criterion in enumerate(criteria, 1)}
