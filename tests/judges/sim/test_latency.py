import pytest

from judges.sim.latency import LatencyModel, count_tokens


def test_service_time_adds_its_three_parts() -> None:
    model = LatencyModel(ttft=0.02, prefill_tps=1000, decode_tps=50)
    assert model.service_time(computed_tokens=500, output_tokens=11) == pytest.approx(0.02 + 0.5 + 0.2)


def test_first_token_costs_no_decoding() -> None:
    assert LatencyModel(0.0, 0.0, 50.0).service_time(0, 1) == 0.0


def test_reply_without_tokens_takes_no_negative_time() -> None:
    assert LatencyModel(0.25, 0.0, 50.0).service_time(0, 0) == 0.25


def test_rate_of_zero_is_infinitely_fast() -> None:
    assert LatencyModel(0.25, 0.0, 0.0).service_time(10**9, 10**9) == 0.25


@pytest.mark.parametrize(
    ("prompt", "tokens"), [("", 0), ("a", 1), ("abcd", 1), ("abcde", 2), ("é" * 3, 2), ("判" * 4, 3)]
)
def test_token_is_four_bytes_of_utf8(prompt: str, tokens: int) -> None:
    assert count_tokens(prompt.encode()) == tokens
