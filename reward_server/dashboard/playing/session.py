"""One edit from beginning to end: checked on a thread, tried among the requests, compared."""

import asyncio
from contextlib import closing
from typing import Annotated, NamedTuple

import msgspec

from reward_server.dashboard.playing import offering
from reward_server.dashboard.playing.checking import Checked, Loaded, check
from reward_server.dashboard.playing.choosing import Choice, Chosen, stored
from reward_server.dashboard.playing.comparing import Comparison, compare
from reward_server.dashboard.playing.editing import MOST_TEXT, Edit, served
from reward_server.dashboard.playing.pasting import pasted
from reward_server.dashboard.playing.trying import MOST_QUESTIONS, closed, try_out
from reward_server.dashboard.sources import NO_STORE, Sources
from reward_server.reward.reward_function import RewardFunction
from reward_server.service import Service
from reward_server.store.database import StoreError
from reward_server.store.reading import Store
from reward_server.wire.status import RequestError

CHECK_S = 30.0
"""Seconds within which an edit has to be checked."""
RETRY_AFTER_S = 5


class CheckRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An edited file of a served reward."""

    reward: str
    file: str
    text: Annotated[str, msgspec.Meta(max_length=MOST_TEXT)]

    @property
    def edit(self) -> Edit:
        """With line ends as files have them; forms send others."""
        return Edit(reward=self.reward, file=self.file, text=self.text.replace("\r\n", "\n"))


class RunRequest(CheckRequest, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The same, to be tried."""

    choice: Choice = Choice()
    ask: Annotated[int, msgspec.Meta(ge=0, le=MOST_QUESTIONS)] = 0
    """At most so many questions may be put to models."""
    trust: bool = False
    """Use the verdicts of other versions of the reward, too."""


class Answered(NamedTuple):
    """What became of an edit."""

    checked: Checked
    comparison: Comparison | None = None
    """None where it has errors, or was not to be tried."""


async def checked(service: Service, wanted: CheckRequest) -> Answered:
    """Check an edit. Raises PageError, RequestError."""
    loaded = await _loaded(served(service.functions, wanted.reward), wanted.edit)
    if loaded.function is not None:
        await closed(loaded.function)
    return Answered(loaded.checked)


async def tried(service: Service, wanted: RunRequest) -> Answered:
    """Check an edit and try it. Raises PageError, StoreError, RequestError."""
    function = served(service.functions, wanted.reward)
    if wanted.ask:
        _refuse_when_full(function)
    loaded = await _loaded(function, wanted.edit)
    if loaded.function is None:
        return Answered(loaded.checked)
    try:
        chosen = await asyncio.to_thread(_chosen, service, loaded.function, wanted)
        trial = await try_out(service, function, loaded.function, chosen, ask=wanted.ask, trust=wanted.trust)
        return Answered(loaded.checked, await asyncio.to_thread(compare, trial))
    finally:
        await closed(loaded.function)


async def unoffered(service: Service, wanted: RunRequest) -> str | None:
    """Why no stored rollouts can be chosen."""
    return await asyncio.to_thread(_unoffered, service, wanted)


async def _loaded(function: RewardFunction, edit: Edit) -> Loaded:
    try:
        async with asyncio.timeout(CHECK_S):
            return await asyncio.to_thread(check, function, edit)
    except TimeoutError:
        message = f"to check this took longer than {CHECK_S:g} s"
        raise RequestError("overloaded", message, retry_after_s=RETRY_AFTER_S) from None


def _chosen(service: Service, tried: RewardFunction, wanted: RunRequest) -> Chosen:
    """On a thread, with a connection of its own."""
    if wanted.choice.pasted.strip():
        return pasted(wanted.choice.pasted, tried.layout, service.limits.max_completion_chars)
    if service.store_path is None:
        raise StoreError(f"{NO_STORE}; paste rollouts instead")
    with closing(Store(service.store_path)) as store:
        return stored(Sources(store), wanted.reward, wanted.choice, tried.layout)


def _unoffered(service: Service, wanted: RunRequest) -> str | None:
    if service.store_path is None:
        return offering.unoffered(Sources(None), wanted.reward, wanted.choice)
    try:
        with closing(Store(service.store_path)) as store:
            return offering.unoffered(Sources(store), wanted.reward, wanted.choice)
    except StoreError as error:
        return str(error)


def _refuse_when_full(function: RewardFunction) -> None:
    """A judge that has all the calls in line that it may have is left to training."""
    if any(judge.is_open and judge.judge.full for judge in function.judges.values()):
        message = "the judges have all the calls in line that they may have"
        raise RequestError("overloaded", message, hint="try again later", retry_after_s=RETRY_AFTER_S)
