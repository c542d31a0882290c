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
    """None where it does not load."""
    version: str | None
    """The `reward_version` that it would have."""

    @property
    def errors(self) -> int:
        return sum(finding.severity == "error" for finding in self.findings)


class Loaded(NamedTuple):
    """An edit, checked."""

    checked: Checked
    function: RewardFunction | None
    """None where there are errors. Its models are the served one's: only its components are to be closed."""


def check(function: RewardFunction, edit: Edit) -> Loaded:
    """Check an edit of a served reward. Blocks for as long as it takes. Raises PageError."""
    try:
        reward, file = edited(function, edit)
    except ConfigError as error:
        return _loaded(error.problems, None)
    problems = [] if file is reward else _of_rubric(file)
    refused = [*refused_texts(reward, function)]
    tried = None
    if not refused:
        tried, found = _of_reward(reward, function)
        problems += found
    return _loaded([*problems, *refused], tried)


def _of_reward(
    document: Document, function: RewardFunction
) -> tuple[RewardFunction | None, Sequence[Problem]]:
    try:
        tried = load_reward(document, lender=lender(function))
    except ConfigError as error:
        return None, error.problems
    return tried, lint(tried, document)


def _of_rubric(document: Document) -> list[Problem]:
    try:
        resolved = resolve(document)
        return [*lint_rubric(build_rubric(resolved), resolved)]
    except ConfigError as error:
        return list(error.problems)


def _loaded(problems: Iterable[Problem], tried: RewardFunction | None) -> Loaded:
    findings = [*_findings(in_file_order(problems))]
    wrong = any(finding.severity == "error" for finding in findings)
    usable = None if wrong else tried
    checked = Checked(
        findings=findings[:MOST_TOLD],
        equation=None if usable is None else equation(usable),
        version=None if usable is None else usable.version,
    )
    return Loaded(checked, usable)


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
