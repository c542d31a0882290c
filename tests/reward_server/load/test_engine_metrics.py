import pytest

from reward_server.load.engine_metrics import NOTHING, EngineMetrics, EngineState, between, state_of
from reward_server.load.record import EngineTokens
from tests.processes import start_sim

VLLM = b"""\
# HELP vllm:num_requests_running Number of requests in model execution batches.
# TYPE vllm:num_requests_running gauge
vllm:num_requests_running{engine="0",model_name="a } b"} 12.0
vllm:num_requests_running{engine="1",model_name="a } b"} 3.0
vllm:num_requests_waiting{engine="0",model_name="m"} 40.0
vllm:prompt_tokens_total{model_name="m"} 1.5e+06
vllm:prefix_cache_hits_total{model_name="m"} 900000.0
vllm:generation_tokens_total{model_name="m"} 777.0
vllm:prompt_tokens_created{model_name="m"} 1.7e+09
"""


def test_vllm_is_read_and_its_engines_are_summed() -> None:
    assert state_of(VLLM) == EngineState(15, 40, EngineTokens(1_500_000, 900_000, 777))


def test_the_reward_server_tells_calls_and_no_tokens() -> None:
    page = (
        b'gavel_judge_replica_in_flight{replica="a"} 3\ngavel_judge_replica_in_flight{replica="b"} 4\n'
        b'gavel_judge_replica_waiting{replica="a"} 0\n'
    )
    assert state_of(page) == EngineState(7, 0, EngineTokens())


@pytest.mark.parametrize(
    "page",
    [
        b"",
        b"<html>",
        b"\xff\x00" * 1000,
        b"vllm:num_requests_running",
        b"vllm:num_requests_running NaN",
        b"vllm:num_requests_running{a} x",
        b"vllm:num_requests_running -1",
        b"{" * 100_000,
    ],
)
def test_garbage_says_nothing(page: bytes) -> None:
    assert state_of(page) == NOTHING


def test_what_was_counted_meanwhile() -> None:
    before, after = EngineTokens(100, None, 5), EngineTokens(150, 7, 3)
    assert between(before, after) == EngineTokens(50, None, None)  # the last counter started again


async def test_a_simulated_judge_is_read() -> None:
    with start_sim("--ttft", "0") as server:
        metrics = EngineMetrics(f"{server.root_url}/metrics", {})
        assert await metrics.read() == EngineState(0, 0, EngineTokens(0, 0, 0))


async def test_a_server_without_the_page_is_asked_three_times() -> None:
    metrics = EngineMetrics("http://127.0.0.1:9/metrics", {})
    for _ in range(4):
        assert await metrics.read() == NOTHING
    assert metrics._misses == 3
