"""What could be asked differently, each change with what it risks."""

from collections.abc import Iterator, Sequence
from itertools import product

import msgspec
from msgspec.structs import replace

from reward_server.load.capacity.asking import Asking, Regime, most_votes, reasons
from reward_server.load.capacity.scenario import Scenario

Family = Sequence["Change | None"]
"""Changes of which one at most is made; None makes none."""


class Change(msgspec.Struct, frozen=True):
    """One change of how questions are put."""

    name: str
    regime: Regime | None = None
    cached: bool | None = None
    votes: int | None = None
    one_token: bool = False
    risk: str | None = None
    """What it may cost in quality; None: nothing."""

    def made(self, asking: Asking) -> Asking:
        """The asking with this change."""
        return replace(
            asking,
            regime=self.regime or asking.regime,
            cached=asking.cached if self.cached is None else self.cached,
            votes=self.votes or asking.votes,
            one_token=self.one_token or asking.one_token,
        )


CACHE = Change("a prefix cache in the engine", cached=True)
LAST = Change("criterion last: the texts ahead of it, for the cache", regime="criterion_last")
LISTED = Change("`layout: listed` (compare verdicts first: gavel judge layouts)", regime="listed")
PACKED = Change(
    "packing, `mode: all`: one call for a rollout",
    regime="packed",
    risk="answers may depend on each other, and come without probabilities",
)
ONE_TOKEN = Change(
    "verdicts of one token", one_token=True, risk="the judge no longer reasons first: calibrate it again"
)


def combinations(scenario: Scenario) -> Iterator[Sequence[Change]]:
    """All that can be changed at once, the fewest changes first; nothing is not among them."""
    families = [_cache(scenario), _regimes(scenario), _words(scenario), _votes(scenario)]
    found = [tuple(change for change in each if change is not None) for each in product(*families)]
    yield from sorted((each for each in found if each), key=len)


def made(changes: Sequence[Change], asking: Asking) -> Asking:
    """The asking with all of them."""
    for change in changes:
        asking = change.made(asking)
    return asking


def _cache(scenario: Scenario) -> Family:
    return [None] if scenario.asking.cached else [None, CACHE]


def _regimes(scenario: Scenario) -> Family:
    later: dict[Regime, Family] = {
        "criterion_first": [None, LAST, LISTED, PACKED],
        "criterion_last": [None, LISTED, PACKED],
        "listed": [None, PACKED],
        "packed": [None],
    }
    return later[scenario.asking.regime]


def _words(scenario: Scenario) -> Family:
    """A quotation stays what it is, and a packed reply is as long as its answers."""
    asked = scenario.questions.profile(scenario.asking.regime).criteria
    verdicts = any(one.written is None for one in asked.values())
    wordy = (verdicts and scenario.step.decode_tokens > 1) or reasons(asked)
    return [None, ONE_TOKEN] if wordy and not scenario.asking.one_token else [None]


def _votes(scenario: Scenario) -> Family:
    votes = most_votes(scenario.questions.profile(scenario.asking.regime))
    fewer = [number for number in (3, 1) if number < votes]
    return [None, *(_fewer(number, votes) for number in fewer)]


def _fewer(votes: int, before: int) -> Change:
    name = f"{votes} vote{'s' if votes > 1 else ''} instead of {before}"
    return Change(name, votes=votes, risk="verdicts are noisier: an error of one vote stays")
