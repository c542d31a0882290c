"""A function for every component, by its name: `trainer_adapters.trl.component.accuracy`.

TRL logs a reward function by its `__name__`, so GDPO needs one function for each component. They are made
when they are first asked for, are found by name (and so can be pickled), and take the keywords of
`trainer_adapters.trl.reward`. All else in this module begins with an underscore: any other name may be a
component's.
"""

from collections.abc import Awaitable as _Awaitable
from collections.abc import Callable as _Callable
from typing import Any as _Any

from trainer_adapters.client import shared as _shared
from trainer_adapters.client.column import column as _column
from trainer_adapters.client.sharing import Sharing as _Sharing
from trainer_adapters.trl.call import Call as _Call
from trainer_adapters.trl.groups import digest as _digest
from trainer_adapters.trl.options import KEYWORDS as _KEYWORDS
from trainer_adapters.trl.options import Options as _Options

_SHARING = _Sharing()


def __getattr__(name: str) -> "_Callable[..., _Awaitable[list[float | None]]]":
    if name.startswith("_"):
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

    async def score(**given: _Any) -> "list[float | None]":
        return await _score(name, given)

    score.__name__ = score.__qualname__ = name
    score.__doc__ = f"The raw value of the component `{name}` for each completion; None where it is unscored."
    return globals().setdefault(name, score)  # type: ignore[no-any-return]


async def _score(name: str, given: "dict[str, _Any]") -> "list[float | None]":
    options = _Options.of({keyword: given.pop(keyword, None) for keyword in _KEYWORDS})
    call = _Call.of(options, given)
    rollouts = call.rollouts()
    if not rollouts:
        return []
    batch = (options, call.batch.step, _digest(rollouts))
    scores = await _SHARING.share(name, batch, lambda: call.score(rollouts, components=False))
    return await _column(scores, name, _shared(options.settings))
