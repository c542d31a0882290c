"""Observations against expectations, counted by hand."""

import pytest

from rubrics.cause import Cause
from rubrics.goldens.comparing import Runs, compared, seen
from rubrics.goldens.results import Status
from rubrics.goldens.tally import Share, tallies
from rubrics.outcome import Outcome, Score, Unscored
from rubrics.verdict import Verdict
from tests.rubrics.goldens.making import goldens_of, result_of

DOWN = Cause.JUDGE_UNREACHABLE


@pytest.mark.parametrize(
    ("expected", "found", "status"),
    [
        ("met", ["met"], "passed"),
        ("met", ["unmet"], "failed"),
        ("met", ["skipped"], "failed"),
        ("met", [DOWN], "unscored"),
        ("met", ["met", "met", "unmet"], "flaky"),
        ("met", ["met", "unmet"], "failed"),
        ("met", ["met", "unmet", "unmet"], "failed"),
        ("met", ["met", DOWN], "unscored"),
        ("met", ["unmet", DOWN], "failed"),
        ("met", ["met", "met", "unmet", DOWN], "flaky"),
        ("mid", ["low", "high", "low"], "failed"),
        ("skipped", ["skipped", "skipped"], "passed"),
    ],
)
def test_the_status_of_runs(expected: str, found: list[str | Cause], status: Status) -> None:
    assert result_of(expected, found).status == status


def test_counts_spread_and_causes() -> None:
    result = result_of("met", ["met", "unmet", "met", DOWN, "met"], [0.6, 0.4, 0.55])
    assert (result.right, result.wrong, result.unscored, result.flaky) == (3, 1, 1, True)
    assert dict(result.counts) == {"met": 3, "unmet": 1}
    assert result.causes == {"judge_unreachable": 1}
    assert result.spread == (0.4, 0.6)


def test_a_finding_that_is_always_the_same_is_not_flaky_however_wrong() -> None:
    assert not result_of("met", ["unmet", "unmet", DOWN]).flaky
    assert result_of("mid", ["low", "high"]).flaky


def test_tallies_are_sensitivity_and_specificity() -> None:
    results = [
        result_of("met", ["met", "met", "unmet"]),
        result_of("met", ["met", "met", DOWN], case="b"),
        result_of("unmet", ["met", "met", "met"], case="c"),
        result_of("skipped", ["skipped"] * 3, case="d"),
    ]
    (tally,) = tallies(results, ["before", "c"])
    assert (tally.met, tally.unmet, tally.other) == (Share(4, 5), Share(0, 3), Share(3, 3))
    assert (tally.met.rate, tally.unmet.rate) == (0.8, 0.0)
    assert (tally.flaky, tally.unscored) == (1, 1)
    assert Share(0, 0).rate is None


def outcome(**verdict: object) -> Outcome:
    return Score(1.0, verdicts=(Verdict(criterion="c", **verdict),))  # type: ignore[arg-type]


def test_what_is_seen_is_what_was_found_and_not_what_it_is_worth() -> None:
    found = seen(outcome(choice="unmet", value=1.0, probability=0.1, reason="no clause"), "c", "unmet")
    assert (found.found, found.right, found.number, found.reason) == ("unmet", True, 0.1, "no clause")


def test_a_blank_text_is_neither_met_nor_unmet() -> None:
    blank = outcome(value=0.0, reason="nothing to judge: blank text")
    assert [seen(blank, "c", expected).right for expected in ("met", "unmet", "skipped")] == [False] * 3
    assert seen(blank, "c", "met").found == "nothing"


def test_what_was_not_judged_is_neither_right_nor_wrong() -> None:
    found = seen(outcome(cause=DOWN, reason="gone"), "c", "met")
    assert (found.found, found.right, found.cause, found.reason) == (None, None, DOWN, "gone")
    broken = seen(Unscored(Cause.COMPONENT_ERROR, "KeyError was raised"), "c", "met")
    assert (broken.right, broken.cause, broken.reason) == (None, Cause.COMPONENT_ERROR, "KeyError was raised")


def test_each_expectation_and_the_value_is_a_result_at_its_place() -> None:
    (case,) = goldens_of("cases: [{id: a, completion: x, expect: {c: met}, value: {at_least: 0.5}}]").cases
    runs = Runs([outcome(choice="met")] * 3, [Score(0.5), Score(0.49), Unscored(DOWN)])
    found, value = compared(case, 4, runs)
    assert (found.criterion, found.status, found.path) == ("c", "passed", ("cases", 4, "expect", "c"))
    assert (value.criterion, value.expected, value.path) == (None, "at least 0.5", ("cases", 4, "value"))
    assert (value.right, value.wrong, value.unscored, value.spread) == (1, 1, 1, (0.49, 0.5))
    assert list(compared(case, 4, Runs(runs.tried, ()), only=["other"])) == []
