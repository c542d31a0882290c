"""What is planned for, and what each way to ask comes to."""

from bisect import bisect_left

import msgspec

from judges.cost.size import Step
from judges.cost.step import Bill, Cost, Rates, cost
from reward_server.load.capacity.asking import Asking, Questions, Regime, profile_of
from reward_server.load.capacity.engine import Engine, Work


class Scenario(msgspec.Struct, frozen=True):
    """One step, its questions and its judge."""

    questions: Questions
    step: Step
    asking: Asking
    """As it is meant to be."""
    engine: Engine | None = None
    """None where no rates are known: then there are calls and tokens only."""
    budget_s: float | None = None
    """Seconds that judging a step may take."""


class Times(msgspec.Struct, frozen=True):
    """What the rates tell of one step."""

    calls_s: float
    """Calls a second: to keep the budget, or as it is without one."""
    busy_s: float
    """Seconds of one replica's time, of all judges together."""
    step_s: float
    """Seconds until the step is judged, with the replicas there are. Measured rates: on the safe side."""
    best_step_s: float
    """The same at best, where rates were measured with other prompts."""
    replicas: int | None
    """Replicas of each judge that the budget takes; null without a budget, or where none are enough."""
    replicas_exact: float | None
    """The same as a fraction, work spread evenly: busy seconds over the budget."""
    in_flight: float | None
    """Calls in flight by Little's law: calls a second times seconds of a call."""
    replies_timed: bool
    """False where replies of several tokens have no rate, so that their time comes on top."""

    def fits(self, budget_s: float) -> bool:
        """Whether it keeps the budget for sure, replies without a rate left aside."""
        return self.step_s <= budget_s

    def may_fit(self, budget_s: float) -> bool:
        """Whether it keeps the budget at best."""
        return self.best_step_s <= budget_s


class Load(msgspec.Struct, frozen=True):
    """What one step comes to, asked in one way."""

    regime: Regime
    cached: bool
    calls: int
    prompt_tokens: int
    computed_tokens: int
    reply_tokens: int
    times: Times | None
    """Null without rates."""


def load(scenario: Scenario, asking: Asking | None = None, replicas: int | None = None) -> Load:
    """What the step comes to."""
    asking = asking or scenario.asking
    step = _step(scenario.step, asking, replicas)
    found = _cost(scenario, asking, step)
    return Load(
        regime=asking.regime,
        cached=asking.cached,
        calls=found.calls,
        prompt_tokens=found.prompt_tokens,
        computed_tokens=_bill(found, asking).computed_tokens,
        reply_tokens=found.decode_tokens,
        times=_times(scenario.engine, scenario, asking, step) if scenario.engine else None,
    )


def fewest_replicas(scenario: Scenario, asking: Asking | None = None) -> int | None:
    """Fewest replicas of each judge that keep the budget; None where none do, or without rates or a budget.

    More than there are groups do not help: a group stays at one replica.
    """
    budget, engine, asking = scenario.budget_s, scenario.engine, asking or scenario.asking
    if budget is None or engine is None:
        return None

    def keeps(replicas: int) -> bool:
        step = _step(scenario.step, asking, replicas)
        return engine.step_s(_work(scenario, asking, step), replicas) <= budget

    most = scenario.step.groups
    fewest = bisect_left(range(1, most + 1), True, key=keeps) + 1
    return fewest if fewest <= most else None


def _times(engine: Engine, scenario: Scenario, asking: Asking, step: Step) -> Times:
    work = _work(scenario, asking, step)
    used = min(step.replicas, step.groups)
    busy, seconds, call_s = engine.busy_s(work), engine.step_s(work, used), engine.call_s(work)
    calls_s = step.judges * work.calls / ((scenario.budget_s or seconds) or 1.0)
    return Times(
        calls_s=calls_s,
        busy_s=step.judges * busy,
        step_s=seconds,
        best_step_s=engine.best_s(work, used),
        replicas=fewest_replicas(scenario, asking),
        replicas_exact=busy / scenario.budget_s if scenario.budget_s else None,
        in_flight=None if call_s is None else calls_s * call_s,
        replies_timed=engine.times(work),
    )


def _work(scenario: Scenario, asking: Asking, step: Step) -> Work:
    """What each judge has to do."""
    found, judges = _cost(scenario, asking, step), step.judges
    further = max(0, found.decode_tokens - found.calls)
    return Work(found.calls / judges, _bill(found, asking).computed_tokens / judges, further / judges)


def _cost(scenario: Scenario, asking: Asking, step: Step) -> Cost:
    return cost(profile_of(scenario.questions, asking), step, Rates(), "texts")


def _bill(found: Cost, asking: Asking) -> Bill:
    return found.with_cache if asking.cached else found.without_cache


def _step(step: Step, asking: Asking, replicas: int | None) -> Step:
    replicas = step.replicas if replicas is None else replicas
    tokens = 1 if asking.one_token else step.decode_tokens
    return step.model_copy(update={"replicas": replicas, "decode_tokens": tokens})
