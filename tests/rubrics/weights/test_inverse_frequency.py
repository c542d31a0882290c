"""What inverse-frequency weights do to GRPO advantages: A = (R - mean) / (std + eps) within a group.

The standard deviation is the sample's (Bessel), eps is 1e-4, as TRL computes them.
"""

import json
import statistics
from collections.abc import Sequence

import pytest

from rubrics.layout import Layout
from rubrics.outcome import Score
from rubrics.rollout import Rollout
from rubrics.rubric import Rubric
from rubrics.weights.factors import balanced_weights
from tests.rubrics.making import assess, rollout_of, rubric_of, yes

EPS = 1e-4
LAYOUT = Layout.model_validate({"answer": {"json": {key: ["yes", "no"] for key in "abc"}}})
HUMAN = {"a": "no", "b": "no", "c": "yes"}
"""The labels of the group's prompt: `c` carries the rare one."""

CRITERIA = """
criteria:
  - {id: a, label: {field: a, equals: metadata.a}}
  - {id: b, label: {field: b, equals: metadata.b}}
  - {id: c, label: {field: c, equals: metadata.c}}
"""

BALANCED = """
weights:
  mode: inverse_frequency
  scope: criterion_label
  smoothing: 0
  table: {a: {yes: 200, no: 800}, b: {yes: 200, no: 800}, c: {yes: 200, no: 800}}
"""


def advantages(rewards: Sequence[float], *, scaled: bool = True) -> list[float]:
    mean = statistics.fmean(rewards)
    std = statistics.stdev(rewards) + EPS if scaled else 1.0
    return [(reward - mean) / std for reward in rewards]


def answering(**answer: str) -> Rollout:
    return rollout_of(json.dumps(answer), layout=LAYOUT, metadata=HUMAN)


def values(rubric: Rubric, rollouts: Sequence[Rollout]) -> list[float]:
    outcomes = [assess(rubric, rollout, {}) for rollout in rollouts]
    return [outcome.value for outcome in outcomes if isinstance(outcome, Score)]


GROUP = [
    answering(a="no", b="no", c="no"),  # right on both common labels, wrong on the rare one
    answering(a="yes", b="yes", c="yes"),  # right on the rare one alone
    answering(a="no", b="no", c="yes"),  # right on all
]


def test_criterion_labels_reorder_a_group() -> None:
    """Authored weights: 2/3, 1/3, 1. The mean is 2/3 and the std 1/3, so the advantages are 0, -1, 1.

    Weighted by label: `no` 1000 / (2 * 800) = 0.625, `yes` 1000 / (2 * 200) = 2.5, together 3.75. The values
    are 1.25 / 3.75 = 1/3, 2.5 / 3.75 = 2/3 and 1, so the first two change places: -1, 0, 1.
    """
    for mode in ("", "weights: {mode: uniform}\n"):
        plain = values(rubric_of(mode + CRITERIA), GROUP)
        assert plain == pytest.approx([2 / 3, 1 / 3, 1])
        assert advantages(plain) == pytest.approx([0, -1, 1], abs=1e-3)
    balanced = values(rubric_of(BALANCED + CRITERIA), GROUP)
    assert balanced == pytest.approx([1 / 3, 2 / 3, 1])
    assert advantages(balanced) == pytest.approx([-1, 0, 1], abs=1e-3)


def test_authored_weights_multiply_the_factor() -> None:
    # `a` weighs 4 * 0.625 = 2.5, `b` 0.625, `c` 2.5: 3.125 / 5.625 and 2.5 / 5.625.
    rubric = rubric_of(BALANCED + CRITERIA.replace("metadata.a}", "metadata.a}, weight: 4"))
    assert values(rubric, GROUP) == pytest.approx([5 / 9, 4 / 9, 1])


def test_a_frequent_label_of_the_same_criterion_weighs_less() -> None:
    """The weight follows the prompt's label, not the criterion."""
    rubric = rubric_of(BALANCED + CRITERIA)
    criterion = rubric.criteria[2]
    assert rubric.weight_of(criterion, rollout_of(metadata={"c": "yes"})) == 2.5
    assert rubric.weight_of(criterion, rollout_of(metadata={"c": "no"})) == 0.625
    # A label the table never saw: the cap, 10 times the smallest.
    assert rubric.weight_of(criterion, rollout_of(metadata={"c": "unheard of"})) == 6.25


