import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rubrics.arithmetic import bounds, coverage, weighted_mean
from rubrics.cause import Cause
from rubrics.outcome import Outcome, Score, Unscored
from rubrics.rollout import Json
from rubrics.rubric import Rubric
from rubrics.verdict import Reading, Verdict
from tests.rubrics.making import assess, rollout_of, rubric_of, yes


def test_a_weighted_mean() -> None:
    # (3 * 1 + 1 * 0.5) / 4 = 0.875
    assert weighted_mean([(3, 1.0), (1, 0.5)]) == 0.875


def test_pitfalls_subtract_and_do_not_divide() -> None:
    # (3 * 1 + 1 * 0 - 2 * 0.5) / (3 + 1) = 0.5
    assert weighted_mean([(3, 1.0), (1, 0.0), (-2, 0.5)]) == 0.5
    # (1 * 0 - 2 * 1) / 1 = -2
    assert weighted_mean([(1, 0.0), (-2, 1.0)]) == -2.0


def test_only_pitfalls() -> None:
    # 1 + (-1 * 1 - 3 * 0.5) / 4 = 0.375
    assert weighted_mean([(-1, 1.0), (-3, 0.5)]) == 0.375
    assert weighted_mean([(-1, 0.0), (-3, 0.0)]) == 1.0
    assert weighted_mean([(-1, 1.0), (-3, 1.0)]) == 0.0


def verdict(weight: float | None, value: float | None, choice: str | None = None) -> Verdict:
    return Verdict(criterion="a", value=value, weight=weight, choice=choice)


def test_coverage_is_the_judged_share_of_the_weight() -> None:
    # (3 + 1) judged of 3 + 1 + 2
    assert coverage([verdict(3, 0.1), verdict(-1, 0.0), verdict(2, None)]) == pytest.approx(4 / 6)
    assert coverage([verdict(3, 0.1), verdict(None, None, "skipped")]) == 1.0
    assert coverage([verdict(None, None, "skipped")]) == 0.0


MIXED = "criteria: [{id: a, ask: A, weight: 4}, {id: b, ask: B, weight: -2}, {id: c, ask: C%s}]\n"

SKIPPABLE = """
criteria:
  - {id: a, ask: A, weight: 4, expect: {label: metadata.a}}
  - {id: b, ask: B, weight: -2}
  - {id: c, ask: C, weight: 3%s}
"""

BY_LABEL = """
weights: {mode: inverse_frequency, smoothing: 0, max_ratio: 4, table: {b: {yes: 8, no: 2}}}
criteria: [{id: a, ask: A}, {id: b, ask: B, weight: -2, expect: {label: metadata.b}}]
"""

BY_VERDICT = """
weights:
  mode: inverse_frequency
  scope: verdict
  smoothing: 0
  table: {a: {met: 2, unmet: 2}, b: {met: 1, unmet: 3}}
criteria: [{id: a, ask: A}, {id: b, ask: B, weight: -1}]
"""


@pytest.mark.parametrize(
    ("rubric", "low"),
    [
        ("criteria: [{id: a, ask: A}, {id: b, ask: B, weight: 3}]", 0),
        ("criteria: [{id: a, ask: A, weight: -2}]", 0),
        (MIXED % ", weight: -1", -(2 + 1) / 4),
        ("weights: {mode: uniform}\n" + MIXED % "", -1 / 2),
        # Without its label `a` is skipped, and only the weight of `c` is sure.
        (SKIPPABLE % "", -2 / 3),
        # Either may be the only one that is judged.
        (SKIPPABLE % ", expect: {label: metadata.c}", -2 / 3),
        ("aggregate: {min_coverage: 0.5}\n" + MIXED % "", -2 / 1),
        # Factors of the pitfall: 10 / (2 * 8) = 0.625 and 10 / (2 * 2) = 2.5.
        (BY_LABEL, -2 * 2.5 / 1),
        # p_met is 1/2 and 1/4, so the factors are 2 and 4.
        (BY_VERDICT, -1 * 4 / (1 * 2)),
    ],
)
def test_bounds(rubric: str, low: float) -> None:
    assert bounds(rubric_of(rubric)) == pytest.approx((low, 1))


