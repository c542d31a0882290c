"""Goldens against their rubric: unknown names, what was not sent, and what is missing."""

import textwrap
from pathlib import Path

import pytest

from rubrics.document import parse
from rubrics.goldens.golden_file import build_goldens, golden_path, no_goldens
from rubrics.goldens.requirements import missing, unsent, wrong_names
from rubrics.goldens.skeleton import skeleton
from rubrics.layout import PLAIN
from rubrics.problems import Problem
from rubrics.rubric_file import build_rubric
from tests.rubrics.goldens.making import document_of
from tests.rubrics.making import HEAD, rubric_of

RUBRIC = parse(
    HEAD
    + textwrap.dedent("""\
    inputs:
      policy: {from: metadata.rules.policy, trust: author}
      year: {from: metadata.rules.year}
      reply: {from: completion}
    criteria:
    - {id: cites, ask: It cites a clause.}
    - {id: tone, ask: How does it sound?, scale: [rude, neutral, kind]}
    - {id: short, check: {words: {at_most: 5}}, gate: {else: 0}}
    - {id: right, label: {field: a, equals: metadata.label}}
    """),
    "r.yaml",
)
GIVEN = "common: {metadata: {rules: {policy: p, year: '2'}}}\n"


def missing_in(expectations: str, *only: str) -> list[Problem]:
    cases = [f"{{id: c{n}, completion: x, expect: {e}}}" for n, e in enumerate(expectations.split("; "))]
    goldens = build_goldens(document_of(f"cases: [{', '.join(cases)}]"))
    return list(missing(goldens, build_rubric(RUBRIC), RUBRIC, "r.golden.yaml", only))


def said_of(expectations: str) -> list[str]:
    return [problem.message.removeprefix("no golden case expects ") for problem in missing_in(expectations)]


@pytest.mark.parametrize(
    ("expectations", "said"),
    [
        ("{cites: met, tone: rude}; {cites: unmet, tone: kind}", []),
        ("{cites: met, tone: rude}; {cites: unmet, tone: neutral}", []),
        ("{cites: met, tone: rude}; {cites: met, tone: kind}", ["`cites: unmet`"]),
        ("{cites: unmet, tone: rude}; {cites: skipped, tone: kind}", ["`cites: met`"]),
        ("{cites: met, tone: kind}; {cites: unmet, tone: kind}", ["`tone: rude`"]),
        ("{cites: met, tone: rude}; {cites: unmet}", ["`tone: kind`"]),
        ("{cites: met, tone: neutral}; {cites: unmet}", ["`tone: rude`"]),
        ("{cites: met}; {cites: unmet}", ["`tone: kind` and none `tone: rude`"]),
        ("{short: met}", ["`cites: met` and none `cites: unmet`", "`tone: kind` and none `tone: rude`"]),
    ],
)
def test_each_criterion_that_a_model_decides_needs_two_findings(expectations: str, said: list[str]) -> None:
    assert said_of(expectations) == said


def test_what_is_missing_is_shown_at_the_criterion() -> None:
    (problem, _) = missing_in("{short: met}")
    assert problem.render().splitlines() == [
        "r.yaml:8:8: error: no golden case expects `cites: met` and none `cites: unmet` [missing-golden]",
        "    8 | - {id: cites, ask: It cites a clause.}",
        "               ^^^^^",
        "  = a judge that always answers the same would pass: add cases that expect them to r.golden.yaml",
    ]


def test_only_some_criteria_may_be_looked_at() -> None:
    assert [problem.path[1] for problem in missing_in("{short: met}", "tone")] == [1]


