"""Work for a model in this process: whatever waits goes through the model together.

The model works on a thread of its own, so the event loop never waits for it. Nothing is held back to fill
a batch: while one is computed the next gathers. A cancelled call leaves the batch that it waits for.
"""

import asyncio
from abc import abstractmethod
from collections.abc import Callable, Hashable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import chain, islice
from typing import Generic, Protocol, TypeVar

from judges.backend import BackendError
from rubrics.cause import Cause

Given = TypeVar("Given")
Ready = TypeVar("Ready")
Made = TypeVar("Made")
Taken = TypeVar("Taken")
Brought = TypeVar("Brought")


_Asks_contra = TypeVar("_Asks_contra", contravariant=True)
_Tells_co = TypeVar("_Tells_co", covariant=True)


class Worker(Protocol[_Asks_contra, Ready, _Tells_co]):
    """A model. Its methods block: they are called one at a time, on a thread of their own."""

    def encode(self, requests: Sequence[_Asks_contra]) -> Sequence[Ready | BackendError]:
        """Prepare requests; one that cannot be answered fails alone."""

    def answer(self, asked: Sequence[Ready]) -> Sequence[_Tells_co | BackendError]:
        """Answer requests in one pass. Raises BackendError, or whatever its library does."""

    def close(self) -> None:
        """Release the memory."""


class Batches(Generic[Given, Ready, Made]):
    """Answers from one model on one device."""

    def __init__(self, model: Worker[Given, Ready, Made], max_batch: int, thread: str) -> None:
        self._model = model
        self._max_batch = max_batch
        self._waiting: dict[asyncio.Future[Made], Given] = {}
        self._thread = ThreadPoolExecutor(1, thread)
        self._working: asyncio.Task[None] | None = None
        self._closed = False

    @abstractmethod
    def _kin(self, request: Given) -> Hashable:
        """Requests of equal kin go together where they can."""

    @abstractmethod
    def _passes(self, asked: Sequence[Ready]) -> Iterable[Sequence[int]]:
        """Which requests, by place, the model answers at once."""

    async def __call__(self, request: Given) -> Made:
        if self._closed:
            raise _closed()
        answer: asyncio.Future[Made] = asyncio.get_running_loop().create_future()
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

    def _take(self) -> dict[asyncio.Future[Made], Given]:
        """The call that has waited longest, those that begin like it, then the next longest, ..."""
        alike: dict[Hashable, list[asyncio.Future[Made]]] = {}
        for answer, request in self._waiting.items():
            alike.setdefault(self._kin(request), []).append(answer)
        chosen = list(islice(chain.from_iterable(alike.values()), self._max_batch))
        return {answer: self._waiting.pop(answer) for answer in chosen}

    async def _answer(self, taken: dict[asyncio.Future[Made], Given]) -> None:
        encoded = await self._on_thread(self._model.encode, list(taken.values()))
        sound: list[tuple[asyncio.Future[Made], Ready]] = []
        for answer, asked in zip(taken, encoded, strict=True):
            if isinstance(asked, BackendError):
                _fail([answer], asked)
            else:
                sound.append((answer, asked))
        for places in self._passes([asked for _, asked in sound]):
            wanted = [sound[place] for place in places if not sound[place][0].done()]
            if wanted:
                await self._pass(dict(wanted))

    async def _pass(self, asked: dict[asyncio.Future[Made], Ready]) -> None:
        try:
            made = await self._on_thread(self._model.answer, list(asked.values()))
        except Exception as error:  # noqa: BLE001 - a model's library may raise anything
            _fail(asked, _failure(error))
            return
        for answer, each in zip(asked, made, strict=True):
            if isinstance(each, BackendError):
                _fail([answer], each)
            elif not answer.done():
                answer.set_result(each)

    async def _on_thread(self, work: Callable[[Taken], Brought], taken: Taken) -> Brought:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work, taken)


def _fail(answers: Iterable[asyncio.Future[Made]], error: BackendError) -> None:
    for answer in answers:
        if not answer.done():
            answer.set_exception(error)


def _failure(error: Exception) -> BackendError:
    if isinstance(error, BackendError):
        return error
    return BackendError(Cause.JUDGE_ERROR, f"the model raised {type(error).__name__}", retryable=True)


def _closed() -> BackendError:
    return BackendError(Cause.JUDGE_UNREACHABLE, "the model was closed")
