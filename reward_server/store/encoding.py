"""From a scored request to the rows that stand for it."""

import hashlib
from array import array
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from judges.call import Call
from reward_server.engine.row import Row
from reward_server.store.content import asked_by_rollout, contents
from reward_server.store.entry import Entry, RewardVersion
from reward_server.store.features import Marks, length, sameness
from reward_server.store.keeping import Keeping
from reward_server.store.parcel import layout_of
from reward_server.store.schema import VALUES
from reward_server.wire.egress import encode
from rubrics.outcome import Outcome, Score
from rubrics.rollout import Turns
from rubrics.verdict import Verdict

MOST = 2**62
"""The greatest count that is stored."""
NOT_A_NUMBER = float("nan")
"""In a row's array of verdicts: none was given."""


class Narrow(NamedTuple):
    """One rollout's row, as far as it does not depend on what the file holds already."""

    name: str
    group: str
    reward: float | None
    cause: str | None
    words: int
    tokens: int | None
    marks: int
    same: int
    disagreement: float | None
    verdicts: bytes | None
    judging: bytes | None
    values: tuple[float | None, ...]


class Wide(NamedTuple):
    """Its details."""

    prompt: bytes | None
    """Digest of its prompt."""
    content: bytes


class Encoded(NamedTuple):
    """A request, ready to be stored."""

    narrow: Sequence[Narrow]
    wide: Sequence[Wide]
    prompts: Mapping[bytes, bytes]
    """The prompts of its groups by their digests."""
    timing: bytes


def encoded(entry: Entry, keeping: Keeping) -> Encoded:
    """The rows of a request."""
    asked = asked_by_rollout(entry.calls)
    prompts = _Prompts(keeping)
    narrow = _Narrowing(entry.scorer)
    wide = [
        Wide(prompts.digest(row.rollout.prompt), keeping.content(content))
        for row, content in zip(entry.rows, contents(entry.rows, asked), strict=True)
    ]
    return Encoded(
        [narrow.row(row, asked.get(row.rollout.id, ())) for row in entry.rows],
        wide,
        prompts.found,
        encode(entry.timing),
    )


class _Narrowing:
    """Makes the narrow rows of one reward version."""

    def __init__(self, scorer: RewardVersion) -> None:
        self._columns = scorer.description.components[:VALUES]
        self._places = {name: place for place, name in enumerate(scorer.description.criteria)}
        self._marks = Marks(layout_of(scorer))

    def row(self, row: Row, calls: Sequence[Call]) -> Narrow:
        rollout, reward = row.rollout, row.reward
        verdicts = [verdict for outcome in row.components.values() for verdict in outcome.verdicts]
        tokens = rollout.completion_tokens
        return Narrow(
            name=_sound(rollout.id),
            group=_sound(row.group),
            reward=_value(reward),
            cause=None if isinstance(reward, Score) else reward.cause.value,
            words=length(rollout.completion),
            tokens=None if tokens is None else min(tokens, MOST),
            marks=self._marks.of(rollout),
            same=sameness(rollout.completion.text),
            disagreement=_disagreement(verdicts),
            verdicts=_packed(verdicts, self._places),
            judging=_judging(calls),
            values=tuple([_value(row.components[name]) for name in self._columns]),
        )


def _value(outcome: Outcome) -> float | None:
    return outcome.value if isinstance(outcome, Score) else None


def _disagreement(verdicts: Sequence[Verdict]) -> float | None:
    found = [verdict.disagreement for verdict in verdicts if isinstance(verdict.disagreement, float)]
    return max(found, default=None)


def _packed(verdicts: Sequence[Verdict], places: Mapping[str, int]) -> bytes | None:
    """Each criterion's value as a 32-bit float, in the order of the reward version's criteria."""
    if not verdicts:
        return None
    values = array("f", [NOT_A_NUMBER]) * len(places)
    for verdict in verdicts:
        if verdict.value is not None and verdict.criterion in places:
            values[places[verdict.criterion]] = verdict.value
    return values.tobytes()


def _judging(calls: Sequence[Call]) -> bytes | None:
    """What a rollout's judging took, as 32-bit floats.

    Questions answered without a call, calls that failed, tokens of prompts, those of them from a prefix
    cache, tokens of replies; then the seconds of each call.
    """
    if not calls:
        return None
    made = [call for call in calls if call.how == "called"]
    counts = (
        len(calls) - len(made),
        sum(call.cause is not None for call in made),
        sum(call.usage.prompt for call in made),
        sum(call.usage.cached for call in made),
        sum(call.usage.completion for call in made),
    )
    return array("f", [*counts, *(call.seconds for call in made)]).tobytes()


class _Prompts:
    """The prompts of a request. Those of a group are alike, so each text is written once."""

    def __init__(self, keeping: Keeping) -> None:
        self.found: dict[bytes, bytes] = {}
        self._keeping = keeping
        self._known: dict[str, bytes | None] = {}

    def digest(self, prompt: Turns | None) -> bytes | None:
        if prompt is None:
            return None
        if not isinstance(prompt, str):
            return self._digest(prompt)
        if prompt not in self._known:
            self._known[prompt] = self._digest(prompt)
        return self._known[prompt]

    def _digest(self, prompt: Turns) -> bytes | None:
        content = self._keeping.prompt(prompt)
        if content is None:
            return None
        digest = hashlib.blake2b(content, digest_size=16).digest()
        self.found[digest] = content
        return digest


def _sound(name: str) -> str:
    """A name without lone surrogates, which SQLite does not take."""
    return name if name.isascii() else name.encode("utf-8", "replace").decode()
