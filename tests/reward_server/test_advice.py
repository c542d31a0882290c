from reward_server.advice import ADVICE
from rubrics.cause import Cause


def test_there_is_advice_for_every_cause() -> None:
    assert set(ADVICE) == set(Cause)
    assert all(advice and not advice.endswith(".") for advice in ADVICE.values())
