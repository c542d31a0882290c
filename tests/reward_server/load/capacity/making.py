"""Scenarios for tests."""

from judges.cost.size import Step
from reward_server.load.capacity.asking import Asking, Questions, Regime
from reward_server.load.capacity.engine import Engine, Shared
from reward_server.load.capacity.numbers import Numbers
from reward_server.load.capacity.scenario import Scenario, Times, load

R = 30_000.0
"""Prompt tokens a second of one GPU with a model of 8 billion parameters, at 44 % of its peak."""


def numbers(criteria: int, samples: int = 1, regime: Regime = "criterion_last") -> Numbers:
    """t_sys 200, t_ctx 1200, t_resp 400, t_crit 80."""
    return Numbers(
        criteria=criteria,
        system=200.0,
        group=1200.0,
        rollout=400.0,
        criterion=80.0,
        samples=samples,
        regime=regime,
    )


def scenario(
    questions: Questions,
    rollouts: int = 1024,
    group_size: int = 64,
    engine: Engine | None = None,
    budget_s: float | None = None,
    asking: Asking | None = None,
    **step: int,
) -> Scenario:
    """A shared engine of R tokens a second where none is given."""
    return Scenario(
        questions,
        Step(rollouts=rollouts, group_size=group_size, **step),
        asking or Asking(questions.regime),
        engine or Shared(R),
        budget_s,
    )


def busy_s(planned: Scenario, asking: Asking) -> float:
    """GPU seconds of a step, asked in this way."""
    return timed(planned, asking).busy_s


def timed(planned: Scenario, asking: Asking | None = None) -> Times:
    """What the rates tell."""
    found = load(planned, asking)
    assert found.times is not None
    return found.times
