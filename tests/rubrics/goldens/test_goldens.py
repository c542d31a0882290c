"""The format `goldens/v1`: what it holds, and what its mistakes are answered with."""

import pytest

from rubrics.goldens.goldens import ValueBounds
from rubrics.layout import Layout
from rubrics.rollout import Message
from tests.rubrics.goldens.making import goldens_of, problem_of

THINKING = Layout.model_validate({"reasoning": {"tag": "think"}})


def test_a_case_is_a_rollout_with_what_is_common_under_its_own() -> None:
    goldens = goldens_of("""
        common:
          prompt: Is it spam?
          metadata: {policy: No spam., labels: {spam: true, rude: false}}
          ground_truth: {label: spam, by: ann}
        cases:
          - {id: plain, completion: "yes", expect: {c: met}}
          - id: own
            prompt: [{role: user, content: Hi}]
            completion: "no"
            metadata: {labels: {spam: false}}
            ground_truth: {label: fine}
            expect: {c: unmet}
    """)
    plain, own = map(goldens.rollout, goldens.cases)
    assert (plain.id, plain.prompt, plain.completion.text) == ("plain", "Is it spam?", "yes")
    assert plain.lookup("ground_truth.label") == "spam"
    assert own.prompt == [Message("user", "Hi")]
    assert own.metadata == {"policy": "No spam.", "labels": {"spam": False, "rude": False}}
    assert own.ground_truth == {"label": "fine", "by": "ann"}


def test_a_ground_truth_that_is_no_object_replaces_the_common_one() -> None:
    goldens = goldens_of("""
        common: {ground_truth: {label: spam}}
        cases: [{id: a, completion: x, ground_truth: 7, expect: {c: met}}]
    """)
    assert goldens.rollout(goldens.cases[0]).ground_truth == 7


def test_the_layout_of_the_goldens_goes_before_the_one_of_the_reward() -> None:
    text = "cases: [{id: a, completion: '<think>why</think>no', expect: {c: met}}]"
    of_reward, own = goldens_of(text), goldens_of("completion: {reasoning: {tag: plan}}\n" + text)
    assert of_reward.rollout(of_reward.cases[0], THINKING).completion.part("reasoning") == "why"
    assert of_reward.rollout(of_reward.cases[0]).completion.part("answer") == "<think>why</think>no"
    assert own.rollout(own.cases[0], THINKING).completion.part("reasoning") != "why"


def test_levels_that_yaml_reads_as_numbers_or_booleans_are_names() -> None:
    (case,) = goldens_of("cases: [{id: a, completion: x, expect: {a: 3, b: true, c: 2.0, d: '1'}}]").cases
    assert case.expect == {"a": "3", "b": "true", "c": "2", "d": "1"}


def test_an_id_twice_names_the_first() -> None:
    text = "cases:\n- {id: a, completion: x, expect: {c: met}}\n- {id: a, completion: y, expect: {c: met}}\n"
    said = problem_of(text)
    assert said.startswith("r.golden.yaml:4:8: error: case 1 is already called `a`\n")
    assert "use each once" in said


@pytest.mark.parametrize(
    ("case", "said"),
    [
        ("{id: a, completion: x}", "expects nothing"),
        ("{id: a, completion: x, expct: {c: met}}", "did you mean `expect`?"),
        ("{id: a, expect: {c: met}}", "`completion` is required"),
        ("{id: a b, completion: x, expect: {c: met}}", "should be text like"),
        ("{id: a, completion: x, expect: {c: [met]}}", "should be text"),
        ("{id: a, completion: x, value: {}}", "`at_least`, `at_most` or both"),
        ("{id: a, completion: x, value: {at_least: 1, at_most: 0}}", "no value is at least 1 and at most 0"),
    ],
)
def test_mistakes_have_a_place_and_advice(case: str, said: str) -> None:
    problem = problem_of(f"cases:\n- {case}\n")
    assert problem.startswith("r.golden.yaml:3:")
    assert said in problem


@pytest.mark.parametrize(
    ("bounds", "value", "holds"),
    [
        ({"at_least": 0.5}, 0.5, True),
        ({"at_least": 0.5}, 0.4999, False),
        ({"at_most": 0.5}, 0.5, True),
        ({"at_most": 0.5}, 0.5001, False),
        ({"at_least": -1, "at_most": 1}, 0.0, True),
    ],
)
def test_bounds_hold_at_their_ends(bounds: dict[str, float], value: float, holds: bool) -> None:
    assert ValueBounds.model_validate(bounds).hold(value) is holds
