"""The format of the `rubric` package (2.2): a list of `{requirement, weight}`, or sections of them.

`rubric` drops keys it does not know; here they are errors. Its value is the sum of the weights met over the
sum of the positive weights (with pitfalls alone 1 plus the weights met over all of them), clipped to [0, 1].
"""

from collections.abc import Iterator, Mapping
from pathlib import Path

from rubrics.binding import bind
from rubrics.criteria.criterion import Words
from rubrics.document import VALUE, Document
from rubrics.importing.draft import Draft, Statement, counting, left_out
from rubrics.importing.naming import rubric_id
from rubrics.importing.options import Weight
from rubrics.options import Options
from rubrics.problems import ConfigError, Problem, Step
from rubrics.rollout import Json

_HEAD = (
    "{name}, a file of the `rubric` package, by `gavel rubric import`: its words, its order, its sum.",
    "Two things differ. Where a judge gives probabilities, parts of a weight are earned, not all or nothing.",
    "Blank text earns 0 unjudged.",
)
_GUIDELINES = (
    "Find out whether what a statement describes is there, not whether it is welcome.",
    "What a text only warns of, or mentions as wrong, it does not state.",
    "What it makes conditional, it does not do at once.",
    "What it clearly implies counts as said.",
)


class Requirement(Options):
    """One criterion."""

    requirement: Words
    """The statement."""
    weight: Weight
    """Below 0 for a fault."""


class Section(Options):
    """Criteria under a heading."""

    criteria: list[Json]
    """What stands under the heading."""
    name: str | None = None
    """The heading."""
    title: str | None = None
    """The heading, by another key."""
    description: str | None = None
    """What the section is about; not used."""


class Titled(Options):
    """A file that is a mapping."""

    rubric: Json = None
    """The criteria or sections."""
    sections: list[Json] | None = None
    """The sections."""
    name: str | None = None
    """What the rubric is called."""
    title: str | None = None
    """What the rubric is called, by another key."""
    description: str | None = None
    """What the rubric is for."""


Place = tuple[Step, ...]
Entry = tuple[Place, Json, str | None]
"""Where a criterion stands, what stands there, and the section it is in."""


def read(document: Document) -> Draft:
    """The one rubric of a file. Raises ConfigError with every mistake."""
    path, listed = _list(document)
    statements = _statements(document, path, listed)
    counted = counting(statements)
    if not counted:
        message = "no criterion weighs anything" if statements else "there are no criteria"
        raise ConfigError([Problem(message=message, document=document, path=path)])
    name = Path(document.name).name
    return Draft(
        id=rubric_id(name.partition(".")[0]),
        head=tuple(line.format(name=name) for line in _HEAD),
        description=f"Imported from {name}.",
        guidelines=_GUIDELINES,
        statements=counted,
        clipped=True,
        remarks=left_out(statements, document),
    )


def _list(document: Document) -> tuple[Place, list[Json]]:
    """The list of criteria and sections, and where it stands."""
    path: Place = ()
    data = document.data
    if isinstance(data, Mapping):
        top = bind(Titled, document, data)
        path, data = (("rubric",), top.rubric) if top.rubric is not None else (("sections",), top.sections)
    if isinstance(data, Mapping):
        path, data = (*path, "sections"), bind(Titled, document, data, path).sections
    if not isinstance(data, list):
        message = "a list of criteria, or `sections` of them, is expected here"
        hint = "each is {requirement: ..., weight: ...}"
        raise ConfigError([Problem(message=message, document=document, path=(*path, VALUE), hint=hint)])
    return path, data


def _statements(document: Document, path: Place, listed: list[Json]) -> list[Statement]:
    statements: list[Statement] = []
    problems: list[Problem] = []
    for index, item in enumerate(listed):
        try:
            entries = _entries(document, (*path, index), item)
            statements += [_statement(document, *entry) for entry in entries]
        except ConfigError as error:
            problems += error.problems
    if problems:
        raise ConfigError(problems)
    return statements


def _entries(document: Document, path: Place, item: Json) -> Iterator[Entry]:
    """A criterion itself, or those of a section."""
    if not (isinstance(item, Mapping) and "criteria" in item):
        yield path, item, None
        return
    section = bind(Section, document, item, path)
    for index, inner in enumerate(section.criteria):
        yield (*path, "criteria", index), inner, section.title or section.name


def _statement(document: Document, path: Place, data: Json, section: str | None) -> Statement:
    found = bind(Requirement, document, data, path)
    return Statement(found.requirement, found.weight, (*path, "weight"), section=section)
