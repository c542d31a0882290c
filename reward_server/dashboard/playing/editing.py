"""Which files of a served reward can be edited, and the documents that an edit makes."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import msgspec

from reward_server.components.python import Python
from reward_server.components.rubric import Rubric
from reward_server.dashboard.page import PageError
from reward_server.reward.lending import Lender
from reward_server.reward.reward_function import RewardFunction
from rubrics.confinement import Confinement
from rubrics.document import Document, parse
from rubrics.problems import ConfigError, did_you_mean
from rubrics.resolution.reference import reference
from rubrics.rollout import Json

MOST_TEXT = 131_072
"""Characters of an edited file."""
MOST_FILES = 32
"""Files of one reward that are on offer."""


class Edit(msgspec.Struct, frozen=True, kw_only=True):
    """One file of a served reward, as somebody would have it."""

    reward: str
    file: str
    """Its name as `editable` has it."""
    text: str


def served(functions: Mapping[str, RewardFunction], name: str | None) -> RewardFunction:
    """The reward function of this name, or the first. Raises PageError."""
    if name is None and functions:
        return next(iter(functions.values()))
    if name is None or name not in functions:
        said = "no reward is being served" if name is None else f"no reward {ascii(name)[:80]} is served here"
        raise PageError(said, None if name is None else did_you_mean(name[:80], functions))
    return functions[name]


def editable(function: RewardFunction) -> Mapping[str, str]:
    """The files that can be edited with their texts: the reward file as it was read, and its rubrics.

    What the reward or a rubric includes is among them; what lies outside of the reward file's folder is not.
    """
    return {document.name: document.text for document in _files(function)}


def text_of(function: RewardFunction, file: str | None) -> tuple[str, str]:
    """A file's name and its text; the reward file's where none is named. Raises PageError."""
    files = editable(function)
    name = next(iter(files)) if file is None else file
    if name not in files:
        hint = did_you_mean(name[:80], files)
        raise PageError(f"`{function.name}` has no file {ascii(name)[:80]} that can be edited here", hint)
    return name, files[name]


def edited(function: RewardFunction, edit: Edit) -> tuple[Document, Document]:
    """The reward file with the edit in its place, and the file that was edited: maybe the same.

    Raises PageError, and ConfigError for what is not YAML.
    """
    name, _ = text_of(function, edit.file)
    folder = function.file.parent
    if name == function.file.name:
        document = _reward(function, edit.text, confinement(function))
        return document, document
    held = {confinement(function).locate(folder, name): edit.text}
    document = _reward(function, function.text, confinement(function, held))
    return document, document.open(name)


def confinement(function: RewardFunction, texts: Mapping[Path, str] | None = None) -> Confinement:
    """What an edit of this reward may name."""
    code = frozenset(named for named in _code(function) if ":" in named)
    return Confinement(function.file.parent, code, texts or {})


def lender(function: RewardFunction) -> Lender:
    """What an edit of this reward uses of the one that is being served."""
    python = [column.component for column in function.columns if isinstance(column.component, Python)]
    return Lender(
        function.source,
        function.judges,
        function.classifiers,
        {component.function: component.loaded for component in python},
    )


def _code(function: RewardFunction) -> Iterator[str]:
    """The code that the served reward uses: classes, functions of components, functions of rubrics."""
    yield from (str(entry["use"]) for entry in function.source.components.values())
    for column in function.columns:
        if isinstance(column.component, Python):
            yield column.component.function
        if isinstance(column.component, Rubric):
            checks = [criterion.check for criterion in column.component.opened.criteria]
            yield from (check.python for check in checks if check is not None and check.python is not None)


def _reward(function: RewardFunction, text: str, held: Confinement) -> Document:
    document = parse(text, function.file.name, function.file.parent)
    return msgspec.structs.replace(document, confinement=held)


def _files(function: RewardFunction) -> Iterator[Document]:
    """The reward file, then what it names, then what that names."""
    waiting = [_reward(function, function.text, confinement(function))]
    seen = {waiting[0].name}
    while waiting and len(seen) <= MOST_FILES:
        document = waiting.pop(0)
        yield document
        for name in _named(document.data):
            found = _opened(document, name)
            if found is not None and found.name not in seen:
                seen.add(found.name)
                waiting.append(found)


def _opened(document: Document, name: str) -> Document | None:
    """A file beside the document; None for one that is no YAML, not there, or off limits."""
    try:
        return document.open(name)
    except ConfigError:
        return None


def _named(data: Json) -> Iterator[str]:
    """The rubric files that a reward file or a rubric names."""
    whole = data if isinstance(data, dict) else {}
    components, criteria = whole.get("components"), whole.get("criteria")
    entries = components.values() if isinstance(components, dict) else ()
    written = [entry.get("rubric") for entry in entries if isinstance(entry, dict)]
    written.append(whole.get("extends"))
    if isinstance(criteria, list):
        written += [criterion.get("use") for criterion in criteria if isinstance(criterion, dict)]
    for each in written:
        if isinstance(each, str) and each and not (found := reference(each)).of_catalog:
            yield found.rubric
