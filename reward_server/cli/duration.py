"""Times as people write them on a command line: `30s`, `500ms`, `2min`."""

import re

import typer

_WRITTEN = re.compile(r"([0-9]+(?:\.[0-9]+)?)\s*(ms|s|min|h|d)?")
_UNITS = {"ms": 1e-3, "s": 1.0, None: 1.0, "min": 60.0, "h": 3600.0, "d": 86400.0}


def duration(text: str, flag: str, *, least: float = 0.0) -> float:
    """Seconds, at least `least`. Raises BadParameter, naming the flag."""
    found = _WRITTEN.fullmatch(text.strip())
    seconds = float(found[1]) * _UNITS[found[2]] if found else -1.0
    if not least <= seconds < float("inf"):
        raise typer.BadParameter(f"{ascii(text)[:40]} is no time: 30s, 500ms, 2min", param_hint=flag)
    return seconds
