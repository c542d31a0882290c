"""Gates decide by the raw value of another component."""

from reward_server.reward.gate import Gate
from rubrics.cause import Cause
from rubrics.outcome import Score, Unscored

GATE = Gate.model_validate({"on": "accuracy", "at_least": 0.5, "else": -1})


def test_open_from_the_mark_on() -> None:
    assert GATE.decide(Score(0.5)) is None


def test_closed_below_it_with_the_reason() -> None:
    assert GATE.decide(Score(0.4999)) == Score(-1.0, "gate closed: accuracy is 0.4999, needs 0.5")


def test_p01_nobody_knows_behind_an_unscored_component() -> None:
    assert GATE.decide(Unscored(Cause.GRADER_CRASHED)) == Unscored(
        Cause.GRADER_CRASHED, "its gate `accuracy` is unscored"
    )


def test_closed_is_0_unless_said_otherwise() -> None:
    assert Gate.model_validate({"on": "a", "at_least": 1}).decide(Score(0)) == Score(
        0, "gate closed: a is 0, needs 1"
    )
