"""From scored rows to the response on the wire, in the order of the request."""

from collections.abc import Mapping, Sequence

import msgspec

from reward_server.engine.row import Row
from reward_server.reward.aggregation import Weights
from reward_server.wire.native import ComponentResult, Detail, Result
from reward_server.wire.repair import repaired
from rubrics.outcome import Outcome, Score
from rubrics.verdict import Verdict

_ENCODER = msgspec.json.Encoder()


def encode(response: object) -> bytes:
    """Write a response as JSON. A reason may quote a lone surrogate out of a completion; it is replaced."""
    try:
        return _ENCODER.encode(response)
    except UnicodeEncodeError:
        return _ENCODER.encode(repaired(msgspec.to_builtins(response)))


def encode_line(result: Result) -> bytes:
    """Write a result as one line of JSONL."""
    return encode(result) + b"\n"


def results(rows: Sequence[Row], detail: Detail) -> list[Result]:
    """One result for each row, as detailed as asked."""
    return [_result(row, detail) for row in rows]


def _result(row: Row, detail: Detail) -> Result:
    scored = isinstance(row.reward, Score)
    return Result(
        id=row.rollout.id,
        group=row.group,
        reward=value_of(row.reward),
        status="scored" if scored else "unscored",
        cause=None if isinstance(row.reward, Score) else row.reward.cause.value,
        detail=None if isinstance(row.reward, Score) else row.reward.detail,
        advantage_weight=row.advantage_weight,
        components=None if detail == "rewards" else _components(row.components, row.weights),
        verdicts=_verdicts(row.components) if detail == "verdicts" else None,
    )


def value_of(outcome: Outcome) -> float | None:
    """Return the number on the wire: null where there is none, never zero."""
    return outcome.value if isinstance(outcome, Score) else None


def _components(outcomes: Mapping[str, Outcome], weights: Weights) -> dict[str, ComponentResult]:
    return {name: _component(outcomes[name], weight) for name, weight in weights.items()}


def _component(outcome: Outcome, weight: float) -> ComponentResult:
    if isinstance(outcome, Score):
        return ComponentResult(outcome.value, weight, outcome.value * weight, outcome.reason)
    return ComponentResult(None, weight, None, outcome.detail, outcome.cause.value)


def _verdicts(outcomes: Mapping[str, Outcome]) -> list[Verdict]:
    return [verdict for outcome in outcomes.values() for verdict in outcome.verdicts]
