"""The catalog: every rubric lints clean; its goldens cover it, and agree with the code and the arithmetic."""

import zipfile
from pathlib import Path

import pytest

from judges.backends.scripted import ScriptedBackend
from judges.grade import grade
from judges.judge import Judge
from rubrics.goldens.comparing import Runs, compared
from rubrics.goldens.requirements import missing, unsent, wrong_names
from rubrics.goldens.trial import trial
from rubrics.layout import PLAIN
from rubrics.lint.linter import lint
from rubrics.outcome import Score
from rubrics.rubric_file import load_rubric
from rubrics.settling import settle
from rubrics.verdict import MET, SKIPPED, UNMET
from tests.pages import fences, text_of
from tests.processes import ROOT
from tests.rubrics.catalog.entries import CASES, IDS, NAMES, as_expected, entry

every_rubric = pytest.mark.parametrize("name", NAMES)
every_case = pytest.mark.parametrize(("name", "index"), CASES, ids=IDS)
PAGE = text_of("docs/catalog.md")


def test_all_that_was_promised_is_there() -> None:
    assert NAMES == [
        "factuality",
        "faithfulness",
        "helpfulness",
        "math-reasoning",
        "moderation-reasoning",
        "reflection-consistency",
        "refusal-quality",
        "reranking-rationale",
        "safety-classification",
        "summary-grounding",
        "tool-call",
    ]


@every_rubric
def test_it_lints_clean(name: str) -> None:
    found = entry(name)
    assert [problem.render() for problem in lint(found.rubric, found.document)] == []


@every_rubric
def test_it_says_what_it_is(name: str) -> None:
    rubric = entry(name).rubric
    assert rubric.id == f"catalog/{name}"
    assert rubric.description.endswith((".", "?"))
    assert rubric.guidelines
    assert load_rubric(f"catalog:{name}").digest == rubric.digest


@every_rubric
def test_what_the_author_wrote_comes_first(name: str) -> None:
    trusted = [source.trust == "author" for source in entry(name).rubric.inputs.values()]
    assert trusted == sorted(trusted, reverse=True)


@every_rubric
def test_statements_that_are_weighed_yes_or_no_have_anchors(name: str) -> None:
    asked = [criterion for criterion in entry(name).rubric.criteria if criterion.ask is not None]
    assert [c.id for c in asked if c.anchors is None and c.levels is None] == []
    for criterion in asked:
        assert all(level.means for level in (criterion.levels or {}).values())


@every_rubric
def test_it_has_a_pitfall_that_costs(name: str) -> None:
    assert any(criterion.weight < 0 for criterion in entry(name).rubric.criteria)


@every_rubric
def test_its_goldens_know_it_and_cover_it(name: str) -> None:
    found = entry(name)
    problems = [
        *wrong_names(found.goldens, found.golden_file, found.rubric),
        *unsent(found.goldens, found.golden_file, found.rubric, PLAIN),
        *missing(found.goldens, found.rubric, found.document, found.golden_file.name),
    ]
    assert [problem.render() for problem in problems] == []


@every_rubric
def test_what_code_decides_is_covered_both_ways_too(name: str) -> None:
    found = entry(name)
    for criterion in found.rubric.criteria:
        if not criterion.judged:
            expected = {case.expect.get(criterion.id) for case in found.goldens.cases}
            assert {MET, UNMET} <= expected, criterion.id


@every_rubric
def test_a_hostile_completion_is_among_its_goldens(name: str) -> None:
    hostile = [case for case in entry(name).goldens.cases if "criteria are met" in case.completion]
    assert hostile
    assert all(case.value is not None and (case.value.at_most or 0) < 0.5 for case in hostile)


@every_case
def test_code_finds_what_the_case_expects_of_it(name: str, index: int) -> None:
    found = entry(name)
    case = found.goldens.cases[index]
    settled = settle(trial(found.rubric, case.expect), found.goldens.rollout(case))
    for criterion in found.rubric.criteria:
        expected = case.expect.get(criterion.id)
        if expected == SKIPPED or (expected is not None and not criterion.judged):
            assert settled[criterion.id].choice == expected, criterion.id
        elif expected is not None:
            assert criterion.id not in settled, f"{criterion.id} is not asked"


@every_case
@pytest.mark.parametrize("kind", [True, False], ids=["at-best", "at-worst"])
async def test_a_judge_that_answers_as_expected_gives_the_value(name: str, index: int, kind: bool) -> None:
    """Whatever is found of the criteria that the case leaves out."""
    found = entry(name)
    case = found.goldens.cases[index]
    rollout = found.goldens.rollout(case)
    judge = Judge(ScriptedBackend(as_expected(found.rubric, case, rollout, kind=kind)))
    tried = await grade(trial(found.rubric, case.expect), rollout, judge)
    whole = await grade(found.rubric, rollout, judge)
    results = [*compared(case, index, Runs([tried], [whole]))]
    assert [result for result in results if result.status != "passed"] == []
    assert isinstance(whole, Score), "a golden case is scored, not unscored"


@every_rubric
def test_the_best_case_is_worth_more_than_the_worst(name: str) -> None:
    bounds = [case.value for case in entry(name).goldens.cases if case.value is not None]
    assert max(bound.at_least or 0.0 for bound in bounds) >= 0.85
    assert min(1.0 if bound.at_most is None else bound.at_most for bound in bounds) <= 0.1


@every_rubric
def test_its_section_names_what_it_reads_and_what_it_asks(name: str) -> None:
    rubric = entry(name).rubric
    section = PAGE.partition(f"\n## {name}\n")[2].partition("\n## ")[0]
    assert section, "no section in docs/catalog.md"
    reads = {source.source for source in rubric.inputs.values()}
    reads |= {criterion.when.path for criterion in rubric.criteria if criterion.when is not None}
    reads |= {criterion.label_path for criterion in rubric.criteria if criterion.label_path is not None}
    assert [word for word in reads if f"`{word}`" not in section] == []
    assert [criterion.id for criterion in rubric.criteria if f"`{criterion.id}`" not in section] == []


@pytest.mark.parametrize("example", fences("docs/catalog.md", "yaml"))
def test_the_examples_of_extending_load(example: str, tmp_path: Path) -> None:
    if example.startswith("schema: rubric/v1"):
        path = tmp_path / "own.yaml"
        path.write_text(example, encoding="utf-8")
        assert load_rubric(path).criteria


def test_the_wheel_takes_the_catalog_along(tmp_path: Path) -> None:
    from hatchling.builders.wheel import WheelBuilder

    (wheel,) = WheelBuilder(str(ROOT)).build(directory=str(tmp_path), versions=["standard"])
    with zipfile.ZipFile(wheel) as archive:
        files = set(archive.namelist())
    wanted = {f"rubrics/catalog/{name}{end}" for name in NAMES for end in (".yaml", ".golden.yaml")}
    assert wanted | {"rubrics/catalog/tool_calls.py"} <= files
