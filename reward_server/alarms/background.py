"""Everything about alarms that goes on in the background of a server."""

from collections.abc import Callable, Mapping
from pathlib import Path

import structlog

from reward_server.alarms.looking import Looking
from reward_server.alarms.probing.prober import Prober
from reward_server.alarms.store_health import StoreHealth
from reward_server.alarms.telling import Teller
from reward_server.alarms.watcher import Watcher
from reward_server.metrics.alarms import AlarmMetrics
from reward_server.reward.reward_function import RewardFunction

_LOG = structlog.get_logger("gavel.alarms")


class Alarms:
    """Watches the runs that these reward functions score into a store, and probes their judges."""

    def __init__(
        self, path: Path, functions: Mapping[str, RewardFunction], health: StoreHealth, metrics: AlarmMetrics
    ) -> None:
        """`path` is the store's; `health` is told by its recorder."""
        self._path = path
        self._functions = functions
        options = {name: function.source.alarms for name, function in functions.items()}
        self._watcher = Watcher(Looking(path, options), health, options, Teller(metrics))
        self._prober: Prober | None = None

    def start(self, stopping: Callable[[], bool]) -> None:
        """Begin. `stopping`: whether the server takes no more requests."""
        self._watcher.start()
        self._prober = Prober(self._path, self._functions, stopping)
        self._prober.start()

    async def aclose(self) -> None:
        """Stop; look once more at what came last."""
        if self._prober is not None:
            await self._prober.aclose()
        await self._watcher.aclose()


def watching(
    path: Path | None, functions: Mapping[str, RewardFunction], health: StoreHealth, metrics: AlarmMetrics
) -> Alarms | None:
    """The alarms of a server; None where nothing is stored, so that there is nothing to watch."""
    if path is not None:
        return Alarms(path, functions, health, metrics)
    _LOG.debug("nothing is stored, so no alarms are raised and no judge is probed")
    return None
