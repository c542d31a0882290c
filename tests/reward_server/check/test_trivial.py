"""What trivial policies earn, worked out by hand.

With K labels that are equally frequent, always naming one of them is right in 1/K of the samples.
A copy of ten candidates, of which each is the relevant one in a tenth of the samples, has a mean NDCG of
(1/log2 2 + 1/log2 3 + ... + 1/log2 11) / 10 = 4.543559338088346 / 10 and a mean promotion of 0.
"""

import msgspec
import pytest

from reward_server.check.trivial import Trial
from reward_server.check.unknowns import CANDIDATES
from tests.reward_server.making import reward_of

NDCG_OF_COPY = 0.4543559338088346

THINK = "reasoning: {tag: think}"
BINARY = f"completion: {{{THINK}, answer: {{json: {{conclusion: [true, false]}}}}}}\n"
HALF_AND_HALF = """
components:
  accuracy: {use: label_match, weight: 0.5, field: conclusion}
  format: {use: structure, weight: 0.5}
"""
LABEL = "the majority label with empty reasoning"
PROMPT, NOTHING = "a copy of the prompt", "an empty completion"


def trial_of(text: str) -> Trial:
    return Trial(reward_of(text))


def earned(text: str) -> dict[str, object]:
    return {policy.name: pytest.approx(policy.earned) for policy in trial_of(text).policies()}


def best(text: str) -> tuple[str, object]:
    policy = max(trial_of(text).policies(), key=lambda policy: policy.earned)
    return policy.name, policy.earned


def test_a_bare_label_earns_format_and_its_share_of_accuracy() -> None:
    text = BINARY + HALF_AND_HALF
    assert trial_of(text).bare_answer() == '<think></think>{"conclusion":true}'
    assert trial_of(text).greatest() == 1.0
    assert earned(text) == {LABEL: 0.25 + 0.5, PROMPT: 0.0, NOTHING: 0.0}


@pytest.mark.parametrize(
    ("labels", "share"),
    [("[true, false]", 1 / 2), ("[a, b, c]", 1 / 3), ("[1, 2, 3, 4]", 1 / 4), ("boolean", 1 / 2)],
)
def test_a_label_of_k_is_right_in_1_of_k_samples(labels: str, share: float) -> None:
    layout = f"completion: {{answer: {{json: {{x: {labels}}}}}}}\n"
    text = layout + "components: {it: {use: label_match, field: x}}"
    assert best(text) == ("the majority label", pytest.approx(share))


@pytest.mark.parametrize(
    "truth", ["ground_truth", "ground_truth.a.b", "metadata.label", "label", "metadata.x.y"]
)
def test_the_truth_may_stand_anywhere(truth: str) -> None:
    entry = f"{{use: label_match, field: conclusion, truth: {truth}}}"
    assert best(f"{BINARY}components: {{it: {entry}}}") == (LABEL, 0.5)


@pytest.mark.parametrize(
    ("where", "share"),
    [
        ("ground_truth", 0.9),
        ("ground_truth.conclusion", 0.9),
        ("metadata.other", 0.5),
    ],
)
def test_labels_are_as_frequent_as_their_table_says(where: str, share: float) -> None:
    text = BINARY + (
        "components: {it: {use: label_match, field: conclusion}}\n"
        f"weighting: {{inverse_frequency: {{label: {where}, table: {{'true': 10, 'false': 90}}}}}}"
    )
    assert best(text) == (LABEL, pytest.approx(share))
    assert trial_of(text).bare_answer().endswith(f'{{"conclusion":{"false" if share == 0.9 else "true"}}}')


def test_balanced_weights_leave_the_majority_1_of_k() -> None:
    # w_y = n / (K n_y), counts smoothed by 1: 0.9 w_true is about half of 0.9 w_true + 0.1 w_false
    text = BINARY + (
        "components: {it: {use: label_match, field: conclusion}}\n"
        "weighting: {inverse_frequency: {apply: reward, table: {'true': 90, 'false': 10}}}\n"
        "trainer: {scale_rewards: none}"
    )
    w_true, w_false = 102 / (2 * 91), 102 / (2 * 11)
    assert trial_of(text).greatest() == pytest.approx(0.9 * w_true + 0.1 * w_false)
    assert best(text) == (LABEL, pytest.approx(0.9 * w_true))


def test_declared_spellings_are_used_and_must_fit_the_layout() -> None:
    text = """
        completion: {answer: {json: {verdict: [yes, no]}}}
        components:
          it: {use: label_match, weight: 0.5, field: verdict, labels: {bad: [true, yes], good: [false, no]}}
          format: {use: structure, weight: 0.5}
    """
    assert trial_of(text).bare_answer() == '{"verdict":"yes"}'
    assert best(text) == ("the majority label", 0.75)


