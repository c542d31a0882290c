"""Where a NaN or an Infinity stands in a JSON text. Python's own encoder writes them; JSON has neither."""

import json
import re
from collections.abc import Iterator
from typing import NamedTuple

from rubrics.problems import Step, dotted
from rubrics.rollout import Json

_CONSTANT = re.compile(rb"NaN|Infinity")


class _Member(NamedTuple):
    step: Step
    value: Json


def path_to_constant(body: bytes) -> str | None:
    """Find the first NaN or Infinity: its path, such as `$.rollouts[0].ground_truth`, or None."""
    if _CONSTANT.search(body) is None:
        return None
    marker = object()
    try:
        whole = json.loads(body, parse_constant=lambda _: marker)
    except (ValueError, RecursionError):
        return None
    return _path_to(marker, {"$": whole})


def _path_to(marker: object, value: Json) -> str | None:
    """Depth first, without recursion: the value may be nested as deeply as Python can read."""
    steps: list[Step] = []
    levels = [_members(value)]
    while levels:
        member = next(levels[-1], None)
        if member is None:
            levels.pop()
            del steps[-1:]
        elif member.value is marker:
            return dotted([*steps, member.step])
        else:
            steps.append(member.step)
            levels.append(_members(member.value))
    return None


def _members(value: Json) -> Iterator[_Member]:
    if isinstance(value, dict):
        return (_Member(key, member) for key, member in value.items())
    if isinstance(value, list):
        return (_Member(index, item) for index, item in enumerate(value))
    return iter(())
