from collections.abc import Callable
from pathlib import Path

import pytest

from rubrics.document import parse
from rubrics.layout import Layout
from rubrics.problems import ConfigError
from rubrics.rubric import Rubric
from rubrics.rubric_file import build_rubric, layout_problems, load_rubric
from tests.rubrics.making import HEAD, problem_of, rubric_of

RUBRIC = """\
schema: rubric/v1
id: moderation
version: "1.10"
description: What it is for.
inputs:
  policy: {from: metadata.policy, trust: author, share: dataset}
  reasoning: {from: completion.reasoning}
guidelines: Judge the reasoning.
criteria:
  - id: cites
    ask: It cites a clause.
    anchors: {met: Names one., unmet: Names none.}
    weight: 2
  - id: severity
    ask: How severe does it call the post?
    scale: {none: 0, high: 1}
    expect: {label: metadata.severity}
  - id: short
    check: {words: {at_most: 100}, of: reasoning}
    gate: {else: 0.1}
weights:
  mode: inverse_frequency
  table: table.yaml
aggregate: {min_coverage: 0.8, range: [0, 1]}
"""

TABLE = """\
schema: weights/v1
scope: criterion_label
smoothing: 2
max_ratio: 4
counts:
  severity: {none: 9, high: 1}
"""


@pytest.fixture
def load(tmp_path: Path) -> Callable[..., Rubric]:
    def _load(text: str = RUBRIC, table: str = TABLE) -> Rubric:
        (tmp_path / "rubric.yaml").write_text(text)
        (tmp_path / "table.yaml").write_text(table)
        return load_rubric(tmp_path / "rubric.yaml")

    return _load


Load = Callable[..., Rubric]


def test_a_whole_file(load: Load) -> None:
    rubric = load()
    assert (rubric.id, rubric.version) == ("moderation", "1.10")
    assert [criterion.kind for criterion in rubric.criteria] == ["ask", "ask", "check"]
    assert rubric.weights.counts == {"severity": {"none": 9, "high": 1}}
    assert (rubric.weights.smoothing, rubric.weights.max_ratio) == (2, 4)


def test_the_shortest_file() -> None:
    rubric = rubric_of("criteria: [{id: a, ask: It is.}]")
    assert rubric.criteria[0].weight == 1
    assert rubric.weights.mode == "authored"


def test_a_table_file_and_the_same_counts_written_out_weigh_alike(load: Load) -> None:
    inline = RUBRIC.replace(
        "table: table.yaml", "smoothing: 2\n  max_ratio: 4\n  table: {severity: {none: 9, high: 1}}"
    )
    assert load(inline).digest == load().digest
    assert load(inline).weights == load().weights


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("Judge the reasoning.", "Judge the post."),
        ("It cites a clause.", "It cites two clauses."),
        ("Names none.", "Names nothing."),
        ("weight: 2", "weight: 3"),
        ("{none: 0, high: 1}\n    expect", "{none: 0.1, high: 1}\n    expect"),
        ("{none: 0, high: 1}\n    expect", "{high: 1, none: 0}\n    expect"),
        ("metadata.severity", "metadata.how_severe"),
        ("at_most: 100", "at_most: 101"),
        ("else: 0.1", "else: 0.2"),
        ("min_coverage: 0.8", "min_coverage: 0.9"),
        ("range: [0, 1]", "range: [-1, 1]"),
        ("share: dataset", "share: group"),
        ("trust: author", "trust: untrusted"),
        ("id: cites", "id: cites_clause"),
    ],
)
def test_the_digest_tells_what_reaches_the_judge_or_the_arithmetic(load: Load, old: str, new: str) -> None:
    assert old in RUBRIC
    assert load(RUBRIC.replace(old, new)).digest != load().digest


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("moderation", "moderation/other"),
        ('"1.10"', '"1.11"'),
        ("What it is for.", "Something else."),
        ("weight: 2", "weight: 2.0  # two"),
        ("{from: completion.reasoning}", "{share: rollout, trust: untrusted, from: completion.reasoning}"),
        ("    weight: 2", "    weight: 2\n    expect: met"),
    ],
)
def test_the_digest_ignores_names_comments_and_defaults(load: Load, old: str, new: str) -> None:
    assert old in RUBRIC
    assert load(RUBRIC.replace(old, new)).digest == load().digest


