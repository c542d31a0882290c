"""From a file of another tool to drafts of rubrics."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal

from rubrics.document import Document, load
from rubrics.importing import healthbench, requirements
from rubrics.importing.draft import Draft
from rubrics.importing.json_text import read_json
from rubrics.problems import ConfigError, Problem

Format = Literal["rubric", "healthbench"]

MAX_BYTES = 2**29
"""Of a JSON file: HealthBench is one of 60 MB."""

_JSON = (".json", ".jsonl", ".ndjson")
_HEALTHBENCH_KEYS = frozenset({"rubrics", "prompt_id", "example_tags"})
_WRAPPERS = frozenset({"rubric", "sections"})


class Source:
    """An opened file, its format known."""

    def __init__(self, path: Path, known: Format | None = None) -> None:
        """Open a file. Raises ConfigError where it cannot be read, or `known` is None and nothing tells."""
        self._documents = _documents(path)
        self.format: Format = known or recognised(self._documents)
        self.items = healthbench.places(self._documents) if self.format == "healthbench" else []
        """HealthBench's items."""

    def draft(self, item: str | None = None) -> Draft:
        """The file's one rubric, or that of an item by `prompt_id` or number. Raises ConfigError."""
        if self.format == "rubric":
            return self._only()
        if item is not None:
            number, place = healthbench.chosen(self.items, item)
            return healthbench.read(place, number)
        if len(self.items) != 1:
            hint = "choose one with --item, or write all of them with --out-dir"
            raise ConfigError(f"{self._documents[0].name} holds {len(self.items):,} items", hint=hint)
        return healthbench.read(self.items[0], 0)

    def drafts(self) -> list[Draft]:
        """Every rubric of the file. Raises ConfigError with the mistakes of all."""
        if self.format == "rubric":
            return [self._only()]
        drafts: list[Draft] = []
        problems: list[Problem] = []
        for number, place in enumerate(self.items):
            try:
                drafts.append(healthbench.read(place, number))
            except ConfigError as error:
                problems += error.problems
        if problems:
            raise ConfigError(problems)
        return drafts

    def _only(self) -> Draft:
        if len(self._documents) > 1:
            message = "a second JSON value starts here, but a `rubric` file is one list of criteria"
            raise ConfigError([Problem(message=message, document=self._documents[1])])
        return requirements.read(self._documents[0])


def _documents(path: Path) -> Sequence[Document]:
    if path.suffix.lower() not in _JSON:
        return [load(path)]
    documents = list(read_json(_text(path), str(path)))
    if not documents:
        raise ConfigError(f"{path} is empty")
    return documents


def _text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
        if len(raw) > MAX_BYTES:
            raise ConfigError(f"{path} is too large: {MAX_BYTES:,} bytes are read at most", hint="split it")
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        hint = "save it as UTF-8"
        raise ConfigError(f"{path} is not UTF-8 (byte {error.start:,})", hint=hint) from error
    except (OSError, ValueError) as error:
        raise ConfigError(f"cannot read {path}: {getattr(error, 'strerror', None) or error}") from error


def recognised(documents: Sequence[Document]) -> Format:
    """The format that the keys tell. Raises ConfigError where they do not."""
    data = documents[0].data
    first = data[0] if isinstance(data, list) and data else data
    if isinstance(first, Mapping) and first.keys() & _HEALTHBENCH_KEYS:
        return "healthbench"
    if isinstance(data, list) or (isinstance(data, Mapping) and data.keys() & _WRAPPERS):
        return "rubric"
    message = "neither a list of {requirement, weight} nor HealthBench items with `rubrics`"
    hint = "name the format to see what is missing: --from rubric or --from healthbench"
    raise ConfigError([Problem(message=message, document=documents[0], hint=hint)])
