import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rubrics.rubric import Rubric
from rubrics.weights.view import CriterionWeight, view
from rubrics.weights.warning import warnings
from tests.rubrics.making import rollout_of, rubric_of

AUTHORED = """\
criteria:
  - {id: names, ask: Names it., weight: 3}
  - {id: shows, ask: Shows it., importance: optional}
  - {id: invents, ask: Invents it., weight: -2}
"""
LABELLED = """\
weights:
  mode: inverse_frequency
  smoothing: 0
  table: {rare: {"yes": 200, "no": 800}}
criteria:
  - {id: rare, ask: Is it rare?, expect: {label: metadata.rare}, weight: 2}
  - {id: shows, ask: Shows it., weight: 3}
  - {id: invents, ask: Invents it., weight: -1}
"""


def weights(rubric: Rubric) -> dict[str, CriterionWeight]:
    return {criterion.criterion: criterion for criterion in view(rubric).criteria}


def test_written_weights_are_shares_of_the_positive_weight() -> None:
    found = view(rubric_of(AUTHORED))
    assert found.bounds == (-0.5, 1.0)
    assert [(c.criterion, c.written, c.importance, c.share, c.moves) for c in found.criteria] == [
        ("names", 3.0, None, (0.75, 0.75), (0.75, 0.75)),
        ("shows", 1.0, "optional", (0.25, 0.25), (0.25, 0.25)),
        ("invents", -2.0, None, (0.5, 0.5), (-0.5, -0.5)),
    ]


def test_a_range_bounds_what_a_criterion_can_move() -> None:
    found = weights(rubric_of(AUTHORED.replace("-2", "-8") + "aggregate: {range: [0, 1]}\n"))
    assert (found["invents"].share, found["invents"].moves) == ((2.0, 2.0), (-1.0, -1.0))


def test_pitfalls_alone_share_all_of_the_weight() -> None:
    found = weights(rubric_of("criteria: [{id: a, ask: A., weight: -3}, {id: b, ask: B., weight: -1}]"))
    assert [(c.share, c.moves) for c in found.values()] == [
        ((0.75, 0.75), (-0.75, -0.75)),
        ((0.25, 0.25), (-0.25, -0.25)),
    ]


def test_each_label_has_its_factor_out_of_the_table() -> None:
    found = weights(rubric_of(LABELLED))
    # w_y = n / (K n_y): 1000 / (2 * 200) = 2.5 and 1000 / (2 * 800) = 0.625, times the written 2
    assert [(row.label, row.count, row.factor, row.weight, row.share) for row in found["rare"].labels] == [
        ("yes", 200, 2.5, 5.0, (5 / 8, 5 / 8)),
        ("no", 800, 0.625, 1.25, (1.25 / 4.25, 1.25 / 4.25)),
    ]
    assert found["rare"].moves == (1.25 / 4.25, 5 / 8)
    assert [(row.label, row.count, row.weight) for row in found["shows"].labels] == [(None, None, 3.0)]
    assert found["shows"].share == (3 / 8, 3 / 4.25)
    assert found["invents"].moves == (-1 / 4.25, -1 / 8)


@pytest.mark.parametrize(
    ("criterion", "counts", "labels"),
    [
        ("ask: A., expect: {label: metadata.a}", '{"yes": 3, "true": 1}', [("yes", 4), ("no", 0)]),
        ("ask: A., scale: [low, high], expect: {label: metadata.a}", "{high: 1}", [("high", 1), ("low", 0)]),
        ("label: {field: a, equals: metadata.a}", "{spam: 1, ham: 2}", [("spam", 1), ("ham", 2), (None, 0)]),
        ("label: {field: a, equals: metadata.a, labels: {x: [1], z: [3]}}", '{"1": 4}', [("x", 4), ("z", 0)]),
    ],
)
def test_labels_are_those_it_can_have(criterion: str, counts: str, labels: list[tuple[str, int]]) -> None:
    text = (
        f"weights: {{mode: inverse_frequency, table: {{a: {counts}}}}}\ncriteria: [{{id: a, {criterion}}}]\n"
    )
    found = weights(rubric_of(text))["a"].labels
    assert [(row.label, row.count) for row in found] == labels


def test_verdict_tables_have_one_factor_each() -> None:
    found = weights(
        rubric_of(
            "weights: {mode: inverse_frequency, scope: verdict, smoothing: 0,\n"
            "  table: {a: {met: 50, unmet: 50}, b: {met: 100, unmet: 0}}}\n"
            "criteria: [{id: a, ask: A., weight: 3}, {id: b, ask: B.}]\n"
        )
    )
    # 1 / p_met: 2 and 1
    assert [(row.label, row.count, row.factor, row.weight) for row in found["a"].labels] == [
        ("met", 50, 2.0, 6.0)
    ]
    assert found["b"].share == (1 / 7, 1 / 7)


