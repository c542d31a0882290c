"""HealthBench (arXiv 2505.08775): each item is a conversation with a rubric of its own, in points with tags.

A value is the sum of the points met over the sum of the positive points, not clipped; HealthBench clips only
the mean over all items.
"""

from collections.abc import Sequence
from pathlib import Path

import msgspec

from rubrics.binding import bind
from rubrics.criteria.criterion import Words
from rubrics.document import Document
from rubrics.importing.draft import Draft, Statement, counting, left_out
from rubrics.importing.naming import slug
from rubrics.importing.options import Weight
from rubrics.importing.yaml_text import shortened
from rubrics.options import Options
from rubrics.problems import ConfigError, Problem, Step
from rubrics.rollout import Json

_HEAD = (
    "An item of HealthBench out of {name}, by `gavel rubric import`: its words, its order, its sum.",
    "Three things differ. HealthBench clips the mean over all items to [0, 1]; a reward has no such mean.",
    "Where a judge gives probabilities, parts of the points are earned. Blank text earns 0 unjudged.",
)
_GUIDELINES = (
    "Each statement is about the last reply, read together with the conversation before it.",
    "Find out whether what it describes is there, not whether it is welcome.",
    "Where it has several parts, all of them must hold.",
    'Where it names examples ("such as", "for example", "including"), one of their kind is enough.',
)
_PROMPT_SHOWN = 90


class Turn(Options):
    """A message of the conversation."""

    role: str
    """`user` or `assistant`."""
    content: str
    """What was said."""


class RubricItem(Options):
    """One criterion."""

    criterion: Words
    """The statement."""
    points: Weight
    """-10 to 10; below 0 for a fault."""
    tags: list[str] = []
    """Such as `axis:accuracy`."""


class Item(Options):
    """A conversation and what its next reply is judged by."""

    rubrics: list[RubricItem]
    """The criteria."""
    prompt: list[Turn] = []
    """The conversation so far."""
    prompt_id: str | None = None
    """The item's name."""
    example_tags: list[str] = []
    """Such as `theme:hedging`."""
    ideal_completions_data: Json = None
    """Replies by physicians; not used."""
    canary: str | None = None
    """Marks the benchmark in crawls; not used."""
    completion: str | None = None
    """A reply, in the files for meta-evaluation; not used."""


class Place(msgspec.Struct, frozen=True):
    """Where an item stands that was not read yet."""

    document: Document
    path: tuple[Step, ...]

    @property
    def data(self) -> Json:
        """What stands there."""
        return self.document.value(self.path)


def places(documents: Sequence[Document]) -> list[Place]:
    """The items of a file: one JSON value each, or all in one list."""
    found = []
    for document in documents:
        if isinstance(document.data, list):
            found += [Place(document, (index,)) for index in range(len(document.data))]
        else:
            found.append(Place(document, ()))
    return found


def chosen(items: Sequence[Place], wanted: str) -> tuple[int, Place]:
    """The item of this `prompt_id`, or of this number counted from 0. Raises ConfigError."""
    for number, item in enumerate(items):
        if isinstance(item.data, dict) and item.data.get("prompt_id") == wanted:
            return number, item
    if wanted.isascii() and wanted.isdigit() and len(wanted) < 10 and int(wanted) < len(items):
        return int(wanted), items[int(wanted)]
    raise ConfigError(
        f"there is no item {ascii(wanted)[:60]}",
        hint=f"give a `prompt_id`, or a number from 0 to {len(items) - 1:,}",
    )


def read(item: Place, number: int) -> Draft:
    """The rubric of an item, which is this number of its file. Raises ConfigError with every mistake."""
    document, path = item.document, item.path
    found = bind(Item, document, item.data, path)
    statements = [
        Statement(rubric.criterion, rubric.points, (*path, "rubrics", index, "points"), _tags(rubric.tags))
        for index, rubric in enumerate(found.rubrics)
    ]
    counted = counting(statements)
    if not counted:
        message = "no criterion has points" if statements else "there are no criteria"
        raise ConfigError([Problem(message=message, document=document, path=(*path, "rubrics"))])
    name = Path(document.name).name
    known = found.prompt_id or str(number)
    return Draft(
        id=f"healthbench/{slug(known) or number}",
        head=(*(line.format(name=name) for line in _HEAD), *_about(found)),
        description=f"HealthBench item {shortened(known, _PROMPT_SHOWN)}.",
        guidelines=_GUIDELINES,
        statements=counted,
        remarks=(*left_out(statements, document), *_unscorable(counted, document, path)),
    )


def _tags(tags: Sequence[str]) -> tuple[str, ...]:
    return (f"tags: {', '.join(tags)}",) if tags else ()


def _about(item: Item) -> list[str]:
    lines = [f"prompt: {turn.role}: {shortened(turn.content, _PROMPT_SHOWN)}" for turn in item.prompt[-1:]]
    return [*lines, *_tags(item.example_tags)]


def _unscorable(
    statements: Sequence[Statement], document: Document, path: tuple[Step, ...]
) -> tuple[Problem, ...]:
    if any(statement.weight > 0 for statement in statements):
        return ()
    message = "HealthBench gives no score to an item without positive points; here it has 1 less its faults"
    place = (*path, "rubrics")
    return (Problem(message=message, document=document, path=place, severity="warning"),)
