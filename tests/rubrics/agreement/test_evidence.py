import pytest

from rubrics.agreement.evidence import Evidence, evidence
from rubrics.agreement.sample import Item
from tests.rubrics.agreement.making import said, statement


def evidence_of(*items: Item) -> Evidence:
    return evidence(statement(items))


def test_bins_and_curve_by_hand() -> None:
    found = evidence_of(said(1, [1, 0], 0.95), said(2, [1], 1.0), said(3, [0], 0.31), said(4, [1], 0.39))
    filled = {bin_.low: bin_ for bin_ in found.bins if bin_.rollouts}
    assert list(filled) == [0.3, 0.9]
    assert (filled[0.9].rollouts, filled[0.9].probability, filled[0.9].holds) == (2, 0.975, 0.75)
    assert (filled[0.3].rollouts, filled[0.3].holds) == (2, 0.5)
    assert filled[0.3].probability == pytest.approx(0.35)
    # 2.5 hold: 1 of 1 from 1.0 up, 1.5 of 2 from 0.95, 2.5 of 3 from 0.39, 2.5 of 4 from 0.31
    assert [(p.threshold, p.precision, p.recall) for p in found.curve] == [
        (1.0, 1.0, pytest.approx(1 / 2.5)),
        (0.95, 0.75, pytest.approx(1.5 / 2.5)),
        (0.39, pytest.approx(2.5 / 3), 1.0),
        (0.31, pytest.approx(2.5 / 4), 1.0),
    ]
    assert found.counts == [[1.0, 0.5], [1.0, 1.5]]


def test_the_worst_disagreements_come_first() -> None:
    items = [
        Item("g", (1,), 0, 0.4, rollout="far"),
        Item("g", (0, 0), 1, 0.99, rollout="farthest"),
        Item("g", (1, 0), 1, 0.9, rollout="people differ"),
        Item("g", (1,), None, None, "judge_timeout", rollout="not judged"),
        Item("g", (1,), 1, 0.6, rollout="right"),
    ]
    assert [(miss.rollout, miss.distance) for miss in evidence_of(*items).misses] == [
        ("farthest", 0.99),
        ("far", 0.6),
    ]
    many = [Item("g", (0,), 1, 0.9, rollout=f"r{n:02}") for n in range(30)]
    assert [miss.rollout for miss in evidence_of(*many).misses] == [f"r{n:02}" for n in range(10)]
