"""Whether rollouts can be stored now: listens to what the recorder tells the metrics."""

from reward_server.store.recorder import Losses


class StoreHealth:
    """Hands on what became of rollouts, and remembers whether they are being lost."""

    def __init__(self, told: Losses) -> None:
        self._told = told
        self.losing = 0
        """Rollouts that could not be stored, or not in time, since one was."""

    def stored(self, rollouts: int, seconds: float) -> None:
        """Count rollouts that were stored together."""
        self.losing = 0
        self._told.stored(rollouts, seconds)

    def lost(self, rollouts: int) -> None:
        """Count rollouts that could not be stored."""
        self.losing += rollouts
        self._told.lost(rollouts)

    def late(self, rollouts: int) -> None:
        """Count rollouts whose answers did not wait for the disk any longer."""
        self.losing += rollouts
        self._told.late(rollouts)
