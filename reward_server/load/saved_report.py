"""A report as a JSON file, written and read."""

from pathlib import Path

import msgspec

from reward_server.load.report import SCHEMA, Report
from rubrics.agreement.shown import shown
from rubrics.problems import ConfigError

MOST_BYTES = 100_000_000


def as_json(report: Report) -> str:
    """The `loadtest/v1` document."""
    return msgspec.json.format(msgspec.json.encode(report), indent=2).decode() + "\n"


def read(path: Path) -> Report:
    """A report out of a file. Raises ConfigError for anything else, OSError."""
    if path.stat().st_size > MOST_BYTES:
        raise ConfigError(f"{shown(path)}: too long for a load test's report", hint=f"{SCHEMA} is its schema")
    return parse(path.read_bytes(), str(path))


def parse(text: bytes, name: str) -> Report:
    """A report out of JSON. Raises ConfigError."""
    try:
        report = msgspec.json.decode(text, type=Report)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise _not_one(name, shown(error)) from None
    places = [report.knee.phase] if report.knee else []
    places += [moment.phase for moment in report.timeline if moment.phase is not None]
    if any(not 0 <= place < len(report.phases) for place in places):
        raise _not_one(name, "it names a phase that it does not have")
    return report


def _not_one(name: str, why: str) -> ConfigError:
    message = f"{shown(name)}: not a load test's report: {why}"
    return ConfigError(message, hint="`gavel loadtest --json` writes one")
