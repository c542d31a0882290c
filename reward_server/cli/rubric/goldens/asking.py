"""Goldens put to the models of a reward file."""

from collections.abc import Sequence
from functools import partial

import msgspec

from judges.golden_runs import GoldenRun, Grade, run
from judges.grade import grade
from reward_server.cli.rubric.bench import Bench, Names
from reward_server.cli.rubric.goldens.suite import Suite
from rubrics.goldens.comparing import compared
from rubrics.goldens.findings import testable
from rubrics.goldens.goldens import Case
from rubrics.goldens.results import Result
from rubrics.goldens.tally import Tally, tallies
from rubrics.goldens.trial import alone, trial


class Asked(msgspec.Struct, frozen=True):
    """What a suite's goldens came to."""

    suite: Suite
    judges: Names
    """Who was asked; nobody where nobody had to be."""
    results: Sequence[Result]

    @property
    def tallies(self) -> Sequence[Tally]:
        """The results by criterion, in the rubric's order."""
        return tallies(self.results, testable(self.suite.rubric))


async def ask(suites: Sequence[Suite], bench: Bench, repeat: int) -> list[Asked]:
    """Test the suites, one after the other. Raises ConfigError before anybody is asked."""
    try:
        names = [bench.names_for(suite.rubric, else_first=True) if suite.asks else () for suite in suites]
        grades = [
            partial(grade, judge=bench.judges(named), classify=bench.classify(suite.rubric))
            for suite, named in zip(suites, names, strict=True)
        ]
        return [
            Asked(suite, named, await _results(suite, bench, named, graded, repeat))
            for suite, named, graded in zip(suites, names, grades, strict=True)
        ]
    finally:
        await bench.aclose()


async def _results(suite: Suite, bench: Bench, names: Names, graded: Grade, repeat: int) -> list[Result]:
    runs = await run([_run(suite, case, bench, names) for _, case in suite.cases], graded, repeat)
    return [
        result
        for (index, case), found in zip(suite.cases, runs, strict=True)
        for result in compared(case, index, found, suite.criteria)
    ]


def _run(suite: Suite, case: Case, bench: Bench, names: Names) -> GoldenRun:
    assert suite.goldens is not None
    tested = case.expect.keys() if suite.criteria is None else case.expect.keys() & set(suite.criteria)
    only = tested if alone(suite.rubric, bench.prompt_layout(names)) else None
    return GoldenRun(
        rollout=suite.goldens.rollout(case, bench.layout),
        tried=trial(suite.rubric, case.expect, only) if tested else None,
        whole=suite.rubric if case.value is not None and suite.criteria is None else None,
    )
