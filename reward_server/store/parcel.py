"""Entries on their way to the process that stores them: bytes, made at little cost where rewards are made."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

import msgspec

from judges.call import Call
from reward_server.engine.row import Row
from reward_server.store.entry import Entry, RewardVersion
from reward_server.wire.egress import encode
from reward_server.wire.native import Timing
from reward_server.wire.origin import Origin
from rubrics.cause import Cause
from rubrics.completion import Completion
from rubrics.layout import Layout
from rubrics.outcome import Outcome, Score, Unscored
from rubrics.rollout import FinishReason, Json, Rollout, Turns
from rubrics.verdict import Verdict

PACKED, JSON = b"P", b"J"


class Parcel(NamedTuple):
    """Entries as bytes."""

    form: bytes
    """How they are written: PACKED or JSON."""
    body: bytes


class Packer:
    """Packs entries for one receiver, who is told of each reward version once."""

    def __init__(self) -> None:
        self._told: set[str] = set()

    def pack(self, entries: Sequence[Entry]) -> Parcel:
        """The entries as bytes."""
        known = {entry.scorer.version: entry.scorer for entry in entries}
        news = [scorer for version, scorer in known.items() if version not in self._told]
        packed = _encoded((news, [(entry.scorer.version, *entry[1:]) for entry in entries]))
        self._told.update(known)
        return packed


class Unpacker:
    """Reads what a packer wrote for it, in the same order."""

    def __init__(self) -> None:
        self._known: dict[str, RewardVersion] = {}

    def unpack(self, form: bytes, body: bytes | bytearray) -> list[Entry]:
        """The entries of a parcel. Raises msgspec.DecodeError for what is none."""
        news, entries = _DECODERS[form].decode(body)
        self._known.update((scorer.version, scorer) for scorer in news)
        return [_entry(self._known[entry.version], entry) for entry in entries]


def layout_of(scorer: RewardVersion) -> Layout:
    """The layout of the completions that it scores."""
    return _layout(scorer.layout)


@lru_cache(maxsize=16)
def _layout(text: str) -> Layout:
    return Layout.model_validate_json(text)


class _Outcome(msgspec.Struct):
    value: float | None = None
    reason: str | None = None
    cause: Cause | None = None
    detail: str | None = None
    verdicts: tuple[Verdict, ...] = ()


class _Rollout(msgspec.Struct):
    id: str
    completion: str
    prompt: Turns | None
    ground_truth: Json
    metadata: dict[str, Json]
    finish_reason: FinishReason | None
    completion_tokens: int | None


class _Row(msgspec.Struct):
    rollout: _Rollout
    group: str
    reward: _Outcome
    components: Mapping[str, _Outcome]
    advantage_weight: float | None
    weights: Mapping[str, float]


class _Entry(NamedTuple):
    version: str
    rows: list[_Row]
    calls: list[Call]
    timing: Timing
    origin: Origin
    at: float


_Packed = tuple[list[RewardVersion], list[_Entry]]

_DECODERS: Mapping[bytes, msgspec.msgpack.Decoder[_Packed] | msgspec.json.Decoder[_Packed]] = {
    PACKED: msgspec.msgpack.Decoder(_Packed),
    JSON: msgspec.json.Decoder(_Packed),
}


def _text(value: object) -> str:
    if isinstance(value, Completion):
        return value.text
    raise NotImplementedError


_ENCODER = msgspec.msgpack.Encoder(enc_hook=_text)


def _encoded(value: object) -> Parcel:
    """MessagePack, which takes a third of the time; JSON for what that has no form for."""
    try:
        return Parcel(PACKED, _ENCODER.encode(value))
    except (UnicodeEncodeError, OverflowError):  # a lone surrogate; a number beyond 64 bits
        return Parcel(JSON, encode(msgspec.to_builtins(value, enc_hook=_text)))


def _entry(scorer: RewardVersion, entry: _Entry) -> Entry:
    layout = layout_of(scorer)
    rows = [_row(row, layout) for row in entry.rows]
    return Entry(scorer, rows, entry.calls, entry.timing, entry.origin, entry.at)


def _row(row: _Row, layout: Layout) -> Row:
    told = row.rollout
    rollout = Rollout(
        id=told.id,
        completion=Completion(told.completion, layout),
        prompt=told.prompt,
        ground_truth=told.ground_truth,
        metadata=told.metadata,
        finish_reason=told.finish_reason,
        completion_tokens=told.completion_tokens,
    )
    components = {name: _outcome(outcome) for name, outcome in row.components.items()}
    return Row(rollout, row.group, _outcome(row.reward), components, row.advantage_weight, row.weights)


def _outcome(told: _Outcome) -> Outcome:
    if told.value is not None:
        return Score(told.value, told.reason, told.verdicts)
    assert told.cause is not None
    return Unscored(told.cause, told.detail, told.verdicts)
