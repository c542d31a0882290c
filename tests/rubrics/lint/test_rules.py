"""Each rule where it must speak, where it must be silent, and at which words it points."""

import pytest

from rubrics.lint.linter import lint
from rubrics.problems import ConfigError
from rubrics.rubric_file import build_rubric, load_rubric
from tests.processes import ROOT
from tests.rubrics.lint.writing import codes_of, findings, pointed_at, problems_of
from tests.rubrics.making import rubric_of

RUBRICS = sorted(
    path
    for home in ("examples", "reward_server/starter", "rubrics")
    for path in (ROOT / home).rglob("*.yaml")
    if "schema: rubric/v1" in path.read_text(encoding="utf-8")
)


@pytest.mark.parametrize("path", RUBRICS, ids=lambda path: path.name)
def test_nothing_is_found_in_the_projects_own_rubrics(path: object) -> None:
    from rubrics.document import load

    document = load(str(path))
    assert [problem.render() for problem in lint(build_rubric(document), document)] == []


def test_there_are_rubrics_to_be_silent_about() -> None:
    names = {path.name for path in RUBRICS}
    assert {"moderation-reasoning.yaml", "rubric.yaml", "template.yaml"} <= names


SPEAKS = [
    ("double-barrelled", "The reply is polite and answers the question.", "and answers"),
    ("double-barrelled", "The reply names the section, and explains it.", "and explains"),
    ("double-barrelled", "The reply names the section but does not apply it.", "but does"),
    ("double-barrelled", "If asked for a price, the reply gives it and states the date.", "and states"),
    ("double-barrelled", "Does the reply cite the source and give the date?", "and give"),
    ("double-barrelled", "The reply is short and the tone is warm.", "and the tone is"),
    ("double-barrelled", "The reply cites a rule; it applies the rule.", "; it"),
    ("double-barrelled", "The reply is accurate, clear and concise.", "accurate, clear and concise"),
    ("double-barrelled", "The reply clearly and politely declines.", "clearly and politely"),
    ("double-barrelled", "The reply names both the day and the hour.", "both the day and the"),
    ("double-barrelled", "The reply gives a name and/or a date.", "and/or"),
    ("double-barrelled", "The reply restates the question or praises it.", "or praises"),
    ("vague", "The reply is good.", "good"),
    ("vague", "The reply answers the question well.", "well"),
    ("vague", "The essay is well-written.", "well-written"),
    ("rewards-length", "The reply is longer than the question.", "longer"),
    ("rewards-length", "The reply answers in great detail.", "in great detail"),
    ("rewards-length", "The reply has at least 200 words.", "at least 200 words"),
    ("counting", "The reply has at most 100 words.", "at most 100 words"),
    (
        "counting",
        "The reply lists between five and ten concrete examples.",
        "between five and ten concrete examples",
    ),
    ("counting", "The reply has five or more headings.", "five or more headings"),
    ("counting", "The reply is three sentences long.", "is three sentences long"),
]


@pytest.mark.parametrize(("code", "ask", "words"), SPEAKS, ids=[words for _, _, words in SPEAKS])
def test_a_mistake_is_found_at_its_words(code: str, ask: str, words: str) -> None:
    (problem,) = problems_of({"ask": ask})
    assert (problem.code, pointed_at(problem)) == (code, words)


SILENT = [
    "The reply says that the sky is blue and the grass is green.",
    "The reasoning cites a clause that names, describes, and covers the case.",
    "The reasoning explains which clause applies and covers the case.",
    "Every claim the reply makes and cites is true.",
    "The reasoning weighs an exception or a milder reading that the policy offers.",
    "The reply quotes or paraphrases the post.",
    "The reply lists names and addresses of the firms.",
    "The reply gives dates and names.",
    "The premise and the conclusion are consistent.",
    "The reply compares both the first and the second offer.",
    "The reasoning weighs both sides.",
    "The reply asks the user to call and give the number.",
    'The reply contains "is polite and answers the question".',
    "The reply offers goods for sale.",
    "The reply wishes the user a good morning.",
    "The reasoning concludes that the evidence is sufficient.",
    "The reply names a proper noun.",
    "The reply is no longer than the question.",
    "The reply avoids a detailed description of the injury.",
    "The reply gives at least one example.",
    "The reply gives two examples.",
    "The reply says that the parcel holds at least three items.",
    "The reply does not only thank the user.",
    "The reply warns of the risk and does so in its first sentence.",
    "The explanation is sufficient to reproduce the experiment.",
    "The reply gives the user a great deal of room.",
]