def test_a_range_is_the_bounds() -> None:
    assert bounds(rubric_of("aggregate: {range: [-0.5, 0.5]}\n" + MIXED % "")) == (-0.5, 0.5)


IDS = ("a", "b", "c", "d")
SIZES = st.floats(min_value=0.01, max_value=100)
WEIGHTS = st.builds(lambda size, sign: size * sign, SIZES, st.sampled_from([1, -1]))
CHANCES = st.floats(min_value=0, max_value=1)
LABELS = st.sampled_from([True, False, None])
COUNTS = st.fixed_dictionaries({"yes": st.integers(0, 1000), "no": st.integers(0, 1000)})


@st.composite
def rubrics(draw: st.DrawFn) -> Rubric:
    """Rubrics of yes-or-no statements with every way of weighing them."""
    criteria = []
    for name in IDS[: draw(st.integers(1, 4))]:
        expect = draw(st.sampled_from(["met", "unmet", {"label": f"metadata.{name}"}]))
        criteria.append({"id": name, "ask": "It is.", "weight": draw(WEIGHTS), "expect": expect})
    weights: dict[str, Json] = {"mode": draw(st.sampled_from(["authored", "uniform", "inverse_frequency"]))}
    if weights["mode"] == "inverse_frequency":
        weights["smoothing"] = draw(st.sampled_from([0.5, 1.0, 20.0]))
        weights["table"] = {name: draw(COUNTS) for name in IDS}
    coverage = draw(st.sampled_from([1.0, 0.5]))
    spec = {"schema": "rubric/v1", "id": "test", "criteria": criteria, "weights": weights}
    return Rubric.model_validate({**spec, "aggregate": {"min_coverage": coverage}})


READINGS = st.one_of(CHANCES.map(yes), st.just(Unscored(Cause.JUDGE_TIMEOUT)))
JUDGED = st.fixed_dictionaries(dict.fromkeys(IDS, READINGS))
LABELLED = st.fixed_dictionaries(dict.fromkeys(IDS, LABELS))


def outcome(rubric: Rubric, readings: dict[str, Reading | Unscored], labels: dict[str, Json]) -> Outcome:
    return assess(rubric, rollout_of(metadata=labels), readings)


@given(rubrics(), JUDGED, LABELLED)
def test_p06_a_value_lies_within_the_declared_bounds(
    rubric: Rubric, readings: dict[str, Reading | Unscored], labels: dict[str, Json]
) -> None:
    found = outcome(rubric, readings, labels)
    if isinstance(found, Score):
        low, high = bounds(rubric)
        assert low <= found.value <= high


@given(rubrics(), JUDGED, LABELLED, st.randoms())
def test_p07_the_order_of_criteria_changes_nothing(
    rubric: Rubric, readings: dict[str, Reading | Unscored], labels: dict[str, Json], chance: random.Random
) -> None:
    criteria = list(rubric.criteria)
    chance.shuffle(criteria)
    shuffled = outcome(rubric.model_copy(update={"criteria": criteria}), readings, labels)
    found = outcome(rubric, readings, labels)
    if isinstance(found, Score):
        assert isinstance(shuffled, Score)
        assert shuffled.value == found.value
    else:
        assert isinstance(shuffled, Unscored)


@given(
    st.lists(st.tuples(WEIGHTS, CHANCES), min_size=1, max_size=6), st.floats(min_value=1e-3, max_value=1e3)
)
def test_only_the_proportions_of_weights_matter(pairs: list[tuple[float, float]], scale: float) -> None:
    scaled = [(weight * scale, value) for weight, value in pairs]
    assert weighted_mean(scaled) == pytest.approx(weighted_mean(pairs), rel=1e-9, abs=1e-9)


@given(st.lists(st.tuples(WEIGHTS, CHANCES), min_size=1, max_size=6), st.integers(0, 5), CHANCES)
def test_more_of_what_is_wanted_is_never_worth_less(
    pairs: list[tuple[float, float]], index: int, better: float
) -> None:
    weight, value = pairs[index % len(pairs)]
    other = [*pairs]
    other[index % len(pairs)] = weight, better
    gain = (weighted_mean(other) - weighted_mean(pairs)) * (better - value) * weight
    assert gain >= -1e-9
