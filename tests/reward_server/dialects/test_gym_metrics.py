"""Statistics of verify responses: by hand, and of whatever comes."""

import math
import time

from hypothesis import given
from hypothesis import strategies as st

from reward_server.dialects.gym_metrics import Request, aggregate
from rubrics.rollout import Json

rows = st.lists(
    st.dictionaries(
        st.sampled_from(["reward", "_ng_task_index", "mask_sample", "x"]),
        st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=3),
    ),
    max_size=6,
)


def test_means_are_of_what_counts() -> None:
    found = aggregate(
        Request(
            [
                {"_ng_task_index": 1, "reward": 1.0, "passed": True},
                {"_ng_task_index": 1, "reward": 0.5, "passed": False, "note": "x"},
                {"_ng_task_index": 2, "reward": 0.0, "mask_sample": True},
            ]
        )
    )
    assert found.key_metrics == {"mean/reward": 0.75, "mean/passed": 0.5}
    assert found.agent_metrics["std/reward"] == 0.25
    assert [group["_ng_task_index"] for group in found.group_level_metrics] == [1]


def test_no_rows_have_no_metrics() -> None:
    assert aggregate(Request([])).agent_metrics == {}


def test_a_number_that_no_float_holds_is_left_out() -> None:
    assert aggregate(Request([{"reward": 10**400}, {"reward": 1}])).key_metrics == {"mean/reward": 1.0}


@given(rows)
def test_metrics_are_finite(rows: list[dict[str, Json]]) -> None:
    assert all(map(math.isfinite, aggregate(Request(rows)).agent_metrics.values()))


def test_equal_numbers_have_no_spread_and_many_are_quick() -> None:
    rows: list[dict[str, Json]] = [
        {"_ng_task_index": n // 4, "reward": 0.1, "other": n} for n in range(60_000)
    ]
    started = time.process_time()
    found = aggregate(Request(rows))
    assert time.process_time() - started < 1
    assert (found.agent_metrics["mean/reward"], found.agent_metrics["std/reward"]) == (0.1, 0.0)
    # the population's standard deviation of 0 to n - 1 is sqrt((n^2 - 1) / 12)
    assert math.isclose(found.agent_metrics["std/other"], math.sqrt((60_000**2 - 1) / 12))
