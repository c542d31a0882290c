"""A fleet that was healthy, then suffers, and is healthy again."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence

from judges.grade import grade
from judges.judge import Judge
from rubrics.rubric import Rubric
from tests.judges.faults.making import CRITERIA, RUBRIC_FILE, failed, judge_at, lies, rollouts_of, verdicts_of
from tests.judges.faults.matrix import Scope
from tests.judges.faults.modes.mode import Mode
from tests.judges.faults.reply import honest
from tests.judges.faults.server import FaultyJudge, JudgeHouse

CONNECTIONS = 16
ONE = Rubric.model_validate({**RUBRIC_FILE, "criteria": RUBRIC_FILE["criteria"][:1]})


@contextlib.asynccontextmanager
async def suffering(
    house: JudgeHouse, mode: Mode, scope: Scope, elsewhere: str = "", texts: int = 1, **options: object
) -> AsyncIterator[tuple[Judge, Sequence[FaultyJudge]]]:
    """Judge healthily first, so that it is known what the endpoints can do; suffer in the block; recover."""
    with contextlib.ExitStack() as opened:
        fleet = [opened.enter_context(house.judge(honest)) for _ in range(scope.faulty + scope.healthy)]
        judge = judge_at(*fleet, **{"max_concurrency": CONNECTIONS, **options})
        await acquaint(judge, fleet)
        await assert_healthy(judge, "before", 1)
        fleet.sort(key=lambda each: -each.asked["before0", "c1"])  # a group stays where it was
        for each in fleet[: scope.faulty]:
            each.elsewhere, each.strikes, each.behave = elsewhere, scope.strikes, mode.behave
        yield judge, fleet
        assert sum(each.struck for each in fleet) > 0, f"{mode} {scope}: nothing was put to the test"
        for each in fleet:
            each.behave = None
        await assert_recovered(judge, fleet, texts)
        await judge.aclose()


async def acquaint(judge: Judge, fleet: Sequence[FaultyJudge]) -> None:
    """Let every replica answer once: it is known then that its replies carry ids."""
    for number in range(100):
        if all(each.asked for each in fleet):
            return
        rollouts = rollouts_of([f"hello{number}"], prompt=f"post {number}")
        await grade(ONE, rollouts[0], judge)  # on a busy machine one may be too slow: another follows
    raise AssertionError("a replica is never asked")


async def assert_recovered(
    judge: Judge, fleet: Sequence[FaultyJudge], texts: int, connections: int = CONNECTIONS
) -> None:
    """Every call succeeds from now on, over no more connections than there are calls at once.

    But for those of hedged calls (promise 16: 5 % at most), of which one is closed.
    """
    before = [each.connections for each in fleet]
    await assert_healthy(judge, "after", texts)
    opened = [each.connections - was for each, was in zip(fleet, before, strict=True)]
    assert max(opened) <= connections + 1 + texts * len(CRITERIA) // 20
    assert max(len(each.open) for each in fleet) <= connections


async def assert_healthy(judge: Judge, name: str, texts: int) -> None:
    """Every verdict on these new texts is there, and true."""
    found = await verdicts_of(judge, [f"{name}{number}" for number in range(texts)])
    assert lies(found) == []
    assert failed(found) == {}


async def is_idle(fleet: Sequence[FaultyJudge], within_s: float = 1.0) -> bool:
    """Whether nothing is in flight at any judge by then."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(within_s):
            while any(judge.in_flight for judge in fleet):  # noqa: ASYNC110 - counted in another thread
                await asyncio.sleep(0.005)
    return not any(judge.in_flight for judge in fleet)
