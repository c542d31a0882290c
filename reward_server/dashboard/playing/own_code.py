"""What an edit may not tell the author's own code: new texts, which it may take for paths, URLs or commands.

Numbers and switches may change: to try them is what the playground is for.
"""

from collections.abc import Iterator, Mapping

from reward_server.reward.reward_file import ColumnOptions
from reward_server.reward.reward_function import RewardFunction
from rubrics.document import Document
from rubrics.problems import Problem
from rubrics.rollout import Json

_COMMON = frozenset(ColumnOptions.model_fields)


def refused_texts(document: Document, function: RewardFunction) -> Iterator[Problem]:
    """A problem for each option of code that is not ours whose texts the served file does not have."""
    written = document.data.get("components") if isinstance(document.data, dict) else None
    entries = written if isinstance(written, dict) else {}
    in_use = document.confinement.code if document.confinement is not None else frozenset()
    known = {text for _, entry in _own(function.source.components) for text in _texts(_options(entry))}
    for name, entry in _own(entries):
        if _code(entry) not in in_use:
            continue  # it is not loaded at all
        for key, value in _options(entry).items():
            new = [text for text in _texts({key: value}) if text not in known]
            if new:
                message = f"{ascii(new[0])[:60]} is a text that the served file does not tell its own code"
                hint = "numbers and switches may change here; for texts edit the file, and serve that"
                path = ("components", name, key)
                yield Problem(message=message, document=document, path=path, hint=hint)


def _own(entries: Mapping[str, Json]) -> Iterator[tuple[str, dict[str, Json]]]:
    """The entries that name code of the author's."""
    for name, entry in entries.items():
        use = entry.get("use") if isinstance(entry, dict) else None
        if isinstance(entry, dict) and isinstance(use, str) and (":" in use or use == "python"):
            yield name, entry


def _code(entry: Mapping[str, Json]) -> Json:
    return entry.get("function") if entry["use"] == "python" else entry["use"]


def _options(entry: Mapping[str, Json]) -> dict[str, Json]:
    return {key: value for key, value in entry.items() if key not in _COMMON}


def _texts(value: Json) -> Iterator[str]:
    """All texts in a value, keys among them."""
    waiting = [value]
    while waiting:
        found = waiting.pop()
        if isinstance(found, str):
            yield found
        elif isinstance(found, dict):
            waiting += [*found, *found.values()]
        elif isinstance(found, list):
            waiting += found
