"""A panel under any delays and failures, in virtual time: the same verdicts, and nothing left in flight."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from judges.backend import BackendError
from judges.backends.scripted import ScriptedBackend, answer, text
from judges.cache.memory import Memory
from judges.deadline import within
from judges.engine.job import FleetOptions
from judges.grade import grade
from judges.judge import Judge
from judges.request import Reply, Request
from judges.retry import Retries
from rubrics.cause import Cause
from rubrics.completion import Completion
from rubrics.outcome import Outcome, Score, Unscored
from rubrics.rollout import Json, Rollout
from rubrics.rubric import Rubric
from tests.judges.virtual_time import simulate

STATED: list[Json] = [
    {"id": "clear", "ask": "It is clear."},
    {"id": "rude", "ask": "It is rude.", "weight": -2, "samples": 2},
    {"id": "shown", "ask": "It is shown.", "evidence": "quote"},
    {"id": "gate", "ask": "It is on topic.", "gate": {"else": 0}},
]
ROLLOUT = Rollout(id="r", completion=Completion("a passage to quote"), prompt="p")
FAILURES = (Cause.JUDGE_TIMEOUT, Cause.JUDGE_REJECTED)


def rubric(judge: dict[str, Json]) -> Rubric:
    return Rubric.model_validate({"schema": "rubric/v1", "id": "r", "judge": judge, "criteria": STATED})


class Crowd:
    """Backends that answer by the question alone, each in its own time, and count what they have in hand."""

    def __init__(self, delay: Callable[[], float], failing: frozenset[int] = frozenset()) -> None:
        self.in_hand = 0
        self.asked = 0
        self._delay = delay
        self._failing = failing

    def judge(self, number: int, cache: Memory | None = None) -> Judge:
        async def script(request: Request) -> Reply:
            self.asked += 1
            self.in_hand += 1
            try:
                await asyncio.sleep(self._delay())
            finally:
                self.in_hand -= 1
            return self._reply(number, request)

        limits = FleetOptions(hedged=False)
        return Judge(ScriptedBackend(script), limits=limits, retries=Retries(1), cache=cache)

    def _reply(self, number: int, request: Request) -> Reply:
        draw = (len(request.prompt.question) * 7 + number * 5 + request.sample * 3) % 10
        if draw in self._failing:
            raise BackendError(FAILURES[draw % 2], "by the script")
        if request.menus:
            said = {name: choices[draw % len(choices)] for name, choices in request.menus}
            return text(msgspec.json.encode(said).decode())
        return answer("yes", 0.05 + draw / 10) if request.choices else text("a passage")


async def graded(found: Rubric, crowd: Crowd, judges: int) -> Outcome:
    async with AsyncExitStack() as closing:
        panel = [crowd.judge(number) for number in range(judges)]
        for judge in panel:
            closing.push_async_callback(judge.aclose)
        return await grade(found, ROLLOUT, panel)


@settings(max_examples=40, deadline=None)
@given(
    delays=st.lists(st.floats(0, 3), min_size=1, max_size=12),
    failing=st.frozensets(st.integers(0, 9), max_size=3),
    judges=st.integers(1, 3),
    samples=st.integers(1, 3),
    reduce=st.sampled_from(["mean", "majority", "min"]),
    least=st.none() | st.integers(1, 3),
    how=st.sampled_from([{}, {"mode": "all"}, {"mode": {"batch": 2}}, {"reason_first": True}]),
)
def test_p07_delays_change_no_verdict(
    delays: Sequence[float],
    failing: frozenset[int],
    judges: int,
    samples: int,
    reduce: str,
    least: int | None,
    how: dict[str, Json],
) -> None:
    found = rubric({"samples": samples, "reduce": reduce, "min_votes": least, **how})
    turns = iter(range(10**6))
    late = Crowd(lambda: delays[next(turns) % len(delays)], failing)
    at_once = Crowd(lambda: 0.0, failing)
    assert simulate(graded(found, late, judges)) == simulate(graded(found, at_once, judges))
    assert (late.in_hand, late.asked) == (0, at_once.asked)


@pytest.mark.parametrize("how", [{}, {"mode": "all"}, {"reason_first": True}])
@pytest.mark.parametrize("after", [0.5, 1.5, 2.5, 3.5])
def test_p13_whoever_leaves_leaves_nothing_in_flight(how: dict[str, Json], after: float) -> None:
    crowd = Crowd(lambda: 1.0)

    async def cancelled() -> None:
        work = asyncio.create_task(
            graded(rubric({"samples": 5, "reduce": "majority", **how}), crowd, 2), name="grading"
        )
        await asyncio.sleep(after)
        assert crowd.in_hand > 0
        work.cancel()
        with pytest.raises(asyncio.CancelledError):
            await work
        asked = crowd.asked
        await asyncio.sleep(10)
        assert (crowd.in_hand, crowd.asked) == (0, asked)

    simulate(cancelled())


@pytest.mark.parametrize(
    ("seconds", "calls"),
    [(0.5, 1), (1.5, 2), (2.5, 3)],  # while it reasons, answers, quotes
)
def test_p12_a_deadline_inside_a_course_leaves_no_verdict_and_nothing_kept(
    seconds: float, calls: int
) -> None:
    shown = Rubric.model_validate(
        {"schema": "rubric/v1", "id": "r", "judge": {"reason_first": True}, "criteria": STATED[2:3]}
    )
    crowd = Crowd(lambda: 1.0)

    async def late() -> None:
        judge = crowd.judge(1, Memory(2**20, 60.0))
        with within(seconds):
            outcome = await grade(shown, ROLLOUT, judge)
        assert isinstance(outcome, Unscored)
        assert outcome.cause is Cause.DEADLINE
        assert (crowd.in_hand, crowd.asked) == (0, calls)
        assert isinstance(await grade(shown, ROLLOUT, judge), Score)
        assert crowd.asked == calls + 3
        await judge.aclose()

    simulate(late())
