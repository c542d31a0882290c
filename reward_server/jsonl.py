"""JSONL files of rollouts and of results. Mistakes name file and line."""

from collections.abc import Iterator
from pathlib import Path
from typing import TypeVar

import msgspec

from reward_server.decoding import decode_as
from reward_server.status import RequestError
from reward_server.wire import RolloutRequest
from rubrics.problems import ConfigError
from rubrics.rollout import Json

Line = TypeVar("Line")


def read_rollouts(path: Path) -> list[RolloutRequest]:
    """The rollouts of a file, one a line. Raises ConfigError naming the line and the field."""
    rollouts = list(_read(path, RolloutRequest))
    if not rollouts:
        raise ConfigError(f"{path} holds no rollouts", hint='each line is an object such as {"completion": "..."}')
    return rollouts


def read_rows(path: Path) -> Iterator[dict[str, Json]]:
    """The lines of a file as plain objects. Raises ConfigError naming the line."""
    return _read(path, dict[str, Json])


def _read(path: Path, kind: type[Line]) -> Iterator[Line]:
    try:
        with path.open("rb") as lines:
            for number, line in enumerate(lines, start=1):
                if line.strip():
                    yield _parse(path, number, line, kind)
    except OSError as error:
        raise ConfigError(f"cannot read {path}: {error.strerror}") from error


def _parse(path: Path, number: int, line: bytes, kind: type[Line]) -> Line:
    try:
        return decode_as(line, kind)
    except RequestError as error:
        place = f" at {error.path}" if error.path else ""
        raise ConfigError(f"{path}:{number}: {error.message}{place}", hint=error.hint) from None


def whole_lines(path: Path) -> Iterator[dict[str, Json]]:
    """The objects of a file that another run wrote, without a last line that was cut off."""
    for line in path.read_bytes().split(b"\n")[:-1]:
        try:
            yield msgspec.json.decode(line, type=dict[str, Json])
        except (msgspec.DecodeError, UnicodeDecodeError):
            continue
