"""What OpenRLHF logs."""

from reward_server.dialects.openrlhf import OpenRLHFExchange
from reward_server.dialects.settings import Settings
from reward_server.wire.native import ComponentResult, Result


def test_a_zero_that_stands_for_a_missing_value_is_told_also_where_the_reward_needs_none() -> None:
    components = {
        "right": ComponentResult(1.0, 1.0, 1.0, None),
        "watched": ComponentResult(None, 0.0, None, "no ground_truth", "missing_ground_truth"),
    }
    result = Result(
        id="a",
        group="a",
        reward=1.0,
        status="scored",
        cause=None,
        detail=None,
        advantage_weight=None,
        components=components,
        verdicts=None,
    )
    assert OpenRLHFExchange([], Settings(unscored="fail")).write([result]) == {
        "rewards": [1.0],
        "scores": [1.0],
        "extra_logs": {"right": [1.0], "watched": [0.0], "unscored": [1.0]},
    }
