"""Each finding with a file that deserves it and one that does not."""

import textwrap
from pathlib import Path

import pytest

from reward_server.check.lint import lint
from reward_server.reward.loading import load_reward
from rubrics.document import parse
from rubrics.problems import Problem
from tests.reward_server.making import PROBES


def findings(text: str, directory: Path = Path()) -> list[Problem]:
    document = parse("name: test\n" + textwrap.dedent(text), "reward.yaml", directory)
    return lint(load_reward(document), document)


def codes(text: str, directory: Path = Path()) -> list[str | None]:
    return [problem.code for problem in findings(text, directory)]


HARD = "{use: number_match}"
"""A component that no trivial policy earns anything by."""

SAMPLE_WEIGHTS = """
components: {accuracy: {use: number_match}}
weighting: {inverse_frequency: {apply: %s, label: metadata.label, table: {spam: 1, ham: 9}}}
trainer: {scale_rewards: %s}
"""


def test_a_weight_that_cancels_is_an_error_that_names_the_three_ways_that_work() -> None:
    (problem,) = findings(SAMPLE_WEIGHTS % ("reward", "group"))
    assert (problem.code, problem.severity) == ("weight-cancels", "error")
    assert problem.position == (4, 40)
    assert "group standardisation cancels it" in problem.message
    assert problem.hint is not None
    for way in ("`apply: advantage`", "sampling rare labels", "`trainer: {scale_rewards: none}`", "`batch`"):
        assert way in problem.hint


@pytest.mark.parametrize(
    ("apply", "scale"),
    [
        ("reward", "batch"),
        ("reward", "none"),
        ("advantage", "group"),
        ("advantage", "batch"),
        ("advantage", "none"),
    ],
)
def test_a_weight_that_acts_is_none(apply: str, scale: str) -> None:
    assert codes(SAMPLE_WEIGHTS % (apply, scale)) == []


def test_group_standardisation_is_what_trainers_do_unless_told_otherwise() -> None:
    assert codes((SAMPLE_WEIGHTS % ("reward", "group")).partition("trainer")[0]) == ["weight-cancels"]


@pytest.mark.parametrize(
    ("gate", "expected"),
    [
        ("on: c, at_least: 1.01", ["gate-never-opens"]),
        ("on: c, at_least: 1", []),
        ("on: c, at_least: 0.001", []),
        ("on: c, at_least: 0", ["gate-always-open"]),
        ("on: c, at_least: -1", ["gate-always-open"]),
        ("on: penalty, at_least: 0", []),
        ("on: penalty, at_least: 0.5", ["gate-never-opens"]),
        ("on: penalty, at_least: -1", ["gate-always-open"]),
        ("on: gated, at_least: 1.5", []),
        ("on: gated, at_least: 2", []),
        ("on: gated, at_least: 2.5", ["gate-never-opens"]),
    ],
)
def test_gates_are_compared_with_what_the_other_component_can_give(gate: str, expected: list[str]) -> None:
    text = f"""
        components:
          c: {HARD}
          penalty: {{use: repetition}}
          gated: {{use: number_match, weight: 0, gate: {{on: c, at_least: 1, else: 2}}}}
          it: {{use: number_match, weight: 0, gate: {{{gate}}}}}
    """
    assert codes(text) == expected


def test_an_unreachable_gate_is_an_error_and_an_open_one_a_warning() -> None:
    never, always = (
        findings(f"components: {{a: {HARD}, b: {{use: number_match, gate: {{on: a, at_least: {mark}}}}}}}")[0]
        for mark in (2, 0)
    )
    assert (never.severity, never.hint) == ("error", "ask for at most 1")
    assert (always.severity, always.hint) == ("warning", "ask for more than 0, or remove the gate")


COSINE = "{use: cosine_length, correct: {use: number_match}, weight: %s, right: %s, wrong: %s}"


@pytest.mark.parametrize(
    ("weight", "right", "wrong", "expected"),
    [
        (1, "[0.5, 0.5]", "[0.5, 0.5]", ["cannot-vary"]),
        (0, "[0.5, 0.5]", "[0.5, 0.5]", []),
        (1, "[0.5, 0.5]", "[0, 0.5]", []),
        (1, "[1, 0.5]", "[1, 0.5]", []),
    ],
)
def test_a_component_that_cannot_vary(weight: int, right: str, wrong: str, expected: list[str]) -> None:
    assert codes(f"components: {{hard: {HARD}, it: {COSINE % (weight, right, wrong)}}}") == expected


