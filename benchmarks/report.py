"""What a benchmark found: printed, and written as JSON for the page."""

import argparse
import json
import os
import platform
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import NamedTuple

RESULTS = Path(__file__).parent / "results"

Row = dict[str, str | float | None]
Column = tuple[str, str, str]
"""Title, key in the row, format of the value."""


class Target(NamedTuple):
    """A figure that was promised."""

    what: str
    value: float
    limit: float
    at_least: bool = False
    """Whether `limit` is the least that will do; else it is the most."""
    unit: str = ""

    @property
    def met(self) -> bool:
        return self.value >= self.limit if self.at_least else self.value <= self.limit

    @property
    def cells(self) -> list[str]:
        """What was promised, how it came out, and the verdict."""
        bound = "at least" if self.at_least else "at most"
        wanted = f"{bound} {self.limit:g}{self.unit}"
        return [self.what, f"{self.value:.3g}{self.unit}", wanted, "met" if self.met else "**missed**"]


def here() -> dict[str, object]:
    """The machine that this runs on."""
    return {"cores": os.cpu_count(), "python": platform.python_version()}


@dataclass
class Result:
    """One benchmark's."""

    name: str
    """As in `python -m benchmarks.NAME`."""
    title: str
    targets: list[Target]
    columns: list[Column] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)
    figures: dict[str, float] = field(default_factory=dict)
    """Others that the page's prose names."""
    missing: list[str] = field(default_factory=list)
    """What did not run, and why."""
    conditions: str = ""
    machine: dict[str, object] = field(default_factory=here)

    def text(self) -> str:
        """For people at a terminal."""
        lines = [self.title, self.conditions, *table(self.columns, self.rows), ""]
        lines += table([(title, title, "") for title in TARGET_TITLES], [target_row(t) for t in self.targets])
        return "\n".join([*lines, *(f"not run: {each}" for each in self.missing)])

    def save(self, path: Path) -> None:
        """Write it as JSON."""
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps(asdict(self), indent=1) + "\n")


TARGET_TITLES = ("what", "figure", "target", "")


def target_row(target: Target) -> Row:
    return dict(zip(TARGET_TITLES, target.cells, strict=True))


def table(columns: Sequence[Column], rows: Sequence[Row]) -> list[str]:
    """A Markdown table; text to the left, numbers to the right, nothing where a row has nothing."""
    if not rows:
        return []
    cells = [[_cell(row.get(key), shape) for _, key, shape in columns] for row in rows]
    titles = [title for title, _, _ in columns]
    widths = [max(len(row[place]) for row in [titles, *cells]) for place in range(len(titles))]
    left = [not shape for _, _, shape in columns]
    rule = [
        "-" * width if text else "-" * (width - 1) + ":" for width, text in zip(widths, left, strict=True)
    ]
    return [_line(row, widths, left) for row in (titles, rule, *cells)]


def number(row: Row, key: str) -> float:
    """A cell that holds a number."""
    value = row[key]
    assert isinstance(value, int | float), (key, value)
    return value


def _cell(value: str | float | None, shape: str) -> str:
    return "" if value is None else format(value, shape)


def _line(cells: Sequence[str], widths: Sequence[int], left: Sequence[bool]) -> str:
    padded = (
        cell.ljust(width) if text else cell.rjust(width)
        for cell, width, text in zip(cells, widths, left, strict=True)
    )
    return f"| {' | '.join(padded)} |"


def parser(doc: str | None, rounds: int = 3) -> argparse.ArgumentParser:
    """Options that every benchmark has."""
    options = argparse.ArgumentParser(description=(doc or "").splitlines()[0])
    options.add_argument("--rounds", type=int, default=rounds, help="interleaved rounds; medians count")
    options.add_argument("--json", type=Path, help="write the result there as well")
    return options


def finish(result: Result, path: Path | None) -> None:
    """Print the result and keep it."""
    print(result.text())
    if path is not None:
        result.save(path)
