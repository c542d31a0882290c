"""The store of answers, by key or by content: bounded by age and by bytes."""

import asyncio
from collections.abc import Callable, Coroutine

import pytest

from reward_server.http.idempotency import OVERHEAD, Answer, Idempotency
from reward_server.wire.status import RequestError

Work = Callable[[], Coroutine[object, object, Answer]]


class Clock:
    """A clock that a test moves."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def answering(answer: bytes, calls: list[bytes], *, whole: bool = True) -> Work:
    async def work() -> Answer:
        calls.append(answer)
        return Answer(answer, whole)

    return work


async def test_an_answer_is_kept_for_its_time_and_no_longer() -> None:
    clock, calls = Clock(), list[bytes]()
    store = Idempotency(max_age_s=600, clock=clock)
    for clock.now in (0.0, 599.0, 601.0):
        assert (await store.run("key", b"body", answering(b"answer", calls))).body == b"answer"
    assert len(calls) == 2


async def test_after_its_time_a_key_may_get_another_body() -> None:
    clock = Clock()
    store = Idempotency(max_age_s=600, clock=clock)
    await store.run("key", b"body", answering(b"1", []))
    with pytest.raises(RequestError, match="another body"):
        await store.run("key", b"other", answering(b"2", []))
    clock.now = 601.0
    assert (await store.run("key", b"other", answering(b"2", []))).body == b"2"


async def test_the_oldest_answers_make_room() -> None:
    calls = list[bytes]()
    store = Idempotency(max_bytes=3 * (1000 + OVERHEAD))
    for name in "abcde":
        await store.run(name, b"body", answering(name.encode() * 1000, calls))
    calls.clear()
    for name in "edc":
        await store.run(name, b"body", answering(name.encode() * 1000, calls))
    assert not calls
    await store.run("a", b"body", answering(b"a" * 1000, calls))
    assert len(calls) == 1


async def test_work_under_way_is_never_dropped_for_room() -> None:
    store = Idempotency(max_bytes=0)
    release = asyncio.Event()
    calls = list[int]()

    async def slow() -> Answer:
        calls.append(1)
        await release.wait()
        return Answer(b"slow")

    first = asyncio.create_task(store.run("slow", b"body", slow))
    await store.run("other", b"body", answering(b"x", []))
    await store.run("another", b"body", answering(b"x", []))
    second = asyncio.create_task(store.run("slow", b"body", slow))
    await asyncio.sleep(0)
    release.set()
    assert [await first, await second] == [Answer(b"slow"), Answer(b"slow")]
    assert len(calls) == 1


async def test_p08_the_time_of_an_answer_begins_when_it_is_there() -> None:
    clock, calls = Clock(), list[bytes]()

    async def slow() -> Answer:
        clock.now = 700.0
        calls.append(b"answer")
        return Answer(b"answer")

    store = Idempotency(max_age_s=600, clock=clock)
    await store.run("key", b"body", slow)
    clock.now = 1299.0
    assert (await store.run("key", b"body", slow)).body == b"answer"
    assert len(calls) == 1


async def test_p19_answers_that_come_together_do_not_exceed_the_bytes() -> None:
    store = Idempotency(max_bytes=10_000)
    work = answering(b"x" * 4_000, [])
    await asyncio.gather(*(store.run(f"key-{n}", b"body", work) for n in range(20)))
    assert store.held <= 10_000


async def test_an_answer_with_gaps_is_kept_for_a_key_and_not_for_a_content() -> None:
    for store, times in ((Idempotency(), 1), (Idempotency(whole_only=True), 2)):
        calls = list[bytes]()
        for _ in range(2):
            await store.run("key", b"body", answering(b"gaps", calls, whole=False))
        assert len(calls) == times
        assert ("key" in store) is (times == 1)


async def test_an_answer_with_gaps_takes_no_room() -> None:
    store = Idempotency(whole_only=True)
    await store.run("key", b"body", answering(b"gaps", [], whole=False))
    assert store.held == 0
