from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rubrics.agreement.alpha import krippendorff_alpha
from rubrics.agreement.bootstrap import Bootstrap
from rubrics.agreement.clustered import Clustered
from rubrics.agreement.measures import SCALE, STATEMENT, Agreement, measure
from rubrics.agreement.sample import Item, Sample, pooled
from rubrics.agreement.threshold import best_threshold, kappa_at
from tests.rubrics.agreement.making import noisy, said, scale, statement

QUICK = Bootstrap(100)


def value(found: Agreement, name: str) -> float | None:
    return found.measures[name].value


def ends(found: Agreement, name: str) -> tuple[float, float]:
    interval = found.measures[name].interval
    assert interval is not None
    return interval.low, interval.high


def test_a_statement_by_hand() -> None:
    # label, probability: tn 2, fp 1, fn 1, tp 2
    rows = [(0, 0.1), (0, 0.2), (0, 0.7), (1, 0.4), (1, 0.8), (1, 0.9)]
    found = measure(statement([said(i, [label], p) for i, (label, p) in enumerate(rows)]), QUICK)
    assert (found.labelled, found.compared, found.groups, found.holds) == (6, 6, 6, 0.5)
    assert value(found, "agreement") == value(found, "sensitivity") == pytest.approx(4 / 6)
    assert value(found, "specificity") == pytest.approx(4 / 6)
    assert value(found, "kappa") == pytest.approx(1 / 3)  # (2/3 - 1/2) / (1/2)
    # 12 ratings, 6 of each: D_o = 2 pairs of 6, D_e = 36 / (12 * 11 / 2): alpha = 1 - 11 * 2 / 36
    assert value(found, "alpha") == pytest.approx(1 - 22 / 36)
    assert value(found, "brier") == pytest.approx((0.01 + 0.04 + 0.49 + 0.36 + 0.04 + 0.01) / 6)
    assert value(found, "human_kappa") is value(found, "human_alpha") is None
    assert all(each.interval is None for each in found.measures.values())
    assert tuple(found.measures) == STATEMENT


def test_a_rollout_counts_once_however_many_people_labelled_it() -> None:
    # the judge says yes to both; one person of one agrees on the first, one of three on the second
    found = measure(statement([said(1, [1], 0.9), said(2, [1, 0, 0], 0.9)]), QUICK)
    assert value(found, "agreement") == pytest.approx((1 + 1 / 3) / 2)
    assert found.holds == pytest.approx((1 + 1 / 3) / 2)


def test_the_human_ceiling_is_each_person_against_each_other() -> None:
    # ann and ben: no-no, no-yes, yes-yes, yes-yes, and one rollout that ann alone labelled
    people = [[0, 0], [0, 1], [1, 1], [1, 1], [1]]
    found = measure(statement([said(i, labels, None) for i, labels in enumerate(people)]), QUICK)
    # both orders: 8 pairs, 6 equal, 3/8 no and 5/8 yes on either side: p_e = 34/64
    assert value(found, "human_kappa") == pytest.approx((6 / 8 - 34 / 64) / (1 - 34 / 64))
    # 8 ratings, 3 no, 5 yes; observed 1 of each order: 1 - 7 * 1 / 15
    assert value(found, "human_alpha") == pytest.approx(1 - 7 / 15)
    assert value(found, "kappa") is value(found, "brier") is found.holds is None
    assert (found.compared, found.missing) == (0, {"judge_timeout": 5})


def test_three_people_are_krippendorffs_three_raters() -> None:
    people = [[0, 0, 1], [1, 1, 1], [0, 1], [1, 0, 0], [0, 0, 0], [1]]
    found = measure(statement([said(i, labels, 0.9) for i, labels in enumerate(people)]), QUICK)
    expected = krippendorff_alpha(people, 2, "nominal")
    assert expected is not None
    assert value(found, "human_alpha") == pytest.approx(expected)


def test_a_scale_by_hand() -> None:
    found = measure(scale([(0, 0), (1, 2), (2, 1), (2, 2)]), QUICK)
    assert value(found, "kappa_linear") == pytest.approx(3 / 7)  # as in test_kappa
    assert value(found, "kappa_quadratic") == pytest.approx(14 / 22)
    # ratings 0 0 1 1 2 2 2 2: apart 0-1 (4 - 2)^2 = 4, 1-2 (6 - 3)^2 = 9, 0-2 (8 - 3)^2 = 25;
    # observed, each order once: 2 pairs of 9; expected 2*2*4 + 2*4*9 + 2*4*25 = 288. 1 - 7 * 18 / 288
    assert value(found, "alpha") == pytest.approx(1 - 7 * 18 / 288)
    assert tuple(found.measures) == SCALE
    assert found.holds is None
    assert found.threshold is None


drawn_items = st.lists(
    st.builds(
        said,
        st.integers(0, 4),
        st.lists(st.integers(0, 1), min_size=1, max_size=3),
        st.none() | st.sampled_from([0.0, 0.3, 0.5, 0.8, 1.0]),
    ),
    min_size=1,
    max_size=20,
)


