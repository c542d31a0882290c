import pytest

from reward_server.load.record import Shape
from reward_server.load.words import load_of, rate, seconds, share
from reward_server.report.tables import MISSING


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (None, MISSING),
        (0.0123, "12.3 ms"),
        (0.34, "340 ms"),
        (1.254, "1.25 s"),
        (119, "119 s"),
        (200, "3 min 20 s"),
    ],
)
def test_seconds(value: float | None, said: str) -> None:
    assert seconds(value) == said


@pytest.mark.parametrize(
    ("value", "said"), [(None, MISSING), (0, "0"), (42.71, "42.7"), (0.6667, "0.667"), (12_345.6, "12,346")]
)
def test_rates(value: float | None, said: str) -> None:
    assert rate(value) == said


@pytest.mark.parametrize(
    ("value", "said"),
    [(None, MISSING), (0, "0%"), (1, "100%"), (0.0075, "0.75%"), (0.84, "84%"), (1e-6, "<0.01%")],
)
def test_shares(value: float | None, said: str) -> None:
    assert share(value) == said


@pytest.mark.parametrize(
    ("shape", "amount", "said"),
    [
        ("closed", 64, "64 in flight"),
        ("burst", 1024, "1,024 at once"),
        ("constant", 2.5, "2.5/s, constant"),
        ("poisson", 20, "20/s, Poisson"),
    ],
)
def test_loads(shape: Shape, amount: float, said: str) -> None:
    assert load_of(shape, amount) == said
