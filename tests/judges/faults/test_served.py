"""Faults end to end: batches over HTTP, a real `gavel serve`, a judge that misbehaves on some texts."""

import re
import time
from collections.abc import Awaitable, Iterator, Sequence
from pathlib import Path

import pytest

from rubrics.cause import Cause
from tests.judges.faults.making import EVIDENCE, SECRET, failed, indiscreet, lies
from tests.judges.faults.modes.every import BY_NAME, FAST, SLOW
from tests.judges.faults.modes.mode import Mode
from tests.judges.faults.reply import honest
from tests.judges.faults.server import Call, FaultyJudge, JudgeHouse
from tests.judges.faults.serving import batch_of, judged, serve_over
from tests.reward_server.http.serving import Served

pytestmark = pytest.mark.soak

SAMPLE = [mode for number, mode in enumerate(FAST) if number % 5 == 0]
PARTS = [SAMPLE[start : start + 20] for start in range(0, len(SAMPLE), 20)]
BOTTOMLESS = [
    mode
    for mode in FAST
    if mode.name.startswith(("endless", "gzip_bomb", "body_nested", "refuses_at", "too_long"))
]
MEMORY_MB = 400
"""Promise 19: what the server may take at most, whatever it is sent."""


def _by_its_text(call: Call) -> Awaitable[None] | None:
    """Suffer what the text's name says, on the second criterion."""
    text, criterion = call.key
    mode = BY_NAME.get(text.partition("__")[0])
    return (mode.behave if mode is not None and criterion == "c2" else honest)(call)


@pytest.fixture(scope="module")
def endpoint(house: JudgeHouse) -> Iterator[FaultyJudge]:
    with house.judge(honest) as canary, house.judge(_by_its_text, elsewhere=canary.base_url) as endpoint:
        yield endpoint
        assert canary.connections == 0


@pytest.fixture(scope="module")
def served(endpoint: FaultyJudge, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serve_over(endpoint.base_url, tmp_path_factory.mktemp("served")) as served:
        served.post(batch_of(["healthy"]))  # so that it is known that ids are echoed
        yield served
        log = served.log.read_text()
        assert EVIDENCE[:20] not in log
        assert SECRET not in log


def test_p12_slow_judges_do_not_delay_the_answer(served: Served) -> None:
    names = [mode.name for mode in SLOW] + ["sibling1", "sibling2"]
    started = time.monotonic()
    response = served.post(batch_of(names, deadline_s=1.5))
    seconds = time.monotonic() - started
    found = judged(response.content)
    causes = failed(found)
    assert set(causes) == {(mode.name, "c2") for mode in SLOW}
    assert all(causes[mode.name, "c2"] in {Cause.DEADLINE, *mode.causes} for mode in SLOW)
    assert lies(found) == []
    assert seconds < 1.5 + 0.25


@pytest.mark.parametrize("part", PARTS, ids=lambda part: part[0].name)
def test_p04_faults_of_one_rollout_are_its_own(served: Served, part: Sequence[Mode]) -> None:
    names = [name for mode in part for name in (mode.name, f"sibling_of_{mode.name}"[:40])]
    response = served.post(batch_of(names, deadline_s=60))  # storms leave the judge few calls at a time
    assert response.status_code == 200
    found = judged(response.content)
    assert lies(found) == []
    assert indiscreet(found) == []
    causes = failed(found)
    assert {where: cause for where, cause in causes.items() if where[1] != "c2"} == {}
    wrong = {
        mode.name: causes.get((mode.name, "c2"))
        for mode in part
        if (causes.get((mode.name, "c2")) or None) not in _allowed(mode)
    }
    assert wrong == {}
    assert not [text for text, _ in causes if text.startswith("sibling")]


def _allowed(mode: Mode) -> set[Cause | None]:
    return {*mode.causes, None} if mode.may_be_true else set(mode.causes)


def test_p19_memory_stays_bounded_whatever_a_judge_sends(served: Served) -> None:
    names = [f"{mode.name}__{number}"[:40] for mode in BOTTOMLESS for number in range(4)]
    response = served.post(batch_of(names))
    found = judged(response.content)
    assert set(failed(found)) == {(name, "c2") for name in names}
    assert lies(found) == []
    assert _peak_mb(served.pid) < MEMORY_MB


def _peak_mb(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text()
    peak = re.search(r"VmHWM:\s+(\d+) kB", status)
    assert peak is not None
    return int(peak[1]) / 1024