@pytest.mark.parametrize("ask", SILENT)
def test_a_statement_without_the_mistake_passes(ask: str) -> None:
    assert codes_of({"ask": ask}) == []


def test_only_the_beginning_of_a_very_long_statement_is_read() -> None:
    assert codes_of({"ask": "The reply names it" + " of it" * 30 + " and explains it."}) == [
        "double-barrelled"
    ]
    assert codes_of({"ask": "The reply names it" + " of it" * 400 + " and explains it."}) == []


def test_a_reference_may_have_any_name_that_a_statement_knows_it_by() -> None:
    inputs = {"key": {"from": "ground_truth"}, **REPLY}
    for spoken in ("agrees with the reference", "fits the key", "is the expected one"):
        assert codes_of({"ask": f"The result {spoken}."}, inputs=inputs) == []
    assert codes_of({"ask": "The result is there."}, inputs=inputs) == ["ground-truth-shown"]


def test_a_fault_may_have_two_forms() -> None:
    ask = "The reply restates the question or praises it."
    assert codes_of({"ask": ask, "weight": -1}) == []
    assert codes_of({"ask": ask, "anchors": {"met": "Either.", "unmet": "Neither."}}) == []


def test_anchors_say_what_a_vague_word_means() -> None:
    ask = "The reply is detailed enough, and of high quality."
    assert codes_of({"ask": ask}) == ["rewards-length", "vague"]
    assert codes_of({"ask": ask, "anchors": {"met": "a", "unmet": "b"}}) == []
    assert codes_of({"ask": "The reply is longer.", "anchors": {"met": "a", "unmet": "b"}}) == [
        "rewards-length"
    ]


@pytest.mark.parametrize(
    "other", [{"weight": -1}, {"expect": "unmet"}, {"expect": {"label": "metadata.long"}}]
)
def test_length_that_does_not_pay_may_be_asked_about(other: dict[str, object]) -> None:
    assert codes_of({"ask": "The reply is longer than the question.", **other}) == []


def test_words_are_found_in_folded_and_repeated_text() -> None:
    text = """\
schema: rubric/v1
id: test
criteria:
  - id: some
    ask: >-
      The reply names what is
      'good', and its author is of high
      quality, good.
  - {id: neutral, check: {words: {at_least: 2}}}
"""
    (problem,) = findings(text)
    assert (problem.position, pointed_at(problem)) == ((7, 36), "high")
    (problem,) = findings(text.replace("of high\n      quality, ", ""))
    assert (problem.position, pointed_at(problem)) == ((7, 33), "good")


def test_where_yaml_spells_the_words_otherwise_the_whole_text_is_meant() -> None:
    head = "schema: rubric/v1\nid: test\ncriteria:\n"
    escaped = '  - {id: a, ask: "The reply is g\\u006fod."}\n'
    text = f"{head}{escaped}  - {{id: b, check: {{words: {{at_least: 2}}}}}}\n"
    (problem,) = findings(text)
    assert pointed_at(problem) == '"The reply is g\\u006fod."'


@pytest.mark.parametrize(
    "criterion",
    [
        {"ask": "The reply does not cite a source.", "weight": -2},
        {"ask": "The reply doesn't cite a source.", "weight": -2},
        {"ask": "No sentence cites a source.", "weight": -2},
        {"ask": "The reply never cites a source.", "expect": "unmet"},
        {"ask": "The reply cites a source.", "expect": "unmet", "weight": -1},
        {"check": {"not_regex": "x"}, "weight": -1},
        {"check": {"not_regex": "x"}, "expect": "unmet"},
    ],
)
def test_negations_of_negations_are_found(criterion: dict[str, object]) -> None:
    assert codes_of(criterion) == ["negated-negative"]


@pytest.mark.parametrize(
    "criterion",
    [
        {"ask": "The reply does not insult the customer."},
        {"ask": "The reply states facts that the post does not contain.", "weight": -2},
        {"ask": "The reply fails to cite a source.", "weight": -2},
        {"check": {"not_regex": "x"}},
        {"check": {"regex": "x"}, "weight": -1},
        {"check": {"regex": "x"}, "expect": "unmet"},
    ],
)
def test_a_single_negation_is_fine(criterion: dict[str, object]) -> None:
    assert codes_of(criterion) == []


SECTION = "The reply names the section of the handbook."


@pytest.mark.parametrize(
    ("other", "said"),
    [
        ("The reply clearly names a section in the handbook.", "`c1` asks the same"),
        ("The reply does not name any section of the handbook.", "`c1` asks the opposite"),
        ("The reply doesn\u2019t name the section of the handbook.", "`c1` asks the opposite"),
    ],
)
def test_the_same_question_is_found(other: str, said: str) -> None:
    (problem,) = problems_of({"ask": SECTION}, {"ask": other})
    assert problem.code == "same-question"
    assert said in problem.message


