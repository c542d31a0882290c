"""Looks for alarms in the background of a server, every few seconds. Scoring never waits for it."""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress

import structlog

from judges.cache.worker import Worker
from reward_server.alarms.alarm import Alarm
from reward_server.alarms.looking import Looked, Looking
from reward_server.alarms.raising import Raising
from reward_server.alarms.rules import LIVE_RULES
from reward_server.alarms.seen import Seen
from reward_server.alarms.store_health import StoreHealth
from reward_server.alarms.telling import About, Teller
from reward_server.reward.alarm_options import AlarmOptions

EVERY_S = 2.0
SHARE = 0.02
"""Of a processor's time, that looking takes at most."""
LAST_S = 5.0
"""So long a stopping server looks at what came last."""

_LOG = structlog.get_logger("gavel.alarms")


class Watcher:
    """Looks at a store's runs and at the store itself, and has told what is new."""

    def __init__(
        self, looking: Looking, health: StoreHealth, options: Mapping[str, AlarmOptions], teller: Teller
    ) -> None:
        """`options` by the name of the reward function."""
        self._looking = looking
        self._health = health
        self._teller = teller
        self._live = {reward: Raising(found, LIVE_RULES) for reward, found in options.items()}
        self._worker = Worker("gavel-alarms")
        self._task: asyncio.Task[None] | None = None
        self._failing = False
        self._active: Sequence[tuple[About, Alarm]] = ()

    def start(self) -> None:
        """Begin to look."""
        self._task = asyncio.create_task(self._watch())

    async def aclose(self) -> None:
        """Look once more, as nothing will come any more, and stop."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])
        with suppress(TimeoutError):
            async with asyncio.timeout(LAST_S):
                while (await self.look(over=True)).behind:
                    pass
                await self._worker.run(self._looking.close)
        self._worker.stop()

    async def look(self, *, over: bool = False) -> Looked:
        """Look, and have told what is new. A failure is logged, and nothing else."""
        try:
            looked = await self._worker.run(lambda: self._looking.look(over=over))
            self._failing = False
            self._active = looked.active
        except Exception as error:  # noqa: BLE001 - alarms must not end with one bad look
            self._log(error)
            looked = Looked([], [], list(self._active))
        self._tell(looked)
        return looked

    async def _watch(self) -> None:
        took_s = 0.0
        while True:
            await asyncio.sleep(max(EVERY_S, took_s / SHARE))
            took_s = (await self.look()).took_s

    def _tell(self, looked: Looked) -> None:
        live = self._looked_live()
        for about, alarm in (*looked.raised, *live.raised):
            self._teller.raised(about, alarm)
        for about, alarm in (*looked.cleared, *live.cleared):
            self._teller.cleared(about, alarm)
        self._teller.active([*looked.active, *live.active])

    def _looked_live(self) -> Looked:
        looked = Looked([], [], [])
        for reward, raising in self._live.items():
            about, before = About(reward, ""), dict(raising.active)
            raising.take(Seen((), raising.baseline, lost=self._health.losing))
            now = raising.active
            looked.raised.extend((about, alarm) for key, alarm in now.items() if key not in before)
            looked.cleared.extend((about, alarm) for key, alarm in before.items() if key not in now)
            looked.active.extend((about, alarm) for alarm in now.values())
        return looked

    def _log(self, error: Exception) -> None:
        if not self._failing:
            self._failing = True
            _LOG.error("runs cannot be looked at for alarms; rewards go on", exc_info=error)
