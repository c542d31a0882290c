"""Stores with known numbers for pages to show."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from msgspec.structs import replace

from judges.call import Call
from judges.request import Usage
from reward_server.alarms.alarm import Alarm
from reward_server.alarms.rounds import Round
from reward_server.alarms.table import write_alarms, write_rounds
from reward_server.dashboard.sources import Sources
from reward_server.engine.row import rows
from reward_server.report.markup import Markup, joined
from reward_server.store.database import open_to_write
from reward_server.store.entry import Entry, entry
from reward_server.store.reading import Store
from reward_server.wire.origin import Origin
from rubrics.cause import Cause
from rubrics.outcome import Score
from rubrics.rollout import Group
from rubrics.verdict import Verdict
from tests.reward_server import storing
from tests.reward_server.making import rollout_of
from tests.reward_server.storing import TIMING, scored

HOSTILE = "\"><script>alert(1)</script>\u202e<img src=x onerror='alert(2)'>"
"""For names and texts."""
two = cache(storing.two)
"""One reward function for all steps: it is read from YAML."""


def step(run: str, number: int, *values: tuple[float | None, float | None], group: str = "g") -> Entry:
    """A group of rollouts with these values of `a` and `b`, which weigh 3/4 and 1/4."""
    return scored(two(), {group: [{"a": a, "b": b} for a, b in values]}, Origin(None, run, number))


def judged(
    origin: Origin, *rollouts: Sequence[Verdict], labels: Sequence[Mapping[str, bool]] = (), text: str = "t"
) -> Entry:
    """A group of rollouts with these verdicts, and with these labels in their metadata."""
    function = two()
    told = labels or [{}] * len(rollouts)
    members = [
        rollout_of(f"g/{number}", text, metadata={"labels": dict(each)}) for number, each in enumerate(told)
    ]
    found = [Score(0.5, None, tuple(verdicts)) for verdicts in rollouts]
    group = rows(function, Group("g", members), {"a": [Score(1.0)] * len(rollouts), "b": found})
    made = entry(function, group, (), TIMING, origin)
    criteria = list(dict.fromkeys(verdict.criterion for verdicts in rollouts for verdict in verdicts))
    described = replace(made.scorer.description, criteria=criteria)
    return made._replace(scorer=replace(made.scorer, description=described, version="judged"))


def verdict(criterion: str, value: float | None, weight: float = 1.0) -> Verdict:
    """Met or not, or not answered."""
    if value is None:
        return Verdict(criterion=criterion, weight=weight, cause=Cause.JUDGE_TIMEOUT)
    return Verdict(criterion=criterion, value=value, weight=weight, choice="met" if value else "unmet")


def call(name: str, seconds: float = 0.5, *, cause: Cause | None = None, cached: int = 0) -> Call:
    """A call of 100 prompt tokens and 2 of the reply."""
    usage = Usage(prompt=100, cached=cached, completion=2)
    return Call(name=name, how="called", started=0.0, seconds=seconds, usage=usage, cause=cause)


def alarm(name: str = "length_collapse", **fields: object) -> Alarm:
    """One that is raised since step 2, unless it says otherwise."""
    usual: dict[str, object] = {
        "subject": "",
        "level": "warning",
        "seen": "a median of 20 words",
        "numbers": {"median": 20.0},
        "advice": "read some of them",
        "since": 2,
        "raised": 3,
        "last": 4,
        "rollouts": [1, 2],
    }
    return Alarm(name=name, **{**usual, **fields})  # type: ignore[arg-type]


def canary(at_step: int, found: float, asked: int = 20, criterion: str = "c", **fields: object) -> Round:
    return Round(
        kind="canary",
        judge="main",
        criterion=criterion,
        step=at_step,
        at=0.0,
        asked=asked,
        found=found,
        **fields,  # type: ignore[arg-type]
    )


def anchor(at_step: int, found: float, criterion: str = "c") -> Round:
    """Ten anchors that moved by `found`, and by 0.05 at the retest."""
    return Round(
        kind="anchor",
        judge="main",
        criterion=criterion,
        step=at_step,
        at=0.0,
        asked=10,
        found=found,
        retest=0.05,
        excess=found - 0.05,
        error=0.01,
    )


def raise_alarms(path: Path, *alarms: Alarm, run: int = 1) -> None:
    """Have these be a run's alarms."""
    db = open_to_write(path)
    write_alarms(db, run, 0, alarms)
    db.close()


def probe(path: Path, *rounds: Round, run: int = 1) -> None:
    """Have these be the probes of a run's judges."""
    db = open_to_write(path)
    write_rounds(db, run, rounds)
    db.close()


@contextmanager
def sources(path: Path) -> Iterator[Sources]:
    """A store as a report reads it: no server stands behind."""
    store = Store(path)
    try:
        yield Sources(store)
    finally:
        store.close()


def inert(pieces: Iterator[Markup]) -> str:
    """A page's body, in which nothing of HOSTILE is markup."""
    text = joined(pieces)
    assert "<script" not in text
    assert "<img" not in text
    assert "\u202e" not in text
    return text
