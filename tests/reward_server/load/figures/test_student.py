import pytest

from reward_server.load.figures.student import cdf, quantile


@pytest.mark.parametrize(
    ("freedom", "expected"),
    [(1, 12.7062), (2, 4.3027), (4, 2.7764), (9, 2.2622), (30, 2.0423), (1000, 1.9623)],
)
def test_the_table_of_every_textbook(freedom: float, expected: float) -> None:
    assert quantile(0.975, freedom) == pytest.approx(expected, abs=5e-5)


def test_the_middle_is_zero_and_the_tails_mirror_each_other() -> None:
    assert cdf(0, 7) == 0.5
    assert cdf(-1.3, 7) == pytest.approx(1 - cdf(1.3, 7))


def test_one_degree_of_freedom_is_cauchys_distribution() -> None:
    assert cdf(1, 1) == pytest.approx(0.75)
