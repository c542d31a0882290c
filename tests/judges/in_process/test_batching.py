"""Calls that wait go through the model together; each gets its own answer, its own failure, its own end."""

import asyncio
import threading
from collections.abc import Sequence

import pytest

from judges.backend import BackendError
from judges.in_process.batching import BatchingBackend
from judges.in_process.model import Asked
from judges.request import Form, Prompt, Reply, Request, Shared
from rubrics.cause import Cause


class Scribe:
    """A model that repeats the question, and remembers with which others it was asked."""

    def __init__(self, *, gated: bool = False) -> None:
        self.passes: list[list[str]] = []
        self.threads: set[int] = set()
        self.closed = False
        self.gate = threading.Event()
        self.begun = threading.Semaphore(0)
        if not gated:
            self.gate.set()

    def encode(self, requests: Sequence[Request]) -> list[Asked | BackendError]:
        return [self._encoded(request) for request in requests]

    def _encoded(self, request: Request) -> Asked | BackendError:
        if request.prompt.question == "unreadable":
            return BackendError(Cause.JUDGE_REJECTED, "unreadable")
        if request.prompt.question == "breaks the tokenizer":
            raise RuntimeError
        return Asked(request, list(request.prompt.question.encode()))

    def answer(self, asked: Sequence[Asked]) -> list[Reply]:
        self.threads.add(threading.get_ident())
        self.passes.append([each.request.prompt.question for each in asked])
        self.begun.release()
        assert self.gate.wait(10)
        if any(each.request.prompt.question == "poison" for each in asked):
            raise MemoryError
        return [Reply(each.request.prompt.question) for each in asked]

    def close(self) -> None:
        self.closed = True


def request(question: str, evidence: str = "", form: Form = "token") -> Request:
    return Request(Prompt(Shared("system", evidence), question), ("yes", "no"), form=form)


async def begun(model: Scribe) -> None:
    """Wait until the model works on a pass."""
    await asyncio.to_thread(model.begun.acquire)


async def test_what_waits_goes_together_and_each_gets_its_own_answer() -> None:
    model = Scribe()
    backend = BatchingBackend(model, 32, 1000)
    replies = await asyncio.gather(*(backend(request(str(number))) for number in range(40)))
    assert [reply.text for reply in replies] == [str(number) for number in range(40)]
    assert list(map(len, model.passes)) == [32, 8]
    await backend.aclose()


async def test_while_one_batch_is_computed_the_next_gathers_and_the_loop_is_free() -> None:
    model = Scribe(gated=True)
    backend = BatchingBackend(model, 32, 1000)
    first = asyncio.create_task(backend(request("first")))
    await begun(model)
    later = [asyncio.create_task(backend(request(name))) for name in ("a", "b", "c")]
    await asyncio.sleep(0)  # the loop turns although the model works
    assert not first.done()
    model.gate.set()
    await asyncio.gather(first, *later)
    assert model.passes == [["first"], ["a", "b", "c"]]
    assert threading.get_ident() not in model.threads
    assert len(model.threads) == 1
    await backend.aclose()


async def test_those_that_begin_like_the_oldest_go_with_it() -> None:
    model = Scribe()
    backend = BatchingBackend(model, 2, 1000)
    asked = [request("1", "A"), request("2", "B"), request("3", "A"), request("4", "B")]
    await asyncio.gather(*map(backend, asked))
    assert model.passes == [["1", "3"], ["2", "4"]]
    await backend.aclose()


async def test_a_pass_holds_so_many_tokens() -> None:
    model = Scribe()
    backend = BatchingBackend(model, 32, 10)
    await asyncio.gather(*(backend(request(name * 5)) for name in "abc"))
    assert model.passes == [["aaaaa", "bbbbb"], ["ccccc"]]
    await backend.aclose()


async def test_forms_are_not_mixed() -> None:
    model = Scribe()
    backend = BatchingBackend(model, 32, 1000)
    await asyncio.gather(backend(request("a")), backend(request("b", form="text")), backend(request("c")))
    assert model.passes == [["a", "c"], ["b"]]
    await backend.aclose()


async def test_p12_a_cancelled_call_leaves_the_batch_it_waits_for() -> None:
    model = Scribe(gated=True)
    backend = BatchingBackend(model, 32, 1000)
    running = asyncio.create_task(backend(request("running")))
    await begun(model)
    waiting = [asyncio.create_task(backend(request(name))) for name in ("gone", "stays")]
    await asyncio.sleep(0)
    running.cancel()
    waiting[0].cancel()
    model.gate.set()
    outcomes = await asyncio.gather(running, *waiting, return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [asyncio.CancelledError, asyncio.CancelledError, Reply]
    assert model.passes == [["running"], ["stays"]]
    await backend.aclose()


async def test_a_call_cancelled_between_two_passes_of_its_batch_is_dropped() -> None:
    model = Scribe(gated=True)
    backend = BatchingBackend(model, 32, 10)
    tasks = [asyncio.create_task(backend(request(name * 5))) for name in "abcd"]
    await begun(model)
    tasks[2].cancel()
    tasks[3].cancel()
    model.gate.set()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert model.passes == [["aaaaa", "bbbbb"]]
    await backend.aclose()


async def test_one_that_cannot_be_read_fails_alone() -> None:
    backend = BatchingBackend(Scribe(), 32, 1000)
    calls = [backend(request("a")), backend(request("unreadable")), backend(request("b"))]
    a, failed, b = await asyncio.gather(*calls, return_exceptions=True)
    assert isinstance(failed, BackendError)
    assert failed.cause == Cause.JUDGE_REJECTED
    assert [reply.text for reply in (a, b) if isinstance(reply, Reply)] == ["a", "b"]
    await backend.aclose()


@pytest.mark.parametrize("bad", ["poison", "breaks the tokenizer"])
async def test_a_failing_pass_fails_its_calls_and_no_later_ones(bad: str) -> None:
    backend = BatchingBackend(Scribe(), 32, 1000)
    failed = await asyncio.gather(backend(request("a")), backend(request(bad)), return_exceptions=True)
    assert [error.cause for error in failed if isinstance(error, BackendError)] == [Cause.JUDGE_ERROR] * 2
    assert all(error.retryable for error in failed if isinstance(error, BackendError))
    assert (await backend(request("b"))).text == "b"
    await backend.aclose()


async def test_closing_fails_who_waits_and_whoever_comes_later() -> None:
    model = Scribe(gated=True)
    backend = BatchingBackend(model, 32, 1000)
    running = asyncio.create_task(backend(request("running")))
    await begun(model)
    waiting = asyncio.create_task(backend(request("waiting")))
    await asyncio.sleep(0)
    closing = asyncio.create_task(backend.aclose())
    with pytest.raises(BackendError, match="closed"):
        await waiting
    model.gate.set()
    await closing
    assert (await running).text == "running"
    assert model.closed
    with pytest.raises(BackendError, match="closed"):
        await backend(request("late"))
    await backend.aclose()


def test_it_outlives_the_loop_it_was_first_used_in() -> None:
    backend = BatchingBackend(Scribe(), 32, 1000)

    async def ask(question: str) -> str:
        return (await backend(request(question))).text

    assert [asyncio.run(ask(name)) for name in ("a", "b")] == ["a", "b"]
    asyncio.run(backend.aclose())
