"""Rubrics for the linter's tests."""

import json
from collections.abc import Mapping

from rubrics.document import Document, parse
from rubrics.lint.linter import lint
from rubrics.problems import Problem
from rubrics.rollout import Json
from rubrics.rubric_file import build_rubric

NEUTRAL = {"id": "neutral", "check": {"words": {"at_least": 2}}}
"""A criterion that no rule minds, so that a single pitfall is not one-sided."""


def yaml_of(keys: Mapping[str, Json]) -> str:
    """A rubric as YAML in flow style, which JSON is."""
    return json.dumps({"schema": "rubric/v1", "id": "test", **keys}, ensure_ascii=False)


def problems_of(*criteria: Mapping[str, Json], **keys: Json) -> list[Problem]:
    """What is found in a rubric of these criteria and a neutral one."""
    numbered: Json = [{"id": f"c{n}", **criterion} for n, criterion in enumerate(criteria, 1)]
    assert isinstance(numbered, list)
    return findings(yaml_of({**keys, "criteria": [*numbered, NEUTRAL]}))


def findings(text: str) -> list[Problem]:
    document = parse(text, "rubric.yaml")
    return lint(build_rubric(document), document)


def codes_of(*criteria: Mapping[str, Json], **keys: Json) -> list[str | None]:
    return [problem.code for problem in problems_of(*criteria, **keys)]


def pointed_at(problem: Problem) -> str:
    """The words of the file that carry the caret."""
    assert isinstance(problem.document, Document)
    mark = problem.document.mark(problem.path)
    return problem.document.text.splitlines()[mark.line - 1][mark.column - 1 :][: mark.length]
