"""What is wrong with an edit, as `gavel check` and `gavel rubric lint` say it."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Literal, NamedTuple

import msgspec

from reward_server.check.equation import equation
from reward_server.check.lint import lint
from reward_server.dashboard.playing.editing import Edit, edited, lender
from reward_server.dashboard.playing.own_code import refused_texts
from reward_server.reward.loading import load_reward
from reward_server.reward.reward_function import RewardFunction
from rubrics.document import Document
from rubrics.lint.linter import lint as lint_rubric
from rubrics.problems import ConfigError, Problem, in_file_order
from rubrics.resolution.resolver import resolve
from rubrics.rubric_file import build_rubric

MOST_TOLD = 100
"""Findings that are told of one edit."""


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One problem with its place. Line and column count from 1, and are 0 where there is no place."""

    file: str | None
    line: int
    column: int
    severity: Literal["error", "warning"]
    message: str
    hint: str | None
    code: str | None
    excerpt: Sequence[str]
    """The line with a caret below it, as on a terminal."""
    included_from: Sequence[str]


class Checked(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be said of an edit."""

    findings: Sequence[Finding]
    equation: str | None
    """None where it would not be served; a linter's words on a rubric keep it from nothing."""
    version: str | None
    """The `reward_version` that it would have."""

    @property
    def errors(self) -> int:
        return sum(finding.severity == "error" for finding in self.findings)


class Loaded(NamedTuple):
    """An edit, checked."""

    checked: Checked
    function: RewardFunction | None
    """None where it would not be served. Its models are the served ones, which stay open."""


def check(function: RewardFunction, edit: Edit) -> Loaded:
    """Check an edit of a served reward. Blocks for as long as it takes. Raises PageError."""
    try:
        reward, file = edited(function, edit)
    except ConfigError as error:
        return _loaded(error.problems, None)
    problems = [] if file is reward else _of_rubric(file)
    refused = [*refused_texts(reward, function)]
    if refused:
        return _loaded([*problems, *refused], None)
    tried, found = _of_reward(reward, function)
    return _loaded([*problems, *found], tried)


def _of_reward(
    document: Document, function: RewardFunction
) -> tuple[RewardFunction | None, Sequence[Problem]]:
    try:
        tried = load_reward(document, lender=lender(function))
    except ConfigError as error:
        return None, error.problems
    found = lint(tried, document)
    wrong = any(problem.severity == "error" for problem in found)
    return None if wrong else tried, found


def _of_rubric(document: Document) -> list[Problem]:
    try:
        resolved = resolve(document)
        return [*lint_rubric(build_rubric(resolved), resolved)]
    except ConfigError as error:
        return list(error.problems)


def _loaded(problems: Iterable[Problem], tried: RewardFunction | None) -> Loaded:
    checked = Checked(
        findings=[*_findings(in_file_order(problems)[:MOST_TOLD])],
        equation=None if tried is None else equation(tried),
        version=None if tried is None else tried.version,
    )
    return Loaded(checked, tried)


def _findings(problems: Iterable[Problem]) -> Iterator[Finding]:
    for problem in problems:
        line, column = problem.position
        source = problem.document
        yield Finding(
            file=problem.file,
            line=line,
            column=column,
            severity=problem.severity,
            message=problem.message,
            hint=problem.hint,
            code=problem.code,
            excerpt=[] if source is None else source.excerpt(problem.path),
            included_from=[] if source is None else source.origin(problem.path)[0].included_from,
        )
