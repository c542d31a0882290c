"""Stored rollouts as lines of JSON: one at a time, so that a million of them take no more memory than one."""

import hashlib
import re
from collections.abc import Iterable, Iterator
from typing import BinaryIO

import msgspec

from reward_server.results_file import digest
from reward_server.store.query import RolloutFilter, mark_names, numbers
from reward_server.store.reading import Store, StoredRollout
from reward_server.wire.egress import encode_line
from reward_server.wire.exported import Exported
from rubrics.completion import Completion
from rubrics.rollout import Rollout

_TOGETHER = 64
"""Rollouts that are read at once. Each may have a megabyte of text."""
_LONGEST_GROUP = 256
_UNSEEN = re.compile(
    "[\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\U000e0000-\U000e0fff]"
)
"""Control characters, and those that are unseen or turn the writing round."""


def exported(store: Store, wanted: RolloutFilter) -> Iterator[Exported]:
    """The rollouts that are wanted, in order. Those forgotten meanwhile are left out.

    Raises StoreError, and ConfigError for a component that there is not.
    """
    found = numbers(store, wanted)
    for start in range(0, len(found), _TOGETHER):
        for stored in store.rollouts(found[start : start + _TOGETHER]):
            yield exported_rollout(stored)


def exported_rollout(stored: StoredRollout) -> Exported:
    """One rollout as an export has it."""
    content = stored.content
    told = {
        **msgspec.structs.asdict(content.result),
        "id": str(stored.number),
        "group": _group(f"{stored.run_number}.{stored.step}", stored.group),
    }
    return Exported(
        **told,
        run=stored.run,
        step=stored.step,
        number=stored.number,
        at=stored.at,
        sent_id=_sent(content.result.id),
        sent_group=_sent(content.result.group),
        prompt=stored.prompt,
        completion=content.completion,
        ground_truth=content.ground_truth,
        metadata=dict(content.metadata),
        finish_reason=content.finish_reason,
        completion_tokens=stored.tokens,
        words=stored.words,
        marks=mark_names(stored.marks),
        calls=[msgspec.structs.asdict(call) for call in content.calls],
        reward_name=stored.reward,
        reward_version=stored.reward_version,
        rollout_digest=digest(_rollout(stored)),
    )


def write_jsonl(lines: Iterable[Exported], file: BinaryIO) -> int:
    """Write lines of JSON and say how many. What a terminal would obey stands in them escaped."""
    count = 0
    for count, line in enumerate(lines, start=1):  # noqa: B007 - it is what is returned
        file.write(inert(encode_line(line)))
    return count


def inert(line: bytes) -> bytes:
    """The same JSON without unseen characters: they are escaped. Linear."""
    if line.isascii() and b"\x7f" not in line:
        return line  # JSON has the other control characters escaped in any case
    return _UNSEEN.sub(_escaped, line.decode()).encode()


def _escaped(found: re.Match[str]) -> str:
    units = found[0].encode("utf-16-be")
    return "".join(f"\\u{units[place]:02x}{units[place + 1]:02x}" for place in range(0, len(units), 2))


def _group(where: str, name: str) -> str:
    """A group's name that no other step's has, short enough to be sent."""
    whole = f"{where}/{name}"
    if len(whole) <= _LONGEST_GROUP:
        return whole
    return f"{where}/{hashlib.blake2b(name.encode(), digest_size=16).hexdigest()}"


def _sent(name: str) -> str | None:
    """A name, unless it only says where the rollout stood in its request."""
    return None if name.startswith("#") and name[1:].isdecimal() else name


def _rollout(stored: StoredRollout) -> Rollout:
    content = stored.content
    return Rollout(
        id=str(stored.number),
        completion=Completion(content.completion or ""),
        prompt=stored.prompt,
        ground_truth=content.ground_truth,
        metadata=dict(content.metadata),
        finish_reason=content.finish_reason,
        completion_tokens=stored.tokens,
    )
