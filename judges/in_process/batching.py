"""A backend over a model in this process: whatever waits goes through the model together.

The model works on a thread of its own, so the event loop never waits for it. Nothing is held back to fill
a batch: while one is computed the next gathers. A cancelled call leaves the batch that it waits for.
"""

import asyncio
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from itertools import chain, islice
from typing import TypeVar

from judges.backend import BackendError
from judges.in_process.model import Asked, Model
from judges.in_process.passes import Row, plan
from judges.request import Form, Reply, Request, Shared
from rubrics.cause import Cause

Answer = asyncio.Future[Reply]
Given = TypeVar("Given")
Made = TypeVar("Made")


class BatchingBackend:
    """Answers from one model on one device."""

    def __init__(self, model: Model, max_batch: int, max_tokens: int) -> None:
        self._model = model
        self._max_batch = max_batch
        self._max_tokens = max_tokens
        self._waiting: dict[Answer, Request] = {}
        self._thread = ThreadPoolExecutor(1, "local-judge")
        self._working: asyncio.Task[None] | None = None
        self._closed = False

    async def __call__(self, request: Request) -> Reply:
        if self._closed:
            raise _closed()
        answer: Answer = asyncio.get_running_loop().create_future()
        self._waiting[answer] = request
        if self._working is None or self._working.done():
            self._working = asyncio.create_task(self._work())
        try:
            return await answer
        finally:
            self._waiting.pop(answer, None)

    async def aclose(self) -> None:
        if self._closed:
            return
        self._closed = True
        _fail(self._waiting, _closed())
        self._waiting.clear()
        if self._working is not None and not self._working.done():
            await asyncio.wait([self._working])
        await asyncio.get_running_loop().run_in_executor(self._thread, self._model.close)
        self._thread.shutdown()

    async def _work(self) -> None:
        while taken := self._take():
            try:
                await self._answer(taken)
            except Exception as error:  # noqa: BLE001 - a model's library may raise anything
                _fail(taken, _failure(error))

    def _take(self) -> dict[Answer, Request]:
        """The call that has waited longest, those that begin like it, then the next longest, ..."""
        alike: dict[Shared, list[Answer]] = {}
        for answer, request in self._waiting.items():
            alike.setdefault(request.prompt.shared, []).append(answer)
        chosen = list(islice(chain.from_iterable(alike.values()), self._max_batch))
        return {answer: self._waiting.pop(answer) for answer in chosen}

    async def _answer(self, taken: dict[Answer, Request]) -> None:
        encoded = await self._on_thread(self._model.encode, list(taken.values()))
        forms: dict[Form, dict[Answer, Asked]] = {}
        for answer, asked in zip(taken, encoded, strict=True):
            if isinstance(asked, BackendError):
                _fail([answer], asked)
            else:
                forms.setdefault(asked.request.form, {})[answer] = asked
        for asked_alike in forms.values():
            await self._answer_alike(asked_alike)

    async def _answer_alike(self, asked: dict[Answer, Asked]) -> None:
        answers = list(asked)
        rows = [Row(each.request.prompt.shared, each.tokens) for each in asked.values()]
        for places in plan(rows, self._max_tokens):
            wanted = [answers[place] for place in places if not answers[place].done()]
            if wanted:
                await self._pass({answer: asked[answer] for answer in wanted})

    async def _pass(self, asked: dict[Answer, Asked]) -> None:
        try:
            replies = await self._on_thread(self._model.answer, list(asked.values()))
        except Exception as error:  # noqa: BLE001 - a model's library may raise anything
            _fail(asked, _failure(error))
            return
        for answer, reply in zip(asked, replies, strict=True):
            if not answer.done():
                answer.set_result(reply)

    async def _on_thread(self, work: Callable[[Given], Made], given: Given) -> Made:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work, given)


def _fail(answers: Iterable[Answer], error: BackendError) -> None:
    for answer in answers:
        if not answer.done():
            answer.set_exception(error)


def _failure(error: Exception) -> BackendError:
    if isinstance(error, BackendError):
        return error
    return BackendError(Cause.JUDGE_ERROR, f"the model raised {type(error).__name__}", retryable=True)


def _closed() -> BackendError:
    return BackendError(Cause.JUDGE_UNREACHABLE, "the judge was closed")
