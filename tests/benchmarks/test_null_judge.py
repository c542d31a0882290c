"""The judge of the benchmarks does what the page says of it, or the figures mean nothing."""

import asyncio
import json
import time
from collections.abc import Iterator

import pytest

from benchmarks.judge_process import ledger, null_judge
from benchmarks.lean_http import Client
from benchmarks.null_judge.ledger import computed
from benchmarks.null_judge.replies import PROBE_BYTES
from benchmarks.null_judge.saying import saying
from benchmarks.null_judge.slots import Slots
from benchmarks.workload import ASKED, STATEMENTS, messages, samples
from judges.backends.openai import Openai
from judges.probe.canary import CANARIES
from judges.readout.reply import read

DELAY_S = 0.05


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with null_judge("--delay", str(DELAY_S), "--slots", "4") as (found,):
        yield found


def bodies(count: int) -> list[bytes]:
    found = [messages(sample, text) for sample in samples(count, 1) for text in STATEMENTS]
    return [json.dumps({**ASKED, "messages": each}).encode() for each in found[:count]]


async def asked(url: str, found: list[bytes]) -> list[dict[str, object]]:
    client = Client(f"{url}/chat/completions")
    answers = await asyncio.gather(*map(client.post, found))
    await client.aclose()
    return [json.loads(answer.body) for answer in answers]


async def test_calls_beyond_its_slots_wait_their_turn(url: str) -> None:
    ledger(url)
    started = time.perf_counter()
    await asked(url, bodies(10))
    # 10 calls, 4 at a time: three turns
    assert time.perf_counter() - started >= 3 * DELAY_S - 0.005
    counted = ledger(url)
    assert counted["calls"] == 10
    assert counted["p99_s"] >= 3 * DELAY_S - 0.005
    assert ledger(url)["calls"] == 0


async def test_equal_prompts_get_equal_verdicts_and_others_do_not(url: str) -> None:
    found = bodies(16)
    first, second = await asked(url, found), await asked(url, found)
    told = [reply["choices"] for reply in first]
    assert told == [reply["choices"] for reply in second]
    assert len({json.dumps(each) for each in told}) > 8


async def test_a_request_of_the_workload_is_no_probe() -> None:
    assert min(map(len, bodies(8))) > PROBE_BYTES


async def test_it_passes_for_a_judge(url: str) -> None:
    backend = Openai.model_validate({"base_url": url, "model": "null-judge"}).open()
    for request, right in CANARIES:
        reply = await backend(request)
        reading = read(reply, request.choices, request.form)
        assert reply.echoes
        assert max(reading.choices, key=reading.choices.__getitem__) == right  # type: ignore[union-attr]
    await backend.aclose()


async def test_it_says_what_another_library_wants_to_hear(url: str) -> None:
    (reply,) = await asked(saying(url, '{"met": true}'), bodies(1))
    assert reply["choices"][0]["message"]["content"] == '{"met": true}'  # type: ignore[index]


class Caller:
    """A call that remembers what became of it."""

    def __init__(self) -> None:
        self.gone = False
        self.finished = asyncio.Event()

    def start(self) -> None: ...

    def finish(self) -> None:
        self.finished.set()


async def test_a_caller_that_leaves_gives_its_slot_to_the_next() -> None:
    seconds = iter([3600.0, 0.0])
    slots, first, second = Slots(1, lambda: next(seconds)), Caller(), Caller()
    slots.enter(first)
    slots.enter(second)
    first.gone = True
    slots.leave(first)
    await asyncio.wait_for(second.finished.wait(), 5)
    assert not first.finished.is_set()


async def test_a_caller_that_leaves_the_line_takes_nobodys_slot() -> None:
    seconds = iter([0.01, 0.01])
    slots, first, second, third = Slots(1, lambda: next(seconds)), Caller(), Caller(), Caller()
    for call in (first, second, third):
        slots.enter(call)
    second.gone = True
    slots.leave(second)
    await asyncio.wait_for(third.finished.wait(), 5)
    assert first.finished.is_set()
    assert not second.finished.is_set()


def test_prefill_is_what_caches_leave_to_compute() -> None:
    text = "x" * 632  # with `"messages":` 643 bytes, 161 tokens: ten whole blocks of 16 and one token over
    first, second = (b'"messages":' + text.encode() for _ in range(2))
    assert computed([(0, first), (0, second)]) == 161 + 1
    assert computed([(0, first), (1, second)]) == 2 * 161
