"""Several votes as one finding: by hand, and never another one for having stopped early."""

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rubrics.cause import Cause
from rubrics.completion import Completion
from rubrics.outcome import Unscored
from rubrics.rollout import Json, Rollout
from rubrics.rubric import Rubric
from rubrics.verdict import Reading
from rubrics.votes import Count, Vote, count_of

ROLLOUT = Rollout(id="r", completion=Completion("x"), metadata={"label": "some"})
DOWN = Unscored(Cause.JUDGE_TIMEOUT, "down")
REFUSED = Unscored(Cause.JUDGE_REFUSED, "refused")
ABSTAINED = Unscored(Cause.JUDGE_ABSTAINED, "cannot tell")


def yes(chance: float, reason: str | None = None) -> Reading:
    return Reading({"yes": chance, "no": 1 - chance}, reason)


def rubric(judge: dict[str, Json], **criterion: Json) -> Rubric:
    asked = {"id": "a", "ask": "It is so.", **criterion}
    return Rubric.model_validate({"schema": "rubric/v1", "id": "r", "judge": judge, "criteria": [asked]})


def count(votes: int, reduce: str, min_votes: int | None = None, **criterion: Json) -> Count:
    found = rubric({"samples": votes, "reduce": reduce, "min_votes": min_votes}, **criterion)
    return count_of(found, found.criteria[0], ROLLOUT, 1)


def result(votes: Sequence[Vote], reduce: str, **other: Json) -> Vote:
    judge: dict[str, Json] = {
        "samples": len(votes),
        "reduce": reduce,
        "min_votes": other.pop("min_votes", None),
    }
    found = rubric(judge, **other)
    return count_of(found, found.criteria[0], ROLLOUT, 1).result(votes)


def finding(vote: Vote) -> float:
    assert isinstance(vote, Reading)
    return vote.choices["yes"]


def test_the_mean_of_probabilities() -> None:
    vote = result([yes(0.9), yes(0.6), yes(0.3)], "mean")
    assert finding(vote) == pytest.approx(0.6)
    assert isinstance(vote, Reading)
    assert vote.votes == (0.9, 0.6, 0.3)


def test_a_majority_is_certain_and_has_the_reason_of_one_of_its_own() -> None:
    vote = result([yes(0.2, "it is not"), yes(0.6, "it is"), yes(0.7, "so it is")], "majority")
    assert vote == Reading({"yes": 1.0, "no": 0.0}, "it is", (0.2, 0.6, 0.7))


def test_without_a_majority_the_mean_of_all_counts() -> None:
    assert finding(result([yes(0.9), yes(0.1), yes(0.8), yes(0.4)], "majority")) == pytest.approx(0.55)


def test_a_majority_of_levels_is_one_of_most_probable_ones() -> None:
    low, high = (
        Reading({"none": 0.1, "some": 0.5, "much": 0.4}),
        Reading({"none": 0, "some": 0.4, "much": 0.6}),
    )
    scale: list[Json] = ["none", "some", "much"]
    won = result([low, high, low], "majority", scale=scale)
    assert isinstance(won, Reading)
    assert won.choices == {"none": 0.0, "some": 1.0, "much": 0.0}
    assert won.votes == pytest.approx((0.65, 0.8, 0.65))
    tied = result([low, high], "majority", scale=scale)
    assert isinstance(tied, Reading)
    assert tied.choices == pytest.approx({"none": 0.05, "some": 0.45, "much": 0.5})


@pytest.mark.parametrize(
    ("criterion", "least"),
    [
        ({}, 0.3),
        ({"weight": -1}, 0.9),  # a pitfall costs most where it is found most
        ({"expect": "unmet"}, 0.9),
        ({"expect": "unmet", "weight": -2}, 0.3),
    ],
)
def test_the_vote_that_earns_least(criterion: dict[str, Json], least: float) -> None:
    assert finding(result([yes(0.5), yes(0.9), yes(0.3)], "min", **criterion)) == least


def test_the_vote_that_earns_least_is_the_furthest_from_a_label() -> None:
    """`some` is worth 1/2: 0.45 and 0.7 lie 0.05 and 0.2 from it."""
    near, far = (
        Reading({"none": 0.3, "some": 0.5, "much": 0.2}),
        Reading({"none": 0, "some": 0.6, "much": 0.4}),
    )
    labelled: dict[str, Json] = {"scale": ["none", "some", "much"], "expect": {"label": "metadata.label"}}
    vote = result([near, far], "min", **labelled)
    assert isinstance(vote, Reading)
    assert vote.choices == far.choices


