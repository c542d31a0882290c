"""JSONL files of rollouts and of results. Mistakes name file and line."""

import codecs
from collections.abc import Iterator
from pathlib import Path
from typing import TypeVar

import msgspec

from reward_server.wire.decoding import decode_as
from reward_server.wire.exported import Exported
from reward_server.wire.native import RolloutRequest
from reward_server.wire.status import RequestError
from rubrics.problems import ConfigError
from rubrics.rollout import Json

Kind = TypeVar("Kind")


def read_rollouts(path: Path) -> list[RolloutRequest]:
    """Read the rollouts of a file, one a line. Raises ConfigError naming the line and the field."""
    rollouts: list[RolloutRequest] = []
    lines: dict[str, int] = {}
    for number, line in _lines(path):
        rollout = _rollout(path, number, line)
        first = lines.setdefault(rollout.id, number) if rollout.id is not None else number
        if first != number:
            message = f"{path}:{number}: the id {ascii(rollout.id)[:80]} stands on line {first} already"
            raise ConfigError(message, hint="give each rollout its own id, or leave ids out")
        rollouts.append(rollout)
    if not rollouts:
        hint = 'each line is an object such as {"completion": "..."}'
        raise ConfigError(f"{path} holds no rollouts", hint=hint)
    return rollouts


def read_rows(path: Path) -> Iterator[dict[str, Json]]:
    """Read the lines of a file as plain objects. Raises ConfigError naming the line."""
    return (row for _, row in _read(path, dict[str, Json]))


def read_numbered(path: Path, kind: type[Kind]) -> Iterator[tuple[int, Kind]]:
    """Read the lines of a file as one type, each with its number. Raises ConfigError naming the line."""
    return _read(path, kind)


def _rollout(path: Path, number: int, line: bytes) -> RolloutRequest:
    """A rollout as it is sent, or out of a line of `gavel runs export`."""
    try:
        return _parse(path, number, line, RolloutRequest)
    except ConfigError as error:
        exported = _exported(line)
        if exported is None:
            raise error from None
    rollout = exported.rollout()
    if rollout is None:
        message = f"{path}:{number}: the store that this is from keeps no texts to score anew"
        raise ConfigError(message, hint="serve with `--store-text keep`")
    return rollout


def _exported(line: bytes) -> Exported | None:
    try:
        return decode_as(line, Exported)
    except RequestError:
        return None


def _read(path: Path, kind: type[Kind]) -> Iterator[tuple[int, Kind]]:
    return ((number, _parse(path, number, line, kind)) for number, line in _lines(path))


def _lines(path: Path) -> Iterator[tuple[int, bytes]]:
    """The lines that are not empty, with their numbers."""
    try:
        with path.open("rb") as lines:
            for number, line in enumerate(lines, start=1):
                content = line.removeprefix(codecs.BOM_UTF8) if number == 1 else line
                if content.strip():
                    yield number, content
    except OSError as error:
        raise ConfigError(f"cannot read {path}: {error.strerror}") from error


def _parse(path: Path, number: int, line: bytes, kind: type[Kind]) -> Kind:
    try:
        return decode_as(line, kind)
    except RequestError as error:
        place = f" at {error.path}" if error.path else ""
        raise ConfigError(f"{path}:{number}: {error.message}{place}", hint=error.hint) from None


def whole_lines(path: Path) -> Iterator[bytes]:
    """The lines that another run wrote, without one that was cut off."""
    with path.open("rb") as lines:
        for line in lines:
            if line.endswith(b"\n") and _is_json(line):
                yield line


def _is_json(line: bytes) -> bool:
    try:
        msgspec.json.decode(line, type=msgspec.Raw)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return False
    return True
