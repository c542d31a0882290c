"""One question's way to its answer: the same one in flight? known from before? else asked, and kept.

answer    one statement, or one of its samples: a reading
answers   several statements in one prompt: a reading for each, of which each is kept by itself
"""

import asyncio
import math
from collections.abc import Sequence
from functools import partial

from judges import clock
from judges.asking import reasons
from judges.asking.attempts import Asking, unusable
from judges.asking.course import Course, follow
from judges.asking.endpoint import Endpoint
from judges.backend import BackendError
from judges.cache.cache import NoCache, VerdictCache
from judges.cache.key import call_key, member_key
from judges.cache.once import Calls, Once
from judges.call import told
from judges.caller import Caller
from judges.deadline import remaining
from judges.readout.sheet import Answers, read_sheet
from judges.request import MAX_TOKENS, Form, Menus, Prompt, Reply, Request
from rubrics.outcome import Unscored
from rubrics.verdict import Reading

SPARED_S = 0.05
"""A reason that has not come so long before the deadline is done without: the verdict is there."""
SHEET_TOKENS, TOKENS_PER_ANSWER = 32, 16
"""Room for one JSON object with several answers."""


class Questions:
    """Answers the questions to one judge."""

    def __init__(
        self,
        asking: Asking,
        endpoint: Endpoint,
        cache: VerdictCache | None = None,
        identity: bytes = b"",
        reasons: float = 0.0,
    ) -> None:
        """`identity` stands for the judge in the cache's keys; `reasons` is the share that is explained."""
        self._asking = asking
        self._endpoint = endpoint
        self._cache = None if isinstance(cache, NoCache) else cache
        self._identity = identity
        self._reasons = reasons
        self._once = Once()
        self._sheets: Calls[Answers | Unscored] = Calls()

    async def answer(
        self, prompt: Prompt, choices: tuple[str, ...], name: str, sample: int, course: Course, caller: Caller
    ) -> Reading | Unscored:
        """The answer to one question. Raises BackendError, UnicodeEncodeError."""
        form = self._endpoint.form or await self._endpoint.probed()
        started = clock.now()
        request = Request(prompt, choices, name, form, MAX_TOKENS[form], sample)
        key = call_key(self._identity, request, course.marks)
        caller.tally.render_s += clock.now() - started
        if caller.behind:  # nobody is to wait together with one who lets everybody go first
            return await self._known_or_asked(key, request, course, caller)
        if key in self._once:
            self._joined(request, caller)
        return await self._once(key, partial(self._known_or_asked, key, request, course, caller))

    async def answers(
        self, prompt: Prompt, menus: Menus, name: str, sample: int, caller: Caller
    ) -> Answers | Unscored:
        """The answers to several statements of one prompt. Raises BackendError, UnicodeEncodeError."""
        form = _written(self._endpoint.form or await self._endpoint.probed())
        started = clock.now()
        room = SHEET_TOKENS + TOKENS_PER_ANSWER * len(menus)
        request = Request(prompt, (), name, form, room, sample, menus=menus)
        key = call_key(self._identity, request)
        caller.tally.render_s += clock.now() - started
        if caller.behind:
            return await self._sheet(key, request, caller)
        if key in self._sheets:
            self._joined(request, caller)
        return await self._sheets(key, partial(self._sheet, key, request, caller))

    async def aclose(self) -> None:
        """Close the cache."""
        if self._cache is not None:
            await self._cache.aclose()

    def _joined(self, request: Request, caller: Caller) -> None:
        caller.tally.joined += 1
        self._asking.observer.spared("joined")
        if caller.calls is not None:
            caller.calls.append(told(request, "joined", clock.now()))

    def _was_known(self, request: Request, caller: Caller) -> None:
        caller.tally.cached += 1
        self._asking.observer.spared("cached")
        if caller.calls is not None:
            caller.calls.append(told(request, "cached", clock.now()))

    # -- one statement -------------------------------------------------------------------------------

    async def _known_or_asked(
        self, key: bytes, request: Request, course: Course, caller: Caller
    ) -> Reading | Unscored:
        known = None if self._cache is None else await self._known(self._cache, key, request.choices)
        if known is not None:
            self._was_known(request, caller)
            return known
        if not course.plain:
            return self._kept(key, await follow(course, self._asking, request, caller))
        outcome = self._kept(key, await self._asking.ask(request, caller))
        if isinstance(outcome, Unscored):
            return outcome
        return await self._explained(key, request, caller, outcome)

    async def _known(self, cache: VerdictCache, key: bytes, choices: Sequence[str]) -> Reading | None:
        known = await cache.get(key)
        return known if known is not None and known.choices.keys() == set(choices) else None

    def _kept(self, key: bytes, outcome: Reading | Unscored) -> Reading | Unscored:
        if self._cache is not None and isinstance(outcome, Reading):
            self._cache.put(key, outcome)
        return outcome

    async def _explained(self, key: bytes, request: Request, caller: Caller, found: Reading) -> Reading:
        """The reading, with the judge's reason where this one is to be explained and there is time for it."""
        left = remaining() - SPARED_S
        if left <= 0 or not reasons.chosen(key, self._reasons):
            return found
        answer = max(request.choices, key=lambda choice: found.choices[choice])
        why = reasons.why(request, answer)
        try:
            async with asyncio.timeout(None if math.isinf(left) else left):
                reply = await self._asking.send(why, caller)
        except (BackendError, TimeoutError):
            return found
        return Reading(found.choices, reasons.reason(reply.text))

    # -- several statements --------------------------------------------------------------------------

    async def _sheet(self, key: bytes, request: Request, caller: Caller) -> Answers | Unscored:
        """What is known stays as it was; the rest is asked, together with it."""
        keys = [member_key(key, number) for number, _ in request.menus]
        pairs = zip(keys, request.menus, strict=True)
        known: list[Reading | None] = [None] * len(keys)
        if self._cache is not None:
            cache = self._cache
            known = await asyncio.gather(*(self._known(cache, each, choices) for each, (_, choices) in pairs))
        if all(known):
            self._was_known(request, caller)
            return tuple(reading for reading in known if reading is not None)
        found = await self._asking.read(request, caller, _answers)
        if isinstance(found, Unscored):
            return found
        return tuple(
            before or self._kept(each, answer)
            for each, before, answer in zip(keys, known, found, strict=True)
        )


def _written(form: Form) -> Form:
    """How a sheet is asked for at an endpoint that answers single questions in this form."""
    return "text" if form == "text" else "json"


def _answers(reply: Reply, request: Request) -> Answers:
    found = read_sheet(reply, request.menus)
    if isinstance(found, Unscored):
        raise unusable(found)
    return found