@pytest.mark.parametrize(
    ("old", "new"), [("none: 9", "none: 8"), ("smoothing: 2", "smoothing: 1"), ("4", "5")]
)
def test_the_digest_covers_the_table(load: Load, old: str, new: str) -> None:
    assert load(table=TABLE.replace(old, new)).digest != load().digest


def test_the_order_of_criteria_counts_and_that_of_a_tables_labels_does_not(load: Load) -> None:
    first, second = "{id: a, ask: It is.}", "{id: b, ask: It was.}"
    forward = rubric_of(f"criteria: [{first}, {second}]")
    assert forward.digest != rubric_of(f"criteria: [{second}, {first}]").digest
    assert load(table=TABLE.replace("none: 9, high: 1", "high: 1, none: 9")).digest == load().digest


def test_the_order_of_inputs_counts(load: Load) -> None:
    """The judge reads inputs that are shared equally widely in file order."""
    policy, reasoning = RUBRIC.splitlines()[5:7]
    assert policy.startswith("  policy:")
    swapped = RUBRIC.replace(f"{policy}\n{reasoning}", f"{reasoning}\n{policy}")
    assert load(swapped).digest != load().digest


def test_the_digest_of_a_python_check_covers_its_source(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(tmp_path)
    digests = set()
    for version, body in enumerate(("return True", "return False")):
        (tmp_path / f"checks_{version}.py").write_text(f"def holds(rollout, text):\n    {body}\n")
        rubric = rubric_of(f"criteria: [{{id: a, check: {{python: 'checks_{version}:holds'}}}}]")
        digests.add(rubric.digest)
        content = rubric._content()
        assert isinstance(content, dict)
        assert len(content["criteria"][0]["check"]["source"]) == 64
    assert len(digests) == 2


def test_yaml_words_stay_text() -> None:
    rubric = rubric_of("""
        guidelines: yes
        criteria:
          - {id: a, check: {contains: [no, yes, on, off, null_]}}
          - {id: b, ask: How?, scale: [no, yes]}
          - {id: c, label: {field: x, equals: y, labels: {yes: [yes, true], no: [no, false]}}}
    """)
    assert rubric.guidelines == "yes"
    assert rubric.criteria[0].check is not None
    assert rubric.criteria[0].check.contains == ["no", "yes", "on", "off", "null_"]
    assert rubric.criteria[1].scale == {"no": 0.0, "yes": 1.0}
    assert rubric.criteria[2].label is not None
    assert rubric.criteria[2].label.labels == {"yes": ["yes", True], "no": ["no", False]}


@pytest.mark.parametrize(("version", "read"), [("1.10", "1.1"), ("2", "2")])
def test_an_unquoted_version_says_to_quote_it(version: str, read: str) -> None:
    found = problem_of(f"version: {version}\ncriteria: [{{id: a, ask: It is.}}]\n")
    assert found.startswith("rubric.yaml:3:10: error: ")
    assert f"YAML reads this version as the number {read}; put it in quotes" in found


@pytest.mark.parametrize(
    ("text", "place", "message"),
    [
        ("criteria: []", "3:11", "criteria"),
        ("criterias: []", "", "did you mean `criteria`?"),
        (
            "criteria:\n  - {id: a, ask: It is.}\n  - {id: b, ask: It was.}\n  - {id: a, ask: It will be.}",
            "6:10",
            "criterion 1 is already called `a`",
        ),
        (
            "criteria:\n  - {id: a, ask: It is., gate: {else: 0}}\naggregate: {range: [0.1, 1]}",
            "4:39",
            "0 is outside of `aggregate.range` [0.1, 1]",
        ),
        (
            "criteria: [{id: a, ask: It is.}]\naggregate: {range: [1, 0]}",
            "4:",
            "a range is [lowest, highest]",
        ),
        ("criteria: [{id: a, ask: It is.}]\naggregate: {range: [0]}", "4:20", "aggregate.range"),
        ("criteria: [{id: a, ask: It is.}]\naggregate: {min_coverage: 0}", "4:27", "greater than 0"),
        ("criteria: [{id: a, ask: It is.}]\nweights: {mode: inverse_frequency}", "4:", "needs a `table`"),
        (
            "criteria: [{id: a, ask: It is.}]\nweights: {table: x.yaml}",
            "4:",
            "needs a `table`, and only it",
        ),
        ("criteria: [{id: a, ask: It is.}]\nweights: {mode: inverse}", "4:17", "weights.mode"),
        ("criteria: [{id: a, ask: It is., ask: It was.}]", "3:33", "`ask`"),
    ],
)
def test_mistakes_are_placed(text: str, place: str, message: str) -> None:
    found = problem_of(text)
    assert found.startswith(f"rubric.yaml:{place}")
    assert message in found


LABELLED = "criteria: [{id: a, ask: It is., expect: {label: metadata.a}}, {id: b, ask: It was.}]\n"


@pytest.mark.parametrize(
    ("weights", "place", "message"),
    [
        (
            "{scope: criterion_label, table: {a: {yes: 1, maybe: 2}}}",
            "",
            "`maybe`, which cannot be a label of `a`",
        ),
        ("{table: {A: {yes: 1}, a: {yes: 1}}}", "4:44", "the table counts `A`, which is not a criterion"),
        ("{table: {a: {yes: 1}, b: {yes: 1}}}", "", "counts labels of `b`, which has no human label"),
        ("{scope: verdict, table: {a: {met: 1}}}", "", "the table has no counts for `b`"),
        ("{scope: verdict, table: {a: {met: 1}, b: {yes: 1}}}", "", "verdicts are counted as met and unmet"),
        ("{table: {a: {yes: -1}}}", "4:53", "weights.table.a.yes"),
        ("{table: {a: {yes: 0, no: 0}}, smoothing: 0}", "4:", "every count is 0"),
        ("{table: missing.yaml}", "4:43", "cannot read missing.yaml"),
        ("{table: missing.yaml, smoothing: 2}", "4:", "smoothing and max_ratio stand in the table file"),
    ],
)
def test_tables_that_do_not_fit(weights: str, place: str, message: str) -> None:
    text = weights.replace("{", "{mode: inverse_frequency, ", 1)
    found = problem_of(LABELLED + f"weights: {text}")
    assert message in found
    assert found.startswith(f"rubric.yaml:{place or '4:'}")


def test_every_mistake_is_reported_at_once() -> None:
    found = problem_of(
        "criteria:\n  - {id: a}\n  - {id: b, ask: It is., weight: 0}\n  - {id: c, chekc: {}}\n"
    )
    assert found.count("error:") >= 3


LAYOUT = Layout.model_validate({"answer": {"json": {"policy_1": [True, False]}}})


def misfits(text: str, layout: Layout = LAYOUT) -> str:
    document = parse(HEAD + text, "rubric.yaml")
    return "\n".join(
        problem.render() for problem in layout_problems(build_rubric(document), document, layout)
    )


def test_what_the_layout_does_not_have() -> None:
    label = "criteria:\n  - {id: a, label: {field: %s, equals: metadata.a}}\n"
    assert misfits(label % "policy_1") == ""
    found = misfits(label % "polcy_1")
    assert found.startswith("rubric.yaml:4:28: error: the answer has no field `polcy_1`")
    assert "did you mean `policy_1`?" in found
    assert "the answer is not JSON" in misfits(label % "policy_1", Layout())


def test_reasoning_that_the_layout_does_not_have() -> None:
    text = "inputs: {text: {from: completion.reasoning}}\ncriteria:\n  - {id: a, ask: It is.}\n"
    text += "  - {id: b, check: {regex: a, of: reasoning}}\n"
    found = misfits(text)
    assert "rubric.yaml:3:23: error: completions have no reasoning part" in found
    assert "rubric.yaml:6:35: error: completions have no reasoning part" in found
    assert misfits(text, Layout.model_validate({"reasoning": {"tag": "think"}})) == ""


def test_the_shipped_example_loads() -> None:
    examples = Path(__file__).parents[2] / "examples" / "moderation" / "rubrics"
    rubric = load_rubric(examples / "moderation-reasoning.yaml")
    assert len(rubric.criteria) >= 6
    assert rubric.weights.counts


def test_a_rubric_that_is_not_a_mapping() -> None:
    with pytest.raises(ConfigError):
        build_rubric(parse("- a\n- b\n"))
    with pytest.raises(ConfigError):
        build_rubric(parse(""))