def test_labels_of_a_table_and_of_rollouts_may_be_spelled_differently() -> None:
    rubric = rubric_of("""
        weights: {mode: inverse_frequency, smoothing: 0, table: {a: {true: 200, "no": 800}}}
        criteria: [{id: a, ask: A, expect: {label: metadata.a}}]
    """)
    for rare in ("yes", True, 1, "met"):
        assert rubric.weight_of(rubric.criteria[0], rollout_of(metadata={"a": rare})) == 2.5
    for common in ("no", False, 0, "unmet"):
        assert rubric.weight_of(rubric.criteria[0], rollout_of(metadata={"a": common})) == 0.625


def test_uniform_weights_keep_the_sign() -> None:
    rubric = rubric_of("""
        weights: {mode: uniform}
        criteria: [{id: a, ask: A, weight: 5}, {id: b, ask: B, weight: -3}]
    """)
    assert [rubric.weight_of(criterion, rollout_of()) for criterion in rubric.criteria] == [1, -1]


def test_verdict_frequencies_reorder_a_group() -> None:
    """p_met of 0.8, 0.8 and 0.2 makes factors 1.25, 1.25 and 5, together 7.5: 2.5 / 7.5, 5 / 7.5, 1."""
    rubric = rubric_of(f"""
        weights:
          mode: inverse_frequency
          scope: verdict
          smoothing: 0
          table: {{a: {{met: 8, unmet: 2}}, b: {{met: 8, unmet: 2}}, c: {{met: 2, unmet: 8}}}}
        {CRITERIA.replace(chr(10), chr(10) + " " * 8)}
    """)
    balanced = values(rubric, GROUP)
    assert balanced == pytest.approx([1 / 3, 2 / 3, 1])
    assert advantages(balanced) == pytest.approx([-1, 0, 1], abs=1e-3)


def test_the_rare_verdict_of_a_statement_weighs_by_the_table() -> None:
    rubric = rubric_of("""
        weights: {mode: inverse_frequency, scope: verdict, smoothing: 1,
                  table: {a: {met: 30, unmet: 70}, b: {met: 95, unmet: 5}}}
        criteria: [{id: a, ask: A, weight: 2}, {id: b, ask: B, weight: -1}]
    """)
    rollout = rollout_of()
    # 2 * 102 / 31 and -1 * 102 / 96
    assert rubric.weight_of(rubric.criteria[0], rollout) == pytest.approx(204 / 31)
    assert rubric.weight_of(rubric.criteria[1], rollout) == pytest.approx(-1.0625)


@pytest.mark.parametrize("label", ["yes", "no"])
def test_with_one_criterion_the_weight_cancels_completely(label: str) -> None:
    """R = w m / w = m, whatever w is: a single criterion cannot be reweighted against anything."""
    criterion = "criteria: [{id: a, ask: A, expect: {label: metadata.a}}]\n"
    table = "weights: {mode: inverse_frequency, smoothing: 0, table: {a: {yes: 200, no: 800}}}\n"
    rollout = rollout_of(metadata={"a": label})
    chances = [0.1, 0.4, 0.8, 0.95]
    rewards = {}
    for rubric in (rubric_of(criterion), rubric_of(table + criterion)):
        outcomes = [assess(rubric, rollout, {"a": yes(chance)}) for chance in chances]
        rewards[rubric.weights.mode] = [outcome.value for outcome in outcomes if isinstance(outcome, Score)]
    assert rewards["inverse_frequency"] == pytest.approx(rewards["authored"])
    assert advantages(rewards["inverse_frequency"]) == pytest.approx(advantages(rewards["authored"]))


def test_a_sample_labels_factor_on_the_reward_cancels_under_group_standardisation() -> None:
    """(w R - w mean) / (w std + eps): w is gone but for eps, though the rare label weighs 9 times as much.

    What divides by no group's std keeps it, and so does a factor on the advantage.
    """
    weights = balanced_weights({"rare": 100, "common": 900}, smoothing=0)
    assert weights["rare"] / weights["common"] == pytest.approx(9)
    group = [0.2, 0.6, 0.9, 0.4]
    rare = advantages([weights["rare"] * reward for reward in group])
    common = advantages([weights["common"] * reward for reward in group])
    for one, other in zip(rare, common, strict=True):
        assert one / other == pytest.approx(1, abs=1e-3)

    rare = advantages([weights["rare"] * reward for reward in group], scaled=False)
    common = advantages([weights["common"] * reward for reward in group], scaled=False)
    for one, other in zip(rare, common, strict=True):
        assert one / other == pytest.approx(9)
