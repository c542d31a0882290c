"""Load tests of one judge, and what their reports say of tokens."""

from collections.abc import Sequence
from typing import NamedTuple

from judges.backends.openai import Openai
from reward_server.load.driver import run
from reward_server.load.figures.summary import report
from reward_server.load.judge_target import JudgeTarget
from reward_server.load.record import Run
from reward_server.load.report import PhaseFigures, Report
from reward_server.load.schedule import Schedule
from reward_server.load.workload.texts import Sizes, made_up_texts
from rubrics.rubric import PromptLayout, Rubric
from tests.real_vllm.questions import rubric

ROLLOUTS, GROUP_SIZE, STATEMENTS = 24, 8, 8
WORDS = 40
"""Of a statement: about a block of the engine's cache."""
SIZES = Sizes(group=150, rollout=250)
BURST = Schedule(shape="burst", loads=[ROLLOUTS])
STATED_ABOVE = "Is the statement in the guidelines true of the text?"


class Measured(NamedTuple):
    """What was written down of a training step, and what was made of it."""

    run: Run
    report: Report

    @property
    def phase(self) -> PhaseFigures:
        """The step's figures."""
        (only,) = self.report.phases
        return only

    @property
    def prompt(self) -> float:
        """Prompt tokens by the report."""
        return self._total(self.phase.tokens_s.prompt)

    @property
    def computed(self) -> float:
        """Those of them that the engine computed."""
        return self._total(self.phase.tokens_s.prefill)

    @property
    def cached(self) -> float:
        """Those of them that it had in its cache."""
        return self._total(self.phase.tokens_s.cached)

    @property
    def generated(self) -> float:
        """Generated tokens by the report."""
        return self._total(self.phase.tokens_s.decode)

    def _total(self, rate: float | None) -> float:
        assert rate is not None
        return rate * self.phase.seconds


def measured(options: Openai, asked: Rubric) -> Measured:
    """One training step all at once, after one that warms up, of rollouts that nobody has seen."""
    target = JudgeTarget(options, asked, made_up_texts(asked, SIZES, GROUP_SIZE, seed=0))
    found = run(target, BURST)
    return Measured(found, report(found))


def statements(layout: PromptLayout) -> Rubric:
    """The rubric that all these tests are about."""
    return rubric(STATEMENTS, WORDS, layout=layout)


def stated_first() -> Sequence[Rubric]:
    """The same statements in the order of most tools, ahead of the texts: each is a rubric's guidelines."""
    asked = statements("criterion_last")
    content = asked.model_dump(mode="json", by_alias=True, exclude_unset=True)
    question = {"id": "above", "ask": STATED_ABOVE}
    return [
        Rubric.model_validate({**content, "guidelines": each.ask, "criteria": [question]})
        for each in asked.criteria
    ]
