import pytest

from reward_server.load.figures.fairness import jain


def test_jains_index() -> None:
    assert jain([40, 40]) == 1
    assert jain([30, 10]) == pytest.approx(1600 / (2 * 1000))
    assert jain([10, 0, 0, 0]) == 0.25


def test_one_client_or_nothing_at_all_has_none() -> None:
    assert jain([40]) is None
    assert jain([]) is None
    assert jain([0, 0]) is None
