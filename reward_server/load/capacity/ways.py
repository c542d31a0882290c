"""The cheapest ways to make a step fit: what costs nothing, then what may cost quality, then hardware."""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from typing import Literal

import msgspec
from msgspec.structs import replace

from reward_server.load.capacity.asking import Asking
from reward_server.load.capacity.changes import Change, combinations, made
from reward_server.load.capacity.scenario import Load, Scenario, fewest_replicas, load

WAYS = 3
MOST_SETTLED = 0.9
"""Nobody settles more than this share of rollouts before they are judged."""

Price = Literal["nothing", "quality", "hardware"]
_PRICES: Sequence[Price] = ("nothing", "quality", "hardware")


class Way(msgspec.Struct, frozen=True):
    """One way to keep the budget."""

    changes: Sequence[str]
    costs: Price
    risks: Sequence[str]
    """What to look at before."""
    sure: bool
    """False where it fits only if tokens, and not calls, are what the measured engine spends its time on."""
    replicas: int
    """Of each judge."""
    load: Load

    @property
    def seconds(self) -> float:
        """Of the step: on the safe side where that fits, else at best."""
        assert self.load.times
        return self.load.times.step_s if self.sure else self.load.times.best_step_s


def cheapest(scenario: Scenario) -> list[Way]:
    """At most three, none of which does all that another does and more."""
    found = [*_asked_differently(scenario), *_settled(scenario), *_replicas(scenario)]
    chosen: list[Way] = []
    for way in sorted(found, key=_rank):
        if not any(set(other.changes) <= set(way.changes) for other in chosen):
            chosen.append(way)
    return chosen[:WAYS]


def _rank(way: Way) -> tuple[int, int, int, bool, int, float]:
    return (
        _PRICES.index(way.costs),
        way.replicas,
        len(way.risks),
        not way.sure,
        len(way.changes),
        way.seconds,
    )


def _asked_differently(scenario: Scenario) -> Iterator[Way]:
    for changes in combinations(scenario):
        way = _way(scenario, changes, made(changes, scenario.asking))
        if way is not None:
            yield way


def _way(scenario: Scenario, changes: Sequence[Change], asking: Asking) -> Way | None:
    """The way of these changes; None where it does not fit even at best."""
    found, budget = load(scenario, asking), scenario.budget_s
    if budget is None or found.times is None or not found.times.may_fit(budget):
        return None
    risks = [change.risk for change in changes if change.risk]
    names = [change.name for change in changes]
    sure = found.times.fits(budget)
    return Way(names, "quality" if risks else "nothing", risks, sure, scenario.step.replicas, found)


def _settled(scenario: Scenario) -> Iterator[Way]:
    """Fewer rollouts for the judge: how many fewer it would take."""
    share = _share_to_settle(scenario)
    if share is None:
        return
    name = f"{share:.0%} of the rollouts settled by code: gates on format, length, a label; repeated texts"
    asking = _with_settled(scenario.asking, share)
    risk = "a gate scores what it closes without a look at its content"
    yield Way([name], "quality", [risk], True, scenario.step.replicas, load(scenario, asking))


def _share_to_settle(scenario: Scenario) -> float | None:
    """In whole per cent, of what is judged now; None where the most is not enough."""

    def keeps(percent: int) -> bool:
        found = load(scenario, _with_settled(scenario.asking, percent / 100)).times
        return found is not None and scenario.budget_s is not None and found.fits(scenario.budget_s)

    percents = range(1, round(100 * MOST_SETTLED) + 1)
    place = bisect_left(percents, True, key=keeps)
    return percents[place] / 100 if place < len(percents) else None


def _with_settled(asking: Asking, share: float) -> Asking:
    return replace(asking, settled=1.0 - (1.0 - asking.settled) * (1.0 - share))


def _replicas(scenario: Scenario) -> Iterator[Way]:
    """More replicas: as it is asked now, after one change, and after all that costs nothing."""
    every = list(combinations(scenario))
    tried = [changes for changes in every if len(changes) == 1 or not any(one.risk for one in changes)]
    for changes in [(), *tried]:
        asking = made(changes, scenario.asking)
        needed = fewest_replicas(scenario, asking)
        if needed is not None and needed > scenario.step.replicas:
            names = [*(change.name for change in changes), f"{needed:,} replicas"]
            risks = [change.risk for change in changes if change.risk]
            yield Way(names, "hardware", risks, True, needed, load(scenario, asking, needed))
