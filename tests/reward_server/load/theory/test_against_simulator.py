"""The load tester measures simulated judges whose figures are known beforehand."""

import asyncio
from contextlib import ExitStack
from dataclasses import dataclass
from statistics import fmean

import pytest

from reward_server.load.driver import drive
from reward_server.load.figures.summary import report
from reward_server.load.report import PhaseFigures, Report
from reward_server.load.schedule import Schedule
from reward_server.load.sweep import Sweep
from rubrics.cause import Cause
from tests.reward_server.load.theory.queueing import throughput
from tests.reward_server.load.theory.settings import SETTINGS, SLOTS, Service, Setting, options, running

pytestmark = pytest.mark.soak

LOADS = [9, 10, 11, 20]
CLOSED = Schedule(loads=LOADS, seconds=4.0, warmup_s=0.5)
STEP_CALLS = 320
TRIES = 3
TOLERANCE = 0.1


@dataclass(frozen=True)
class Found:
    closed: Report
    burst: Report

    @property
    def saturated(self) -> PhaseFigures:
        return self.closed.phases[-1]

    @property
    def limited(self) -> bool:
        """Whether the load tester says that it could not measure, as on a machine that others use."""
        return any(phase.client_limited for each in (self.closed, self.burst) for phase in each.phases)


async def measured(setting: Setting, url: str, run: int) -> Found:
    """`run` makes its prompts new to the judge's prefix cache."""
    closed = await drive(setting.target(url, 2 * run), CLOSED)
    rollouts = STEP_CALLS // closed.target.questions
    burst = Schedule(shape="burst", loads=[rollouts], warmup_s=1.0)  # opens the connections
    return Found(report(closed), report(await drive(setting.target(url, 2 * run + 1), burst)))


async def all_measured() -> dict[str, Found]:
    """All at the same time, as none is much work for the client; again what it says it could not measure."""
    found: dict[str, Found] = {}
    with ExitStack() as judges:
        urls = {setting.name: judges.enter_context(running(setting)) for setting in SETTINGS}
        for run in range(TRIES):
            left = [each for each in SETTINGS if each.name not in found or found[each.name].limited]
            measuring = (measured(each, urls[each.name], run) for each in left)
            found |= zip((each.name for each in left), await asyncio.gather(*measuring), strict=True)
    return found


@pytest.fixture(scope="module")
def figures() -> dict[str, Found]:
    found = asyncio.run(all_measured())
    limited = [name for name, each in found.items() if each.limited]
    assert not limited, f"this machine has no time to measure {limited}: the load tester says so itself"
    return found


each_setting = pytest.mark.parametrize("setting", SETTINGS, ids=lambda setting: setting.name)


async def expected(setting: Setting) -> list[Service]:
    return await setting.services(STEP_CALLS // await questions(setting))


async def questions(setting: Setting) -> int:
    """Calls that a rollout takes."""
    target = setting.target("http://127.0.0.1:1/v1")
    await target.open()
    return target.described.questions


@each_setting
async def test_throughput_is_recovered(setting: Setting, figures: dict[str, Found]) -> None:
    service = fmean(each.seconds for each in await expected(setting))
    found = figures[setting.name].saturated
    served = throughput(LOADS[-1], SLOTS, service)
    assert found.calls_s == pytest.approx(served / (1 - setting.failing), rel=TOLERANCE)
    assert found.rollouts_s is not None
    assert found.rollouts_s * await questions(setting) == pytest.approx(served, rel=TOLERANCE)


@each_setting
async def test_latency_beyond_the_knee_is_littles(setting: Setting, figures: dict[str, Found]) -> None:
    found = figures[setting.name].saturated
    assert found.latency is not None
    assert found.calls_s is not None
    failing = setting.failing
    # calls that fail at once are not timed, and hold no place among those in flight
    assert found.latency.mean == pytest.approx(20 / found.calls_s / (1 - failing), rel=TOLERANCE)


@each_setting
async def test_the_knee_is_at_the_slots(setting: Setting, figures: dict[str, Found]) -> None:
    closed = figures[setting.name].closed
    assert closed.knee is not None, closed.no_knee
    assert closed.knee.load == pytest.approx(SLOTS, rel=TOLERANCE)


@each_setting
async def test_a_step_takes_as_long_as_predicted(setting: Setting, figures: dict[str, Found]) -> None:
    (burst,) = figures[setting.name].burst.phases
    assert burst.step_s == pytest.approx(setting.step(await expected(setting)), rel=TOLERANCE)


@each_setting
async def test_tokens_and_the_cache_are_recovered(setting: Setting, figures: dict[str, Found]) -> None:
    services = await expected(setting)
    prompt, cached = (sum(getattr(s, name) for s in services) for name in ("prompt_tokens", "cached_tokens"))
    found = figures[setting.name].saturated
    assert found.cache_hit_rate == pytest.approx(cached / prompt, abs=0.02)
    assert found.tokens_s.prefill is not None
    assert found.calls_s is not None
    computed = found.calls_s * (1 - setting.failing) * (prompt - cached) / len(services)
    assert found.tokens_s.prefill == pytest.approx(computed, rel=TOLERANCE)


@each_setting
async def test_failures_are_those_that_were_configured(setting: Setting, figures: dict[str, Found]) -> None:
    found = figures[setting.name].saturated
    # 1,000 calls: the standard deviation of a share of 20 % is 1.3 points
    assert sum(found.failures.values()) == pytest.approx(setting.failing, abs=0.05)


def test_the_judge_is_named_as_the_limit(figures: dict[str, Found]) -> None:
    assert figures["constant"].closed.limit.who == "judge"


async def test_a_sweep_finds_the_knee_by_itself() -> None:
    """Service times that vary a little, as equal ones come back in waves that a second cuts anywhere."""
    setting = Setting("sweep", options(ttft=0.1, jitter="lognormal:0.2"))
    sweep = Schedule(sweep=Sweep(start=3, resolution=1.15), seconds=2.5, warmup_s=0.3)
    with running(setting) as url:
        for run in range(TRIES):
            found = report(await drive(setting.target(url, run), sweep))
            if not any(phase.client_limited for phase in found.phases):
                break
    assert found.knee is not None, found.no_knee
    assert found.knee.load == pytest.approx(SLOTS, rel=TOLERANCE)
    assert found.knee.calls_s == pytest.approx(SLOTS / 0.1, rel=TOLERANCE)


FAULTS = "http500:0.1,garbage:0.06,disconnect:0.05,abstain:0.08,refusal:0.03,http429:0.04"
SHARES = {
    Cause.JUDGE_ERROR: 0.1,
    Cause.JUDGE_GARBLED: 0.06,
    Cause.JUDGE_UNREACHABLE: 0.05,
    Cause.JUDGE_RATE_LIMITED: 0.04,
    Cause.JUDGE_REFUSED: 0.03,
}


async def test_faults_are_told_in_the_shares_that_were_configured() -> None:
    """Of 3,000 calls the greatest share has a standard deviation of 0.55 points."""
    setting = Setting("faults", options(slots=64, ttft=0.005, fault=FAULTS))
    with running(setting) as url:
        burst = Schedule(shape="burst", loads=[3_000], in_flight=32, warmup_s=0.0)
        (found,) = report(await drive(setting.target(url), burst)).phases
    assert found.failures == pytest.approx(SHARES, abs=0.02)
    assert found.abstained == pytest.approx(0.08, abs=0.02)