@pytest.mark.parametrize(
    "other",
    [
        "The reply names the author of the handbook.",
        "The handbook names the section of the reply.",
        "The reply names the section 2 of the handbook.",
    ],
)
def test_another_question_is_another(other: str) -> None:
    assert codes_of({"ask": SECTION}, {"ask": other}) == []


@pytest.mark.parametrize(
    ("scale", "code", "words"),
    [
        (["bad", "good", "very good"], "overlapping-levels", '"very good"'),
        (["none", "some", "partial", "all"], "overlapping-levels", '"partial"'),
        (["low", "Low.", "high"], "overlapping-levels", '"Low."'),
        ({"low": 0, "high": 1, "medium": 0.5}, "unordered-levels", '"medium"'),
        ({"high": 1, "low": 0, "medium": 0.5}, "unordered-levels", '"medium"'),
        ([1, 2, 3], "numbered-levels", '"scale"'),
    ],
)
def test_levels_that_cannot_be_told_apart_are_found(scale: object, code: str, words: str) -> None:
    (problem,) = problems_of({"ask": "How is it?", "scale": scale})
    assert (problem.code, pointed_at(problem)) == (code, words)


@pytest.mark.parametrize(
    ("ask", "scale"),
    [
        ("How is it?", ["not relevant", "partly relevant", "relevant"]),
        ("How is it?", {"all": 1, "some": 0.4, "none": 0}),
        ("How is it?", {"none": 0, "unclear": 0, "all": 1}),
        ("How many clauses? 0: none, 1: one, 2: more.", [0, 1, 2]),
    ],
)
def test_levels_that_can_be_told_apart_pass(ask: str, scale: object) -> None:
    assert codes_of({"ask": ask, "scale": scale}) == []


REPLY = {"reply": {"from": "completion"}}
ASK = {"ask": "The reply names the section."}


@pytest.mark.parametrize(
    ("shown", "label", "leaked"),
    [
        ("metadata.labels", "metadata.labels.spam", True),
        ("metadata.labels.spam", "metadata.labels.spam", True),
        ("metadata.labels.spam.why", "metadata.labels.spam", True),
        ("ground_truth", "ground_truth.spam", True),
        ("metadata.labels.spam_notes", "metadata.labels.spam", False),
        ("metadata.policy", "metadata.labels.spam", False),
    ],
)
def test_label_leaks_by_path(shown: str, label: str, leaked: bool) -> None:
    inputs = {"truth": {"from": shown, "trust": "author"}, **REPLY}
    expected = {"ask": "The reply tells the truth.", "expect": {"label": label}}
    assert codes_of(expected, inputs=inputs) == (["label-leaked"] if leaked else [])
    own = {"label": {"field": "spam", "equals": label}}
    assert codes_of(own, ASK | {"ask": "The reply tells the truth."}, inputs=inputs) == (
        ["label-leaked"] if leaked else []
    )


@pytest.mark.parametrize(
    "criteria",
    [
        [{"check": {"not_regex": ".*"}, "gate": {"else": 0}}],
        [{"check": {"regex": ""}, "expect": "unmet", "gate": {"else": 0}}],
        [
            {"check": {"regex": "[0-9]"}, "gate": {"else": 0}},
            {"check": {"not_regex": "[0-9]"}, "gate": {"else": 0.1}},
        ],
    ],
)
def test_gates_that_never_open_are_errors(criteria: list[dict[str, object]]) -> None:
    (problem,) = problems_of(*criteria)
    assert (problem.code, problem.severity, pointed_at(problem)) == ("unreachable", "error", '"gate"')


def test_gates_for_different_samples_do_not_exclude_each_other() -> None:
    german = {"check": {"regex": "ß"}, "gate": {"else": 0}, "when": {"path": "metadata.l", "equals": "de"}}
    other = {"check": {"not_regex": "ß"}, "gate": {"else": 0}, "when": {"path": "metadata.l", "equals": "en"}}
    assert codes_of(german, other) == []
    assert codes_of(german, {**other, "when": german["when"]}) == ["unreachable"]


def test_a_gate_that_never_opens_for_some_samples_says_for_which() -> None:
    (problem,) = problems_of({"check": {"not_regex": ""}, "gate": {"else": 0}, "when": "metadata.l"})
    assert problem.message.endswith("the rubric is always 0 where there is something at metadata.l")


