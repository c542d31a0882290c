"""Whether there are stored rollouts that an edit could be tried on at all."""

import msgspec

from reward_server.dashboard.page import PageError
from reward_server.dashboard.playing.choosing import Choice, numbers_of
from reward_server.dashboard.sources import NO_STORE, Sources
from reward_server.store.database import StoreError

_LOOKED_AT = 16
_KEEP = "To try edits on what training sends, serve with `--store FILE`."
_NO_TEXTS = (
    "these rollouts were stored without their texts (`--store-text none`), so they cannot be scored again. "
    "To try edits on what is scored from now on, serve with `--store-text keep`."
)


def unoffered(sources: Sources, reward: str, choice: Choice) -> str | None:
    """Why it is no use to choose among stored rollouts: none are kept, or the newest of them have no text."""
    if sources.store is None:
        return f"{sources.why}. {_KEEP}" if sources.why == NO_STORE else sources.why
    newest = msgspec.structs.replace(choice, order="newest", count=_LOOKED_AT)
    try:
        found = sources.kept.rollouts(numbers_of(sources, reward, newest)[:_LOOKED_AT])
    except (PageError, StoreError):
        return None  # this choice is a wrong one, and another may do
    without_text = all(each.content.completion is None for each in found)
    return _NO_TEXTS if found and without_text else None
