"""From outcomes to the wire."""

import json

from reward_server.engine.row import Row
from reward_server.wire.egress import encode, results, value_of
from rubrics.cause import Cause
from rubrics.outcome import Outcome, Score, Unscored
from rubrics.verdict import Verdict
from tests.reward_server.making import rollout_of

WEIGHTS = {"a": 0.75, "b": 0.25}


def row(a: Outcome, b: Outcome, reward: Outcome) -> Row:
    return Row(rollout_of("r"), "g", reward, {"b": b, "a": a}, 2.5, WEIGHTS)


def test_a_scored_row() -> None:
    scored = row(Score(0.5, "half"), Score(1.0), Score(0.625))
    (result,) = results([scored], "components")
    assert json.loads(encode(result)) == {
        "id": "r",
        "group": "g",
        "reward": 0.625,
        "status": "scored",
        "cause": None,
        "detail": None,
        "advantage_weight": 2.5,
        "components": {
            "a": {"value": 0.5, "weight": 0.75, "weighted": 0.375, "reason": "half", "cause": None},
            "b": {"value": 1.0, "weight": 0.25, "weighted": 0.25, "reason": None, "cause": None},
        },
        "verdicts": None,
    }
    assert list(result.components or ()) == ["a", "b"]


def test_p01_an_unscored_row_has_nulls_and_its_cause() -> None:
    lost = Unscored(Cause.JUDGE_TIMEOUT, "no reply")
    (result,) = results([row(Score(1.0), lost, lost)], "components")
    assert (result.reward, result.status, result.cause) == (None, "unscored", "judge_timeout")
    assert result.detail == "no reply"
    assert result.components is not None
    assert msgspec_value(result.components["b"]) == (None, None, "no reply", "judge_timeout")
    assert value_of(lost) is None


def msgspec_value(part: object) -> tuple[object, ...]:
    return tuple(getattr(part, name) for name in ("value", "weighted", "reason", "cause"))


def test_verdicts_are_given_when_asked_for_also_of_what_is_unscored() -> None:
    reached = Verdict(criterion="c", value=1.0, choice="met")
    lost = Unscored(Cause.DEADLINE, None, (reached,))
    (result,) = results([row(Score(1.0), lost, lost)], "verdicts")
    assert result.verdicts == [reached]
    assert results([row(Score(1.0), lost, lost)], "components")[0].verdicts is None
    assert results([row(Score(1.0), lost, lost)], "rewards")[0].components is None


def test_p04_a_reason_that_quotes_a_lone_surrogate_costs_one_character() -> None:
    quoting = row(Score(0.0, "found '\ud800'"), Score(1.0), Score(0.25))
    plain = row(Score(0.0, "found 'x'"), Score(1.0), Score(0.25))
    first, second = (encode(results([each], "components")[0]) for each in (quoting, plain))
    assert first.decode().replace("\ufffd", "x") == second.decode()
