"""Which verdicts of two runs are put side by side, and what is refused."""

from collections.abc import Mapping

import pytest

from rubrics.agreement.bootstrap import Bootstrap
from rubrics.agreement.judged import Judged, read_judged
from rubrics.agreement.repeated import Retest, retest
from rubrics.problems import ConfigError
from rubrics.rollout import Json

QUICK = Bootstrap(100)


def verdict(criterion: str, probability: float | None = None, **other: Json) -> dict[str, Json]:
    choice = None if probability is None else "met" if probability >= 0.5 else "unmet"
    return {"criterion": criterion, "choice": choice, "probability": probability, **other}


def row(name: str, *verdicts: dict[str, Json], **other: Json) -> dict[str, Json]:
    return {"id": name, "group": "g", "verdicts": list(verdicts), **other}


def read(*rows: Mapping[str, Json]) -> Mapping[str, Judged]:
    return read_judged((f"file:{number}", dict(each)) for number, each in enumerate(rows))


def compared(
    first: list[dict[str, Json]], second: list[dict[str, Json]], order: tuple[str, ...] = ()
) -> Retest:
    return retest(read(*first), read(*second), QUICK, order)


def test_what_either_run_left_undecided_is_counted_and_left_out() -> None:
    first = [
        row("r1", verdict("cites", 0.9)),
        row("r2", verdict("cites", 0.9)),
        row("r3", verdict("cites", 0.2)),
        row("r4"),
        row("r5", verdict("cites", 0.2)),
    ]
    second = [
        row("r1", verdict("cites", 0.4)),
        row("r2", verdict("cites", cause="judge_timeout")),
        row("r3", verdict("cites", 0.2)),
        row("r4", verdict("cites", 0.2)),
        row("r6", verdict("cites", 0.2)),
    ]
    found = compared(first, second)
    assert (found.rollouts, found.unmatched, found.reward) == (4, 2, None)
    (cites,) = found.criteria
    assert (cites.rollouts, cites.lost, cites.measures["flipped"].value) == (2, 2, 0.5)
    assert not found.identical


def test_criteria_come_in_the_rubrics_order_and_without_those_that_code_decides() -> None:
    verdicts = (verdict("a", 0.1), verdict("fits", choice="met", value=1.0), verdict("b", 0.9))
    both = [row("r1", *verdicts)]
    assert [each.criterion for each in compared(both, both).criteria] == ["a", "b"]
    found = compared(both, both, ("b", "fits", "a"))
    assert [each.criterion for each in found.criteria] == ["b", "a"]
    assert found.identical


def test_rewards_are_compared_as_numbers() -> None:
    first = [row("r1", reward=0.1), row("r2", reward=0.4), row("r3", reward=None)]
    second = [row("r1", reward=0.5), row("r2", reward=0.3), row("r3", reward=0.1)]
    reward = compared(first, second).reward
    assert reward is not None
    assert (reward.rollouts, reward.lost, reward.measures["order_flipped"].value) == (2, 1, 1)
    assert reward.measures["difference"].value == pytest.approx(0.25)


@pytest.mark.parametrize(
    ("second", "message"),
    [
        (row("r2"), "the two runs have no rollout in common"),
        (row("r1") | {"group": "other"}, "the rollout r1 of the second run is another one"),
        (row("r1", rollout_digest="b"), "the rollout r1 of the second run is another one"),
        (row("r1", verdict("cites", 0.1), verdict("cites", 0.2)), "has 2 verdicts on `cites`"),
    ],
)
def test_what_cannot_be_compared_is_refused(second: dict[str, Json], message: str) -> None:
    first = row("r1", verdict("cites", 0.4), rollout_digest="a")
    with pytest.raises(ConfigError, match=message):
        compared([first], [second])


def test_a_file_without_digests_is_taken_at_its_word() -> None:
    first = row("r1", verdict("cites", 0.4), rollout_digest="a")
    assert compared([first], [row("r1", verdict("cites", 0.4))]).rollouts == 1