def test_labels_in_text_need_no_layout() -> None:
    text = "components: {it: {use: label_match, labels: {spam: [spam, junk], ham: [ham], other: [other]}}}"
    assert trial_of(text).bare_answer() == "spam"
    assert earned(text) == {"the majority label": pytest.approx(1 / 3), PROMPT: 0.0, NOTHING: 0.0}


def test_labels_may_stand_in_a_tag() -> None:
    text = f"""
        completion: {{{THINK}, answer: {{tag: answer}}}}
        components: {{it: {{use: label_match, labels: {{a: [a], b: [b]}}}}, format: {{use: structure}}}}
    """
    assert trial_of(text).bare_answer() == "<think></think><answer>a</answer>"
    assert best(text) == (LABEL, 0.75)


def test_every_decision_of_a_reflection_is_the_same() -> None:
    text = f"""
        completion: {{{THINK}, answer: {{reflection: {{sub_labels: {{section: [a, b]}}}}}}}}
        components:
          accuracy: {{use: label_match, weight: 0.5, field: last_decision}}
          format: {{use: structure, weight: 0.5}}
    """
    assert trial_of(text).bare_answer() == (
        '<think></think>{"first_decision":true,"section":"a","last_decision":true}'
    )
    assert best(text) == (LABEL, 0.75)


@pytest.mark.parametrize(("grade", "share"), [("all", 1 / 6), ("fraction", (1 / 2 + 1 / 3) / 2)])
def test_several_labels_are_independent(grade: str, share: float) -> None:
    text = f"""
        completion: {{answer: {{json: {{a: [true, false], b: [x, y, z], note: string}}}}}}
        components: {{it: {{use: label_match, field: [a, b], grade: {grade}}}}}
    """
    assert best(text) == ("the majority label", pytest.approx(share))


def test_two_components_on_one_label_are_right_together() -> None:
    # The gated one counts where the first is right: 0.5 * 1/2 + 0.5 * 1/2, not 0.5 * 1/2 + 0.5 * 1/4.
    text = (
        BINARY
        + """
components:
  a: {use: label_match, field: conclusion}
  b: {use: label_match, field: conclusion, gate: {on: a, at_least: 1}}
"""
    )
    assert best(text) == (LABEL, 0.5)


def test_many_labels_are_no_work() -> None:
    keys = ", ".join(f"k{n}: [a, b, c]" for n in range(30))
    fields = ", ".join(f"k{n}" for n in range(30))
    text = f"""
        completion: {{answer: {{json: {{{keys}}}}}}}
        components: {{it: {{use: label_match, field: [{fields}]}}, format: {{use: structure}}}}
    """
    assert best(text) == ("the majority label", pytest.approx(0.5, abs=1e-3))


def test_a_label_of_a_thousand_is_no_work() -> None:
    words = ", ".join(f"w{n}" for n in range(5000))
    layout = f"completion: {{answer: {{json: {{x: [{words}]}}}}}}\n"
    share = pytest.approx(1 / 5000)
    assert best(layout + "components: {it: {use: label_match, field: x}}") == ("the majority label", share)


@pytest.mark.parametrize(
    "entry",
    [
        "{use: number_match}",
        "{use: text_match}",
        "{use: text_match, extract: boxed}",
        "{use: multi_label}",
        "{use: label_match, field: free}",
    ],
)
def test_what_cannot_be_guessed_earns_nothing(entry: str) -> None:
    layout = "completion: {answer: {json: {free: string}}}\n" if "field" in entry else ""
    assert best(f"{layout}components: {{it: {entry}}}")[1] == 0.0


def test_a_gate_on_what_cannot_be_guessed_is_closed() -> None:
    components = """
components:
  accuracy: {use: number_match, weight: 0.3}
  format: {use: structure, weight: 0.7, gate: {on: accuracy, at_least: 1%s}}
"""
    assert best(components % "")[1] == 0.0
    assert best(components % ", else: 0.5")[1] == pytest.approx(0.35)


def test_a_gate_on_a_judge_is_taken_as_closed() -> None:
    text = """
        components:
          judged: {use: cosine_length, weight: 0.3, correct: {use: structure}, right: [1, 1], wrong: [0, 0]}
          format: {use: structure, weight: 0.7, gate: {on: judged, at_least: 0.5}}
    """
    assert best(text)[1] == 0.0


RANK = "components: {it: {use: ranking, metric: %s%s}}"


