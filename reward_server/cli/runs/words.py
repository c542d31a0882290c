"""What stored names, numbers and times look like on a terminal."""

from collections.abc import Sequence
from datetime import UTC, datetime

MISSING = "-"
_LONGEST = 60


def name(text: str, most: int = _LONGEST) -> str:
    """A name that trainers or files gave: short, and nothing that a terminal would obey."""
    cut = text if len(text) <= most else f"{text[: most - 3]}..."
    return "".join(each if each.isprintable() else ascii(each)[1:-1] for each in cut)


def number(value: float | None, digits: int = 3) -> str:
    """A number to some decimals; a dash where there is none."""
    return MISSING if value is None else f"{value:.{digits}f}"


def share(part: float, whole: float) -> str:
    """A part in percent; a dash of nothing."""
    return f"{part / whole:.1%}" if whole else MISSING


def time(seconds: float) -> str:
    """A moment, in UTC to the second."""
    return f"{datetime.fromtimestamp(seconds, tz=UTC):%Y-%m-%d %H:%M:%S}"


def aligned(rows: Sequence[Sequence[str]], left: int = 1) -> list[str]:
    """Rows in columns: the first `left` ones to the left, numbers to the right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(
            cell.ljust(width) if place < left else cell.rjust(width)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]