@settings(max_examples=50, deadline=None)
@given(drawn_items, st.randoms(use_true_random=False))
def test_drawing_a_group_twice_is_having_it_twice(items: list[Item], random: Random) -> None:
    clustered = Clustered(statement(items))
    drawn = [random.randrange(4) for _ in clustered.groups]
    copied = [item for group, n in zip(clustered.groups, drawn, strict=True) for item in list(group) * n]
    copy = Clustered(statement(copied))
    for table in ("judge_pairs", "human_pairs", "human_coincidences"):
        expected = getattr(copy, table)(copy.once)
        assert getattr(clustered, table)(drawn) == [pytest.approx(row) for row in expected]
    weights: dict[tuple[float, bool], float] = {}
    for probability, holds, weight in copy.predictions(copy.once):
        weights[probability, holds] = weights.get((probability, holds), 0) + weight
    for probability, holds, weight in clustered.predictions(drawn):
        weights[probability, holds] -= weight
    assert list(weights.values()) == pytest.approx([0] * len(weights), abs=1e-9)


def test_intervals_hold_the_value_and_narrow_with_more_groups() -> None:
    few, many = (measure(noisy(groups, raters=2), QUICK) for groups in (15, 150))
    for name in STATEMENT:
        low, high = ends(few, name)
        found = value(few, name)
        assert found is not None
        assert low < high
        assert name == "ece" or low <= found <= high  # noise adds to ECE, and resampling adds noise
    low, high = ends(few, "kappa")
    assert ends(many, "kappa")[1] - ends(many, "kappa")[0] < 0.75 * (high - low)


def test_rollouts_of_a_group_are_not_independent() -> None:
    """Eight copies of each of 12 rollouts tell no more than the 12."""
    once = noisy(12, each=1, seed=3)
    copies = statement([item for item in once.items for _ in range(8)])
    alone = statement([Item(str(n), i.labels, i.choice, i.probability) for n, i in enumerate(copies.items)])
    width = {name: (e := ends(measure(s, QUICK), "agreement"))[1] - e[0]
             for name, s in {"once": once, "copies": copies, "alone": alone}.items()}  # fmt: skip
    assert width["copies"] == pytest.approx(width["once"])
    assert width["alone"] < width["once"] / 2


def test_groups_in_which_nothing_was_judged_lend_no_certainty() -> None:
    judged = list(noisy(9).items)
    silent = [said(f"silent{n}", [1], None) for n in range(30)]
    found = measure(statement(judged + silent), QUICK)
    assert found.groups == 9
    assert {name for name, each in found.measures.items() if each.interval is not None} == set()


def test_one_class_leaves_undefined_what_is_undefined() -> None:
    found = measure(statement([said(n, [0], 0.1) for n in range(20)]), QUICK)
    nothing = ["kappa", "alpha", "sensitivity", "pr_auc", "recall_at_p90", "human_kappa", "human_alpha"]
    assert [name for name in STATEMENT if value(found, name) is None] == nothing
    assert ends(found, "specificity") == (1, 1)
    assert found.measures["brier"].value == pytest.approx(0.01)


def test_checks_by_code_have_no_probabilities() -> None:
    found = measure(Sample("fits", [Item(str(n), (n % 2,), n % 2) for n in range(20)]), QUICK)
    assert value(found, "kappa") == 1
    assert [value(found, name) for name in ("pr_auc", "recall_at_p90", "brier", "ece")] == [None] * 4
    assert found.threshold is None


def test_nothing_at_all_can_be_measured() -> None:
    found = measure(statement([]), QUICK)
    assert {each.value for each in found.measures.values()} == {None}


def test_the_pool_is_of_statements_only() -> None:
    both = pooled([noisy(2), scale([(0, 0)]), noisy(3)])
    assert (both.criterion, len(both.items), both.is_statement) == ("overall", 20, True)


def test_a_judge_that_says_yes_too_easily_gets_a_higher_threshold() -> None:
    found = measure(noisy(60, shift=0.25), QUICK)
    assert found.threshold is not None
    assert found.threshold.threshold > 0.6
    kappa = value(found, "kappa")
    assert kappa is not None
    assert found.threshold.kappa > kappa + 0.1
    assert 0 < found.threshold.gain.low < found.threshold.gain.high


def test_a_threshold_that_only_fits_the_noise_is_not_suggested() -> None:
    suggested = [measure(noisy(15, seed=seed), QUICK).threshold for seed in range(10)]
    assert suggested == [None] * 10


def test_the_best_threshold_is_the_best_of_all() -> None:
    for seed in range(20):
        sample = noisy(10, seed=seed)
        clustered = Clustered(sample)
        predictions = clustered.predictions(clustered.once)
        best = best_threshold(predictions)
        assert best is not None
        every = [kappa_at(n / 1000, predictions) for n in range(1001)]
        assert best[1] == pytest.approx(max(kappa for kappa in every if kappa is not None))
        assert kappa_at(best[0], predictions) == pytest.approx(best[1])