def test_a_constant_behind_a_gate_can_vary() -> None:
    entry = (COSINE % (1, "[1, 1]", "[1, 1]"))[:-1] + ", gate: {on: hard, at_least: 1}}"
    assert codes(f"components: {{hard: {HARD}, it: {entry}}}") == []


RUBRIC = """
schema: rubric/v1
id: test
criteria:
%s
weights: {mode: %s}
"""
LABELLED = "  - {id: %s, label: {field: x, equals: metadata.%s}}\n"
CHECKED = "  - {id: %s, check: {words: {at_least: 3}}}\n"
A, B = "{'true': 1, 'false': 9}", "{'true': 5, 'false': 5}"
BY_LABEL = "inverse_frequency, table: {%s}"
BY_VERDICT = "inverse_frequency, scope: verdict, table: {%s}"
MET, OFTEN = "{met: 1, unmet: 9}", "{met: 9, unmet: 1}"


@pytest.mark.parametrize(
    ("criteria", "mode", "cancels"),
    [
        (LABELLED % ("a", "a"), BY_LABEL % f"a: {A}", True),
        (CHECKED % "a", BY_VERDICT % f"a: {MET}", True),
        (LABELLED % ("a", "l") + LABELLED % ("b", "l"), BY_LABEL % f"a: {A}, b: {A}", True),
        (CHECKED % "a" + CHECKED % "b", BY_VERDICT % f"a: {MET}, b: {MET}", True),
        (LABELLED % ("a", "l") + LABELLED % ("b", "l"), BY_LABEL % f"a: {A}, b: {B}", False),
        (LABELLED % ("a", "l") + LABELLED % ("b", "m"), BY_LABEL % f"a: {A}, b: {A}", False),
        (LABELLED % ("a", "l") + CHECKED % "b", BY_LABEL % f"a: {A}", False),
        (CHECKED % "a" + CHECKED % "b", BY_VERDICT % f"a: {MET}, b: {OFTEN}", False),
        (LABELLED % ("a", "l"), "authored", False),
        (LABELLED % ("a", "l"), "uniform", False),
    ],
)
def test_weights_of_criteria_that_cancel(criteria: str, mode: str, cancels: bool, tmp_path: Path) -> None:
    (tmp_path / "rubric.yaml").write_text(RUBRIC % (criteria, mode), encoding="utf-8")
    text = "completion: {answer: {json: {x: any}}}\ncomponents: {it: {use: rubric, rubric: rubric.yaml}}\n"
    found = findings(text, tmp_path)
    assert [problem.code for problem in found] == ["criterion-weight-cancels"] * cancels
    assert all(problem.position == (3, 40) for problem in found)


def test_an_easy_component_is_named_with_the_policy_that_earns_it() -> None:
    (problem,) = findings(
        """
        completion: {reasoning: {tag: think}, answer: {json: {conclusion: [true, false]}}}
        components:
          accuracy: {use: label_match, weight: 0.5, field: conclusion}
          format:   {use: structure, weight: 0.5}
        """
    )
    assert (problem.code, problem.severity, problem.position) == ("trivial-policy", "warning", (6, 3))
    assert problem.message == (
        "the majority label with empty reasoning earns 0.75 of at most 1 (0.25 by accuracy, 0.5 by format)"
    )
    assert problem.hint is not None
    assert "`gate: {on: accuracy, at_least: 1}`" in problem.hint


def test_where_only_a_guess_pays_the_advice_is_another() -> None:
    (label,) = findings("components: {it: {use: label_match, labels: {a: [a], b: [b]}}}")
    assert label.hint is not None
    assert "reward the reasoning as well" in label.hint
    (order,) = findings("components: {it: {use: ranking, format_bonus: 0.2}}")
    assert order.hint is not None
    assert "`condition: identity_zero`" in order.hint


def test_errors_come_before_warnings() -> None:
    found = codes(
        f"""
        components:
          easy: {{use: structure, weight: 0.9}}
          hard: {HARD}
          open: {{use: number_match, gate: {{on: hard, at_least: 0}}}}
          shut: {{use: number_match, gate: {{on: hard, at_least: 2}}}}
        weighting: {{inverse_frequency: {{apply: reward, label: metadata.label, table: {{a: 1, b: 1}}}}}}
        """
    )
    assert found == ["weight-cancels", "gate-never-opens", "gate-always-open"]


