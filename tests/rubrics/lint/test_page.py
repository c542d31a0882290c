"""The page of the linter: its table is complete, and each of its examples does what it says."""

import re
from collections.abc import Mapping

import pytest

from rubrics.document import Document, parse
from rubrics.lint.linter import CODES, lint
from rubrics.problems import Problem
from rubrics.rollout import Json
from rubrics.rubric import Rubric
from rubrics.rubric_file import build_rubric
from tests.pages import text_of
from tests.rubrics.lint.writing import yaml_of

PAGE = text_of("docs/rubric-lint.md")
EXAMPLES = {
    code: parse(example).data
    for code, example in re.findall(r"^## ([\w-]+)\n.*?```yaml\n(.*?)```", PAGE, re.MULTILINE | re.DOTALL)
}
SEVERITIES = dict(re.findall(r"^\| \[`([\w-]+)`\]\(#\1\) \| (\w+) \|", PAGE, re.MULTILINE))

OF_SEVERAL = {"same-question", "unreachable", "cannot-vary", "one-sided"}
"""Codes of what criteria are to each other, and of examples that need a second criterion."""


def listed(code: str) -> bool:
    example = EXAMPLES[code]
    return code not in OF_SEVERAL and isinstance(example, dict) and isinstance(example["bad"], list)


def opened(part: Json) -> tuple[Rubric, Document]:
    """A rubric out of an example's criteria, or of some of its keys."""
    keys: Mapping[str, Json] = part if isinstance(part, dict) else {"criteria": part}
    criteria = keys["criteria"]
    assert isinstance(criteria, list)
    numbered = [{"id": f"c{number}", **criterion} for number, criterion in enumerate(criteria, 1)]
    document = parse(yaml_of({**keys, "criteria": numbered}), "example.yaml")
    return build_rubric(document), document


def found(code: str, part: str) -> list[Problem]:
    example = EXAMPLES[code]
    assert isinstance(example, dict)
    old = opened(example["old"])[0] if "old" in example else None
    return lint(*opened(example[part]), old)


def test_the_page_has_every_code_with_its_severity_and_an_example() -> None:
    assert tuple(SEVERITIES) == tuple(EXAMPLES) == CODES


@pytest.mark.parametrize("code", CODES)
def test_the_bad_example_is_found_and_nothing_else(code: str) -> None:
    problems = found(code, "bad")
    assert {(problem.code, problem.severity) for problem in problems} == {(code, SEVERITIES[code])}
    assert all(problem.hint for problem in problems)


@pytest.mark.parametrize("code", [*filter(listed, CODES)])
def test_a_bad_example_of_a_statement_is_found_in_each_statement(code: str) -> None:
    example = EXAMPLES[code]
    assert isinstance(example, dict)
    assert isinstance(example["bad"], list)
    assert len(found(code, "bad")) == len(example["bad"])


@pytest.mark.parametrize("code", CODES)
def test_nothing_is_found_in_the_better_one(code: str) -> None:
    assert found(code, "better") == []
