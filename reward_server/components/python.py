"""Your own function as a component."""

import asyncio
import inspect
import math
from collections.abc import Sequence
from numbers import Real
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field, PrivateAttr, model_validator

from judges.deadline import remaining
from reward_server.grading.user_function import UserFunction, load_function
from reward_server.reward.component import Bounds, Component, failed
from rubrics.cause import Cause
from rubrics.outcome import Outcome, Score, Unscored
from rubrics.rollout import Group, Json, Rollout

if TYPE_CHECKING:
    from typing import Self

    from reward_server.reward.surroundings import Surroundings


class Python(Component):
    """A plain or async function that scores rollouts, or whole groups.

    `per: rollout` calls `function(rollout, **options)` and wants one value; `per: group` calls
    `function(group, **options)` and wants a list with one value for each rollout, in order. A value is a
    number, a bool (1 or 0), a `Score`, an `Unscored`, or None (unscored). The rollouts are a
    `rubrics.rollout.Rollout`; their text is `rollout.completion.text`, untrusted.
    """

    function: str
    """`package.module:function`, importable where the server runs, or `path/to/file.py:function`, relative to
    the reward file."""
    per: Literal["rollout", "group"] = "rollout"
    """What one call scores. An exception stays with its call: a rollout, or a whole group."""
    options: dict[str, Json] = {}
    """Keyword arguments of every call."""
    range: Annotated[list[float], Field(min_length=2, max_length=2)] = [0.0, 1.0]
    """The least and the greatest value it gives. A value outside is an error of the function: unscored."""
    thread: bool = False
    """Call a plain function in a thread. Without, it runs in the event loop and holds up every request for
    as long as it takes: keep it under a millisecond, or make it async."""

    _function: UserFunction | None = PrivateAttr(None)

    @model_validator(mode="after")
    def _ascending(self) -> "Self":
        if self.range[0] >= self.range[1]:
            raise ValueError(f"`range` is [least, greatest], found {self.range}")
        return self

    @property
    def loaded(self) -> UserFunction:
        """What `function` names."""
        assert self._function is not None, "bind() loads the function"
        return self._function

    @property
    def relative(self) -> bool:  # type: ignore[override]
        return self.per == "group"

    @property
    def bounds(self) -> Bounds:  # type: ignore[override]
        return self.range[0], self.range[1]

    def bind(self, surroundings: "Surroundings") -> Component:
        bound = self.model_copy()
        bound._function = load_function(self.function, surroundings)  # noqa: SLF001 - a copy of self
        self._check(bound._function, surroundings)  # noqa: SLF001
        return bound

    def _check(self, function: UserFunction, surroundings: "Surroundings") -> None:
        try:
            inspect.signature(function.call).bind(object(), **self.options)
        except TypeError as error:
            wanted = ", ".join([self.per, *(f"{name}=..." for name in self.options)])
            raise surroundings.error(
                f"`{self.function}` cannot be called as ({wanted}): {error}",
                "function",
                hint=f"define it as `def {function.name}({wanted})`; keyword arguments come from `options`",
            ) from error
        except ValueError:
            pass  # a built-in without a signature
        if self.thread and function.is_async:
            message = f"`thread: true` is for plain functions, and `{self.function}` is async"
            raise surroundings.error(message, "thread", hint="leave it out")

    def identity(self) -> Json:
        return self.model_dump(mode="json") | {"source": self._function and self._function.digest}

    async def __call__(self, group: Group) -> Sequence[Outcome]:
        if self.per == "group":
            return _outcomes(await self._call(group), len(group))
        return await asyncio.gather(*(self._score(rollout) for rollout in group))

    async def _score(self, rollout: Rollout) -> Outcome:
        left = remaining()
        in_time = asyncio.timeout(None if math.isinf(left) else left)
        try:
            async with in_time:
                return _outcome(await self._call(rollout))
        except Exception as error:  # noqa: BLE001 - a function's bug must not take the siblings along
            return Unscored(Cause.DEADLINE) if in_time.expired() else failed(error)

    async def _call(self, scored: Rollout | Group) -> object:
        call = self.loaded.call
        if self.thread:
            return await asyncio.to_thread(call, scored, **self.options)
        returned = call(scored, **self.options)
        return await returned if inspect.isawaitable(returned) else returned


def _outcomes(returned: object, wanted: int) -> list[Outcome]:
    if not isinstance(returned, Sequence) or isinstance(returned, str | bytes):
        problem = f"returned {type(returned).__name__}, not a list with one value for each rollout"
    elif len(returned) != wanted:
        problem = f"returned {len(returned)} values for {wanted} rollouts"
    else:
        return [_isolated(value) for value in returned]
    return [Unscored(Cause.COMPONENT_ERROR, problem)] * wanted


def _isolated(value: object) -> Outcome:
    try:
        return _outcome(value)
    except Exception as error:  # noqa: BLE001 - NaN for one rollout is not its siblings' fault
        return failed(error)


def _outcome(value: object) -> Outcome:
    if isinstance(value, Score | Unscored):
        return value
    if isinstance(value, Real):
        return Score(float(value))
    name = "None" if value is None else type(value).__name__
    return Unscored(Cause.COMPONENT_ERROR, f"returned {name}")