def test_one_vote_is_itself() -> None:
    for reduce in ("mean", "majority", "min"):
        assert result([yes(0.7, "why")], reduce) == yes(0.7, "why")


@pytest.mark.parametrize("reduce", ["mean", "majority", "min"])
def test_p01_a_vote_that_failed_leaves_no_finding(reduce: str) -> None:
    assert result([yes(0.9), REFUSED, yes(0.2), DOWN], reduce) is REFUSED


@pytest.mark.parametrize("reduce", ["mean", "majority", "min"])
def test_p01_an_abstention_does_not_stand_for_a_judge_that_is_down(reduce: str) -> None:
    """`aggregate.abstain: worst` would make 0 of it."""
    assert result([ABSTAINED, DOWN, yes(0.9)], reduce) is DOWN
    assert result([ABSTAINED, ABSTAINED, yes(0.9)], reduce) is ABSTAINED


def test_enough_votes_do_without_the_rest() -> None:
    assert finding(result([yes(0.9), DOWN, yes(0.3)], "mean", min_votes=2)) == pytest.approx(0.6)
    assert result([yes(0.9), DOWN, REFUSED], "mean", min_votes=2) is DOWN
    assert finding(result([DOWN, yes(0.9), yes(0.8), yes(0.1)], "majority", min_votes=3)) == 1.0  # 2 of the 3


def test_what_is_certain_does_not_wait_for_a_failed_vote() -> None:
    assert finding(result([yes(0.9), yes(0.8), DOWN], "majority")) == 1.0
    assert finding(result([yes(0.0), DOWN, yes(1.0)], "min")) == 0.0
    assert result([yes(1.0), DOWN, yes(1.0)], "min") is DOWN


def test_waves() -> None:
    assert count(5, "mean").wave([]) == 5
    assert count(5, "majority").wave([]) == 3
    assert count(5, "majority").wave([yes(0.9)] * 3) == 0
    assert count(5, "majority").wave([yes(0.9), yes(0.9), yes(0.1)]) == 1
    assert count(5, "majority").wave([yes(0.9), yes(0.9), yes(0.1), yes(0.1)]) == 1
    assert count(5, "majority", min_votes=4).wave([yes(0.9)] * 3) == 1
    assert count(5, "min").wave([]) == 1
    assert count(5, "min").wave([yes(0.0)]) == 0
    assert count(5, "min").wave([yes(0.1)]) == 4
    assert count(3, "min", weight=-1).wave([yes(1.0)]) == 0
    assert count(1, "majority").wave([]) == 1


LEVELS = st.sampled_from([0.0, 0.2, 0.5, 1.0])
VOTES = st.one_of(LEVELS.map(yes), st.floats(0, 1).map(yes), st.sampled_from([DOWN, REFUSED, ABSTAINED]))


@settings(max_examples=300)
@given(
    votes=st.lists(VOTES, min_size=1, max_size=9),
    reduce=st.sampled_from(["mean", "majority", "min"]),
    least=st.none() | st.integers(1, 4),
    weight=st.sampled_from([1.0, -1.0]),
    expect=st.sampled_from(["met", "unmet"]),
)
def test_stopping_early_changes_no_finding(
    votes: list[Vote], reduce: str, least: int | None, weight: float, expect: str
) -> None:
    counted = count(len(votes), reduce, least, weight=weight, expect=expect)
    taken: list[Vote] = []
    while more := counted.wave(taken):
        taken += votes[len(taken) : len(taken) + more]
    early, late = counted.result(taken), counted.result(votes)
    if isinstance(early, Unscored):
        assert early is late
    else:
        assert isinstance(late, Reading)
        assert early.choices == late.choices


@given(st.data())
def test_p07_the_order_of_votes_does_not_matter(data: st.DataObject) -> None:
    votes = data.draw(st.lists(st.floats(0, 1).map(yes), min_size=2, max_size=7))
    shuffled = data.draw(st.permutations(votes))
    for reduce in ("mean", "majority"):
        assert finding(result(votes, reduce)) == pytest.approx(finding(result(shuffled, reduce)), abs=1e-12)
