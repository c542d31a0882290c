"""Exported rollouts as a Parquet file: a column for each field, component and criterion."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from reward_server.store.entry import Description
from reward_server.wire.egress import encode
from reward_server.wire.exported import Exported
from rubrics.problems import ConfigError

if TYPE_CHECKING:
    import pyarrow as pa

INSTALL = 'pip install "gavel-rl[parquet]"'
_ROWS = 1_000
_BYTES = 16 * 2**20
"""A row group is written when it has so many rows, or so many bytes of text."""

NUMBERS = ("reward", "advantage_weight", "at")
COUNTS = ("number", "step", "completion_tokens", "words")
TEXTS = (
    *("run", "id", "group", "sent_id", "sent_group", "status", "cause", "detail", "finish_reason"),
    *("completion", "reward_name", "reward_version", "rollout_digest"),
)
AS_JSON = ("prompt", "ground_truth", "metadata", "components", "verdicts", "marks", "calls")
"""What has a shape of its own in each row: as JSON text."""

Told = Iterable[tuple[str, Description]]


def write_parquet(lines: Iterable[Exported], path: Path, versions: Told) -> int:
    """Write a file and say how many rows it has. `versions` of rewards are what may have scored them.

    Raises ConfigError without pyarrow.
    """
    _require_pyarrow()
    import pyarrow as pa
    from pyarrow import parquet

    descriptions = [description for _, description in versions]
    components = list(dict.fromkeys(name for each in descriptions for name in each.components))
    criteria = list(dict.fromkeys(name for each in descriptions for name in each.criteria))
    schema = _schema(components, criteria)
    count = 0
    with parquet.ParquetWriter(path, schema, compression="zstd") as writer:
        for rows in _batches(_row(line, components, criteria) for line in lines):
            writer.write_batch(pa.RecordBatch.from_pylist(rows, schema))
            count += len(rows)
    return count


def _require_pyarrow() -> None:
    if find_spec("pyarrow") is None:
        raise ConfigError("pyarrow is not installed, which writes Parquet", hint=INSTALL)


def _schema(components: Sequence[str], criteria: Sequence[str]) -> "pa.Schema":
    import pyarrow as pa

    own = [
        *((name, pa.string()) for name in (*TEXTS, *AS_JSON)),
        *((name, pa.int64()) for name in COUNTS),
        *((name, pa.float64()) for name in NUMBERS),
    ]
    order = {name: place for place, name in enumerate(Exported.__struct_fields__)}
    own.sort(key=lambda field: order[field[0]])
    values = [(name, pa.float64()) for name in (*map(component, components), *map(criterion, criteria))]
    return pa.schema([*own, *values])


def component(name: str) -> str:
    """The column of a component's raw values."""
    return f"component.{name}"


def criterion(name: str) -> str:
    """The column of a criterion's values."""
    return f"criterion.{name}"


def _row(line: Exported, components: Sequence[str], criteria: Sequence[str]) -> dict[str, object]:
    row = {name: getattr(line, name) for name in (*TEXTS, *COUNTS, *NUMBERS)}
    row |= {name: _json(getattr(line, name)) for name in AS_JSON}
    found = line.components or {}
    row |= {component(name): found[name].value for name in components if name in found}
    verdicts: Mapping[str, float | None] = {each.criterion: each.value for each in line.verdicts or ()}
    return row | {criterion(name): verdicts.get(name) for name in criteria}


def _json(value: object) -> str | None:
    return None if value is None else encode(value).decode()


def _batches(rows: Iterable[dict[str, object]]) -> Iterator[list[dict[str, object]]]:
    together: list[dict[str, object]] = []
    size = 0
    for row in rows:
        together.append(row)
        size += sum(len(cell) for cell in row.values() if isinstance(cell, str))
        if len(together) >= _ROWS or size >= _BYTES:
            yield together
            together, size = [], 0
    if together:
        yield together