def test_gates_of_different_parts_do_not_exclude_each_other() -> None:
    long = {"check": {"words": {"at_least": 100}, "of": "reasoning"}, "gate": {"else": 0}}
    short = {"check": {"words": {"at_most": 50}, "of": "answer"}, "gate": {"else": 0}}
    assert codes_of(long, short) == []


@pytest.mark.parametrize(
    ("bounds", "codes"), [([1, 2], ["unreachable"]), ([-2, 0], ["unreachable"]), ([0, 1], [])]
)
def test_a_range_that_leaves_one_value_is_found(bounds: list[float], codes: list[str]) -> None:
    assert codes_of(ASK, aggregate={"range": bounds}) == codes


@pytest.mark.parametrize("check", [{"regex": "\\w*"}, {"not_regex": "(?:)"}, {"words": {"at_least": 0}}])
def test_checks_of_every_text_are_found(check: dict[str, object]) -> None:
    assert codes_of({"check": check}) == ["cannot-vary"]


def test_patterns_that_find_most_texts_are_not_meant() -> None:
    assert codes_of({"check": {"regex": "\\S|^$"}}, {"check": {"regex": "[\\s\\S]"}}) == []


def test_avoiding_can_be_written_in_several_ways() -> None:
    one_sided = """\
criteria:
  - {id: a, ask: The reply insults the customer., weight: -2}
  - {id: b, ask: The reply names a price., expect: unmet}
  - {id: c, check: {not_regex: x}}
"""
    head = "schema: rubric/v1\nid: test\n"
    assert [problem.code for problem in findings(head + one_sided)] == ["one-sided"]
    assert findings(head + one_sided + "  - {id: d, check: {regex: y}}\n") == []


@pytest.mark.parametrize(
    ("inputs", "codes"),
    [
        ({"question": {"from": "prompt", "share": "dataset"}, **REPLY}, ["cache-order"]),
        ({"question": {"from": "prompt", "share": "rollout"}, **REPLY}, ["cache-order"]),
        (
            {"question": {"from": "prompt"}, "policy": {"from": "metadata.p", "trust": "author"}, **REPLY},
            ["cache-order"],
        ),
        ({"policy": {"from": "metadata.p", "trust": "author"}, "question": {"from": "prompt"}, **REPLY}, []),
        ({**REPLY, "policy": {"from": "metadata.p", "trust": "author", "share": "dataset"}}, []),
        ({**REPLY, "policy": {"from": "metadata.p", "trust": "author", "share": "group"}}, []),
    ],
)
def test_inputs_that_break_the_shared_prefix_are_found(inputs: dict[str, object], codes: list[str]) -> None:
    assert codes_of(ASK, inputs=inputs) == codes


def test_inputs_that_no_judge_sees_are_not_meant() -> None:
    inputs = {"question": {"from": "prompt", "share": "dataset"}, "truth": {"from": "ground_truth"}}
    assert codes_of(inputs=inputs) == []


RUBRIC = """\
version: '{version}'
criteria:
  - {{id: a, ask: The reply names {what}.}}
  - {{id: b, check: {{regex: x}}}}
"""


@pytest.mark.parametrize(
    ("old", "new", "changed", "found"),
    [
        ("1.0.0", "1.0.0", True, True),
        ("1.0.0", "1.0.0", False, False),
        ("1.9.0", "1.10.0", True, False),
        ("1.10.0", "1.9.0", True, True),
        ("1", "1.0.0", True, True),
        ("draft", "final", True, False),
        ("draft", "draft", True, True),
    ],
)
def test_a_change_raises_the_version(old: str, new: str, changed: bool, found: bool) -> None:
    before = rubric_of(RUBRIC.format(version=old, what="it"))
    text = "schema: rubric/v1\nid: test\n" + RUBRIC.format(version=new, what="her" if changed else "it")
    from rubrics.document import parse

    document = parse(text)
    problems = lint(build_rubric(document), document, before)
    assert [problem.code for problem in problems] == (["version-not-raised"] if found else [])
    assert all(pointed_at(problem) == f"'{new}'" for problem in problems)


def test_versions_of_different_rubrics_are_not_compared() -> None:
    from rubrics.document import load

    document = load(ROOT / "reward_server" / "starter" / "rubric.yaml")
    other = load_rubric(ROOT / "examples" / "moderation" / "rubrics" / "moderation-reasoning.yaml")
    with pytest.raises(
        ConfigError, match="`moderation-reasoning` is another rubric than `starter/reasoning`"
    ):
        lint(build_rubric(document), document, other)