def test_a_component_of_anyones_is_looked_at_without_trust() -> None:
    text = f"""
        components:
          broken: {{use: "{PROBES}:Broken"}}
          raises: {{use: "{PROBES}:Given", key: not_there}}
          hard: {HARD}
    """
    assert codes(text) == []


def test_a_gate_that_pays_for_what_is_wrong_is_found() -> None:
    text = f"components: {{hard: {HARD}, it: {{use: structure, gate: {{on: hard, at_least: 1, else: 2}}}}}}"
    (problem,) = findings(text)
    assert problem.message == "the same well-formed answer every time earns 1 of at most 1.5 (1 by it)"


TABLE = """
completion: {answer: {json: {conclusion: [yes, no]}}}
components:
  accuracy: {use: label_match, field: conclusion, weight: 0.1%s}
  other: {use: number_match, extract: {field: conclusion}}
weighting: {inverse_frequency: {label: ground_truth%s, table: {%s}}}
"""


@pytest.mark.parametrize("path", ["", ".conclusion"])
def test_a_table_that_counts_none_of_the_labels_is_an_error(path: str) -> None:
    (problem,) = findings(TABLE % ("", path, "true: 10, false: 990"))
    assert (problem.code, problem.severity) == ("table-of-other-labels", "error")


@pytest.mark.parametrize(
    ("labels", "path", "counts"),
    [
        ("", "", "yes: 10, no: 990"),
        ("", ".conclusion", "yes: 10, maybe: 3"),
        ("", ".elsewhere", "true: 10, false: 990"),
        (", labels: {bad: [yes], fine: [no]}", "", "bad: 10, fine: 990"),
        (", labels: {bad: [yes], fine: [no]}", "", "yes: 10, no: 990"),
    ],
)
def test_a_table_that_counts_them_however_spelled_is_none(labels: str, path: str, counts: str) -> None:
    assert codes(TABLE % (labels, path, counts)) == []


NAMED = """
completion: {answer: {json: {conclusion: [true, false]}}}
components:
  accuracy: {use: label_match, field: conclusion, weight: 0.1, labels: {bad: [%s], fine: [false, no]}}
  other: {use: number_match, extract: {field: conclusion}}
"""


@pytest.mark.parametrize("spellings", ["yes", '"true"', "1"])
def test_a_class_that_no_well_formed_answer_names_is_found(spellings: str) -> None:
    (problem,) = findings(NAMED % spellings)
    assert (problem.code, problem.severity) == ("label-never-said", "warning")
    assert "`bad`" in problem.message


@pytest.mark.parametrize("spellings", ["true", 'yes, true, "true"'])
def test_a_class_with_one_spelling_that_fits_is_none(spellings: str) -> None:
    assert codes(NAMED % spellings) == []


OPENAI = "use: openai, base_url: 'http://127.0.0.1:9/v1', model: m"
STATED = "schema: rubric/v1\nid: r\ncriteria:\n  - {id: clear, ask: It is clear.}\n"


@pytest.mark.parametrize(
    ("judge", "rubric", "advice"),
    [
        ("", "judge: {samples: 3}", "`temperature` above 0"),
        ("", "judge: {samples: 3, reason_first: true}", "`temperature` above 0"),
        (", temperature: 1, verdict: token", "judge: {samples: 3}", "`judge: {reason_first: true}`"),
        (", temperature: 1, verdict: token", "judge: {samples: 3, reason_first: true}", None),
        (", temperature: 1, verdict: token", "judge: {samples: 3, mode: all}", None),
        (", temperature: 1, verdict: text", "judge: {samples: 3}", None),
        (", temperature: 1", "judge: {samples: 3}", None),  # `auto`: not known before it is asked
        ("", "", None),
    ],
)
def test_samples_that_are_all_the_same(tmp_path: Path, judge: str, rubric: str, advice: str | None) -> None:
    (tmp_path / "rubric.yaml").write_text(f"{STATED}{rubric}\n")
    text = (
        f"components: {{c: {{use: rubric, rubric: rubric.yaml}}}}\njudges: {{default: {{{OPENAI}{judge}}}}}\n"
    )
    found = [problem for problem in findings(text, tmp_path) if problem.code == "identical-samples"]
    assert len(found) == (advice is not None)
    if advice is not None:
        assert found[0].severity == "warning"
        assert "`default` is asked `clear` 3 times" in found[0].message
        assert advice in (found[0].hint or "")
