"""A question's way through a fleet whose replicas each have a script of their own."""

import asyncio
import math
from collections.abc import Callable, Mapping
from functools import partial

import pytest

from judges.asking.attempts import Asking, job
from judges.backend import Backend, BackendError
from judges.caller import Caller
from judges.engine.fleet import Fleet
from judges.engine.job import FleetOptions
from judges.observer import Unobserved
from judges.request import Prompt, Reply, Request, Shared, Usage
from judges.retry import Retries
from rubrics.cause import Cause
from rubrics.outcome import Unscored
from rubrics.problems import ConfigError
from rubrics.verdict import Reading
from tests.judges.engine.fleets import named, now, virtually

YES = Reply("yes", [("yes", math.log(0.9)), ("no", math.log(0.1))])
GARBAGE = Reply("!!!!", [("!!!!", -0.001)])
ABSTAINS = Reply("Hmm", [("Hmm", math.log(0.9)), ("yes", math.log(0.05))])
DOWN = BackendError(Cause.JUDGE_UNREACHABLE, "no connection", retryable=True)

Script = Reply | Exception | Callable[[Request], Reply]


class Scripted:
    """A backend that always does the same."""

    def __init__(self, script: Script, seconds: float = 0.1) -> None:
        self.script = script
        self._seconds = seconds
        self.calls = 0

    async def __call__(self, request: Request) -> Reply:
        self.calls += 1
        await asyncio.sleep(self._seconds)
        if isinstance(self.script, Exception):
            raise self.script
        return self.script if isinstance(self.script, Reply) else self.script(request)

    async def aclose(self) -> None: ...


class Ledger(Unobserved):
    def __init__(self) -> None:
        self.retries: list[Cause] = []
        self.usages: list[Usage] = []

    def retried(self, cause: Cause) -> None:
        self.retries.append(cause)

    def replied(self, usage: Usage, _: float) -> None:
        self.usages.append(usage)


class Scene:
    """A fleet of scripted backends and one caller."""

    def __init__(
        self, scripts: Mapping[str, Script], limits: FleetOptions | None = None, **other: float
    ) -> None:
        self.backends = {name: Scripted(script, **other) for name, script in scripts.items()}
        self.fleet = Fleet({name: partial(self._open, name) for name in self.backends}, limits)
        self.ledger = Ledger()
        self.caller = Caller(math.inf)
        self.asking = Asking(self.fleet, Retries(random=lambda: 0.0), 5.0, self.ledger)

    def _open(self, name: str) -> Backend:
        return self.backends[name]

    async def ask(self, text: str = "a text", route: bytes = b"") -> Reading | Unscored:
        return await self.asking.ask(question(text, route), self.caller)

    @property
    def calls(self) -> dict[str, int]:
        return {name: backend.calls for name, backend in self.backends.items()}


def question(text: str = "a text", route: bytes = b"") -> Request:
    return Request(Prompt(Shared("system", text, route), "c"), ("yes", "no"))


@pytest.mark.parametrize("bad", [DOWN, GARBAGE, BackendError(Cause.JUDGE_TIMEOUT, "late", retryable=True)])
@virtually
async def test_p15_a_retry_goes_to_another_replica(bad: Script) -> None:
    for number in range(20):
        scene = Scene({"a": bad, "b": YES})
        outcome = await scene.ask(route=b"%d" % number)
        assert isinstance(outcome, Reading)
        assert max(scene.calls.values()) == 1
        assert scene.caller.tally.retried == len(scene.ledger.retries) == sum(scene.calls.values()) - 1


@virtually
async def test_p15_at_most_three_attempts_each_elsewhere_where_there_is_elsewhere() -> None:
    scene = Scene(dict.fromkeys("abcde", DOWN))
    with pytest.raises(BackendError, match="no connection"):
        await scene.ask()
    assert sorted(scene.calls.values()) == [0, 0, 1, 1, 1]
    alone = Scene({"a": DOWN})
    with pytest.raises(BackendError, match="no connection"):
        await alone.ask()
    assert alone.calls == {"a": 3}
    assert alone.caller.tally.calls == 3