def test_uniform_weights_forget_what_is_written() -> None:
    found = weights(rubric_of(AUTHORED + "weights: {mode: uniform}\n"))
    assert [c.labels[0].weight for c in found.values()] == [1.0, 1.0, -1.0]
    assert found["names"].share == (0.5, 0.5)


@pytest.mark.parametrize("method", ["min", "product", "all"])
def test_where_weights_have_no_effect_there_are_no_shares(method: str) -> None:
    found = view(rubric_of(AUTHORED + f"aggregate: {{method: {method}}}\n"))
    assert {(c.share, c.moves) for c in found.criteria} == {(None, None)}
    assert [*warnings(found)] == []


def test_a_gate_is_named() -> None:
    text = "criteria:\n  - {id: a, ask: A., gate: {else: 0}}\n  - {id: b, ask: B., gate: {cap: 0.5}}\n"
    assert [c.gate for c in view(rubric_of(text)).criteria] == ["else 0", "cap 0.5"]


def rubric_with(rows: list[tuple[int, int, int]]) -> Rubric:
    """Labelled criteria of these weights, each label counted so often."""
    table = ", ".join(f"c{n}: {{'yes': {yes}, 'no': {no}}}" for n, (_, yes, no) in enumerate(rows))
    criteria = "".join(
        f"  - {{id: c{n}, ask: Is it {n}?, weight: {weight}, expect: {{label: metadata.c{n}}}}}\n"
        for n, (weight, _, _) in enumerate(rows)
    )
    return rubric_of(f"weights: {{mode: inverse_frequency, table: {{{table}}}}}\ncriteria:\n{criteria}")


counts = st.integers(0, 50)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(st.integers(-5, 5).filter(bool), counts, counts), min_size=1, max_size=3))
def test_shares_are_those_of_real_samples(rows: list[tuple[int, int, int]]) -> None:
    """Over every combination of labels, by the weights that rollouts get."""
    rubric = rubric_with([(weight, yes + 1, no) for weight, yes, no in rows])
    found: dict[str, list[float]] = {criterion.id: [] for criterion in rubric.criteria}
    for labels in itertools.product(["yes", "no"], repeat=len(rows)):
        rollout = rollout_of(metadata={f"c{number}": label for number, label in enumerate(labels)})
        sizes = {criterion.id: rubric.weight_of(criterion, rollout) for criterion in rubric.criteria}
        whole = sum(size for size in sizes.values() if size > 0) or -sum(sizes.values())
        for name, size in sizes.items():
            found[name].append(abs(size) / whole)
    for name, criterion in weights(rubric).items():
        assert criterion.share == pytest.approx((min(found[name]), max(found[name])), rel=1e-9)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "{id: a, ask: A., weight: 3}, {id: b, ask: B.}, {id: c, ask: C.}",
            ["a dominates: 60% of the positive weight"],
        ),
        ("{id: a, ask: A., weight: 2}, {id: b, ask: B.}, {id: c, ask: C.}", []),
        ("{id: a, ask: A.}", []),
        (
            "{id: a, ask: A., weight: 300}, {id: b, ask: B.}, {id: c, ask: C., weight: 299}",
            ["b can hardly matter: at most 0.17%"],
        ),
        (
            "{id: a, ask: A., weight: 300}, {id: b, ask: B., gate: {else: 0}}, {id: c, ask: C., weight: 299}",
            [],
        ),
        (
            "{id: a, ask: A., weight: 2}, {id: b, ask: B., weight: 2}, {id: c, ask: C., weight: -3}",
            ["c dominates: falling into it costs 75%"],
        ),
    ],
)
def test_shares_that_are_hardly_meant_are_told(text: str, said: list[str]) -> None:
    found = [
        f"{warned.criterion} {warned.message}" for warned in warnings(view(rubric_of(f"criteria: [{text}]")))
    ]
    assert len(found) == len(said)
    assert all(message.startswith(start) for message, start in zip(found, said, strict=True))


def test_a_label_that_drowns_the_rest_is_named() -> None:
    text = LABELLED.replace('"yes": 200, "no": 800', '"yes": 50, "no": 950')
    (warned,) = warnings(view(rubric_of(text)))
    # 1000 / (2 * 50) = 10 is clipped at 10 times 0.5263: 5.263 * 2 / (10.526 + 3)
    assert warned.message.startswith("dominates: 78% of the positive weight where its label is yes")
