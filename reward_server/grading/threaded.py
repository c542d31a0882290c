"""Scoring that would hold up the event loop, moved to a thread."""

from collections.abc import Sequence

from reward_server.reward.component import Bounds, Component, PerRollout
from rubrics.outcome import Outcome
from rubrics.rollout import Group, Json


class Threaded(Component):
    """A per-rollout component whose `score` takes milliseconds: each group is scored in a thread."""

    inner: PerRollout
    """The component that scores."""

    @property
    def bounds(self) -> Bounds:  # type: ignore[override]
        return self.inner.bounds

    async def __call__(self, group: Group) -> Sequence[Outcome]:
        import asyncio  # `gavel check` need not wait for it

        return await asyncio.to_thread(self.inner.score_all, group.rollouts)

    def identity(self) -> Json:
        kind = type(self.inner)
        return {"use": f"{kind.__module__}:{kind.__qualname__}", "options": self.inner.identity()}

    async def aclose(self) -> None:
        await self.inner.aclose()