@virtually
async def test_p12_an_attempt_ends_with_its_time_and_another_replica_is_asked() -> None:
    scene = Scene({"a": YES, "b": YES})
    scene.backends["a"]._seconds = scene.backends["b"]._seconds = 100.0
    begun = now()
    with pytest.raises(BackendError, match="no reply within 5 s"):
        await scene.ask()
    assert now() - begun == pytest.approx(15.0)
    assert [replica.in_flight for replica in scene.fleet.replicas] == [0, 0]


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (ConfigError("no model at models/judge"), "could not be opened: .*no model at models/judge"),
        (ConfigError("x" * 10_000), "could not be opened: .{0,30}x{100,400}$"),
        (ImportError("torch"), "could not be opened: ImportError"),
    ],
)
@virtually
async def test_a_backend_that_cannot_be_opened_is_a_failed_attempt(error: Exception, told: str) -> None:
    def broken() -> Backend:
        raise error

    good = Scripted(YES)
    fleet = Fleet({"a": broken, "b": lambda: good})
    asking = Asking(fleet, Retries(random=lambda: 0.0), 5.0, Unobserved())
    for number in range(20):
        assert isinstance(await asking.ask(question(route=b"%d" % number), Caller(math.inf)), Reading)
    assert named(fleet, "a").health.complaint == "failing"
    assert [replica.in_flight for replica in fleet.replicas] == [0, 0]
    alone = Asking(Fleet({"a": broken}), Retries(random=lambda: 0.0), 5.0, Unobserved())
    with pytest.raises(BackendError, match=told) as failure:
        await alone.ask(question(), Caller(math.inf))
    assert failure.value.cause is Cause.JUDGE_ERROR


@virtually
async def test_a_backends_bug_is_told_by_its_type_only() -> None:
    scene = Scene({"a": KeyError("a text that nobody should see")})
    with pytest.raises(BackendError) as failure:
        await scene.ask()
    assert failure.value.detail == "the backend raised KeyError"
    assert scene.calls == {"a": 1}


@virtually
async def test_p03_content_is_blamed_where_it_breaks_replicas_that_work() -> None:
    def script(request: Request) -> Reply:
        return GARBAGE if "poison" in request.prompt.shared.evidence else YES

    scene = Scene({"a": script, "b": script})
    for number in range(40):
        await scene.ask(f"text {number}", b"%d" % number)
    outcome = await scene.ask("poison")
    assert isinstance(outcome, Unscored)
    assert outcome.cause is Cause.CONTENT_BREAKS_JUDGE


@virtually
async def test_p03_content_is_not_blamed_where_one_of_the_replicas_does_not_work() -> None:
    def script(request: Request) -> Reply:
        return GARBAGE if "poison" in request.prompt.shared.evidence else YES

    scene = Scene({"a": script, "b": GARBAGE})
    for number in range(40):
        await scene.ask(f"text {number}", b"%d" % number)
    with pytest.raises(BackendError) as failure:
        await scene.ask("poison")
    assert failure.value.cause is Cause.JUDGE_GARBLED


@virtually
async def test_an_abstention_is_an_answer() -> None:
    scene = Scene({"a": ABSTAINS, "b": ABSTAINS})
    outcome = await scene.ask()
    assert isinstance(outcome, Unscored)
    assert outcome.cause is Cause.JUDGE_ABSTAINED
    assert sum(scene.calls.values()) == 1


@virtually
async def test_where_the_time_went_is_told() -> None:
    scene = Scene({"a": YES}, FleetOptions(ceiling=1), seconds=0.5)
    await asyncio.gather(*(scene.ask(f"text {number}") for number in range(3)))
    tally = scene.caller.tally
    assert (tally.calls, tally.retried) == (3, 0)
    assert tally.judge_s == pytest.approx(1.5)
    assert tally.queue_s == pytest.approx(0.5 + 1.0)
    assert len(scene.ledger.usages) == 3


@virtually
async def test_tokens_are_counted_as_the_judge_counts_them() -> None:
    dear = Reply("yes", YES.alternatives, usage=Usage(prompt=1_000, completion=1))
    scene = Scene({"a": dear}, FleetOptions(tokens_per_minute=60_000))
    begun = now()
    for number in range(121):  # a guess of two tokens each would let all of them go at once
        await scene.ask(f"text {number}")
    assert now() - begun == pytest.approx(120.0, rel=0.1)


@virtually
async def test_a_constant_answer_makes_a_replica_suspect() -> None:
    scene = Scene({"a": YES})
    for number in range(40):
        await scene.ask(f"text {number}")
    assert scene.fleet.replicas[0].health.suspect


def test_what_the_fleet_is_told_of_a_request() -> None:
    async def work(_: object) -> None: ...

    caller = Caller(math.inf)
    made = job(work, Request(Prompt(Shared("s" * 40, "e" * 400, b"route"), "q" * 4), ("yes", "no")), caller)
    assert (made.route, made.size, made.tokens) == (b"route", 444, 112)
    assert made.caller is caller


@virtually
async def test_p13_a_question_that_is_cancelled_frees_everything() -> None:
    scene = Scene({"a": YES, "b": DOWN}, seconds=50.0)
    tasks = [asyncio.create_task(scene.ask(f"text {number}", b"%d" % number)) for number in range(20)]
    await asyncio.sleep(3.0)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert all(task.cancelled() for task in tasks)
    assert [replica.calls for replica in scene.fleet.replicas] == [0, 0]