@pytest.mark.parametrize(
    ("expectation", "place", "said", "hint"),
    [
        ("cits: met", (3, 35), "the rubric has no criterion 'cits'", "did you mean `cites`?"),
        ("cites: mt", (3, 42), "`cites` is never found 'mt'", "did you mean `met`?"),
        ("cites: kind", (3, 42), "`cites` is never found 'kind'", "it is found met, unmet or skipped"),
        ("tone: met", (3, 41), "`tone` is never found 'met'", "it is found kind, neutral, rude or skipped"),
        ("tone: netral", (3, 41), "`tone` is never found 'netral'", "did you mean `neutral`?"),
        ("short: skiped", (3, 42), "`short` is never found 'skiped'", "did you mean `skipped`?"),
    ],
)
def test_names_the_rubric_does_not_have(
    expectation: str, place: tuple[int, int], said: str, hint: str
) -> None:
    document = document_of(f"cases:\n- {{id: a, completion: x, expect: {{{expectation}}}}}\n")
    (problem,) = wrong_names(build_goldens(document), document, build_rubric(RUBRIC))
    assert (problem.position, problem.message, problem.hint) == (place, said, hint)


def test_all_that_can_be_found_may_be_expected() -> None:
    expected = "{cites: met, tone: kind, short: unmet, right: skipped}"
    document = document_of(f"cases: [{{id: a, completion: x, expect: {expected}}}]")
    assert list(wrong_names(build_goldens(document), document, build_rubric(RUBRIC))) == []


@pytest.mark.parametrize(
    ("common", "case", "said"),
    [
        (GIVEN, "expect: {cites: met}", []),
        ("", "expect: {cites: met}", ["metadata.rules.policy"]),
        ("common: {metadata: {rules: {policy: p}}}\n", "expect: {cites: met}", ["metadata.rules.year"]),
        ("", "expect: {short: met}", []),
        ("", "value: {at_most: 0}", ["metadata.rules.policy"]),
    ],
)
def test_a_case_without_what_the_rubric_reads_is_told_before_anybody_is_asked(
    common: str, case: str, said: list[str]
) -> None:
    document = document_of(f"{common}cases:\n- {{id: a, completion: x y, {case}}}\n")
    found = list(unsent(build_goldens(document), document, build_rubric(RUBRIC), PLAIN))
    assert [path for problem in found for path in said if path in problem.message] == said
    assert len(found) == len(said)


def test_the_skeleton_is_a_golden_file_that_lacks_nothing() -> None:
    rubric = build_rubric(RUBRIC)
    document = parse(skeleton(rubric), "r.golden.yaml")
    goldens = build_goldens(document)
    assert list(wrong_names(goldens, document, rubric)) == []
    assert list(missing(goldens, rubric, RUBRIC, "")) == []
    assert list(unsent(goldens, document, rubric, PLAIN)) == []


def test_in_the_good_case_of_a_skeleton_faults_are_not_found() -> None:
    text = "criteria:\n- {id: a, ask: A}\n- {id: b, ask: B, weight: -1}\n- {id: c, ask: C, expect: unmet}\n"
    good, bad = build_goldens(parse(skeleton(rubric_of(text)))).cases
    assert good.expect == {"a": "met", "b": "unmet", "c": "unmet"}
    assert bad.expect == {"a": "unmet", "b": "met", "c": "met"}


def test_a_rubric_without_a_golden_file_is_shown_one() -> None:
    file = Path("some") / "tone.yaml"
    assert golden_path(file) == Path("some") / "tone.golden.yaml"
    said = no_goldens(build_rubric(RUBRIC), file).render()
    assert said.startswith(f"error: no goldens beside {file}: write tone.golden.yaml\n")
    assert "schema: goldens/v1\n" in said


def test_of_a_holistic_rubric_only_the_whole_is_tested() -> None:
    source = parse(
        HEAD + "aggregate: {method: holistic}\ncriteria: [{id: cites, ask: It cites a clause.}]\n", "r.yaml"
    )
    document = document_of("cases: [{id: a, completion: x, expect: {cites: met, holistic: good}}]")
    goldens, rubric = build_goldens(document), build_rubric(source)
    (problem,) = wrong_names(goldens, document, rubric)
    assert "`cites` is not asked by itself" in problem.message
    (gap,) = missing(goldens, rubric, source, "r.golden.yaml")
    assert (gap.message, gap.position) == ("no golden case expects `holistic: fails`", (3, 21))