@pytest.mark.parametrize(
    ("metric", "options", "share", "greatest"),
    [
        ("ndcg", "", NDCG_OF_COPY, 1.0),
        ("ndcg", ", format_bonus: 0.2", NDCG_OF_COPY + 0.2, 1.2),
        ("ndcg", ", condition: identity_zero", 1 / 10, 1.0),
        ("ndcg", ", condition: identity_zero, format_bonus: 0.2", 1 / 10 + 0.2, 1.2),
        ("recall", ", k: 3", 3 / 10, 1.0),
        ("promotion", "", 0.0, 1.0),
        ("promotion", ", format_bonus: 0.2", 0.2, 1.2),
        ("promotion", ", format_bonus: 0.2, condition: promotion_strict", 0.02, 1.2),
        ("ndcg", ", truth: metadata.a.b, candidates: metadata.shown", NDCG_OF_COPY, 1.0),
        ("ndcg", ", truth: relevant, candidates: shown", NDCG_OF_COPY, 1.0),
        ("ndcg", ", truth: ground_truth.relevant, candidates: ground_truth.shown", NDCG_OF_COPY, 1.0),
    ],
)
def test_a_copy_of_the_order_shown(metric: str, options: str, share: float, greatest: float) -> None:
    text = RANK % (metric, options)
    assert trial_of(text).greatest() == pytest.approx(greatest)
    assert earned(text)["the order as shown"] == pytest.approx(share)


def test_a_copy_may_stand_in_a_json_answer() -> None:
    text = f"""
        completion: {{{THINK}, answer: {{json: {{order: any}}}}}}
        components:
          it: {{use: ranking, field: order, weight: 0.5}}
          format: {{use: structure, weight: 0.5}}
    """
    share = pytest.approx(NDCG_OF_COPY / 2 + 0.5)
    assert best(text) == ("the order as shown with empty reasoning", share)


def test_a_label_and_an_order_are_answered_at_once() -> None:
    text = """
        completion: {answer: {json: {order: any, relevant: [true, false]}}}
        components:
          rank: {use: ranking, field: order, weight: 0.5}
          label: {use: label_match, field: relevant, truth: ground_truth, weight: 0.5}
    """
    assert best(text) == (
        "the order as shown and the majority label",
        pytest.approx((NDCG_OF_COPY + 0.5) / 2),
    )


def test_reasoning_that_is_empty_has_no_length() -> None:
    text = (
        BINARY
        + """
components:
  accuracy: {use: label_match, weight: 0.4, field: conclusion}
  length: {use: target_length, weight: 0.6}
"""
    )
    assert earned(text) == {LABEL: 0.2, PROMPT: 0.0, NOTHING: 0.0}


def test_a_length_without_a_lower_end_is_earned_by_nothing() -> None:
    text = """
        components:
          accuracy: {use: number_match, weight: 0.5}
          short: {use: target_length, of: all, full: [0, 100], zero: [0, 200], weight: 0.5}
    """
    assert earned(text)[NOTHING] == 0.5


@pytest.mark.parametrize("scale", ["penalty", "score"])
@pytest.mark.parametrize(
    "penalty",
    ["{use: overlong, max_tokens: 1000, cache_tokens: 100, scale: %s}", "{use: repetition, scale: %s}"],
)
def test_no_penalty_is_nothing_earned(penalty: str, scale: str) -> None:
    text = f"components: {{accuracy: {{use: number_match}}, it: {penalty % scale}}}"
    trial = trial_of(text)
    assert trial.greatest() == 0.5
    assert [policy.earned for policy in trial.policies()] == [0.0, 0.0, 0.0]


def test_what_everybody_gets_is_nothing_earned() -> None:
    text = """
        components:
          accuracy: {use: number_match}
          constant: {use: cosine_length, correct: {use: structure}, right: [1, 1], wrong: [1, 1]}
    """
    assert trial_of(text).greatest() == 0.5
    assert best(text)[1] == 0.0


def test_any_text_is_well_formed_without_a_layout() -> None:
    text = "components: {accuracy: {use: number_match}, format: {use: structure}}"
    assert earned(text) == {"the same well-formed answer every time": 0.5, PROMPT: 0.5, NOTHING: 0.0}


def test_the_earnings_are_told_by_component() -> None:
    text = BINARY + HALF_AND_HALF
    (label, *_) = trial_of(text).policies()
    assert label.parts == {"accuracy": 0.25, "format": 0.5}


def test_keys_may_be_nested() -> None:
    text = """
        completion: {answer: {json: {a: any, note: [x, y]}}}
        components:
          label: {use: label_match, field: a.b, labels: {bad: [true], good: [false]}, truth: metadata.m.label}
          rank: {use: ranking, field: a.order, truth: metadata.m.best, candidates: metadata.m.shown}
          note: {use: label_match, field: [note, a.free]}
    """
    answer = msgspec.json.decode(trial_of(text).bare_answer())
    assert answer == {"a": {"b": True, "order": CANDIDATES}, "note": "x"}
    share = pytest.approx((0.5 + NDCG_OF_COPY) / 3)
    assert best(text) == ("the majority label and the order as shown", share)


def test_paths_in_each_other_s_way_are_no_crash() -> None:
    text = "components: {it: {use: ranking, truth: ground_truth, candidates: ground_truth.shown}}"
    assert best(text)[1] == 0.0
