"""Prometheus metrics of the rollout store."""

from prometheus_client import CollectorRegistry, Counter, Histogram

BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5)


class StoreMetrics:
    """What was stored, and what could not be."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._stored = Counter("gavel_store_rollouts", "Rollouts that were stored.", registry=registry)
        self._lost = Counter(
            "gavel_store_lost_rollouts",
            "Rollouts that were answered and could not be stored: the disk is full, or too slow.",
            registry=registry,
        )
        self._late = Counter(
            "gavel_store_late_rollouts",
            "Rollouts that were answered before they were stored, because the disk hung.",
            registry=registry,
        )
        self._seconds = Histogram(
            "gavel_store_write_duration_seconds",
            "Time of one transaction of the store.",
            buckets=BUCKETS,
            registry=registry,
        )

    def stored(self, rollouts: int, seconds: float) -> None:
        """Count rollouts that were stored together."""
        self._stored.inc(rollouts)
        self._seconds.observe(seconds)

    def lost(self, rollouts: int) -> None:
        """Count rollouts that could not be stored."""
        self._lost.inc(rollouts)

    def late(self, rollouts: int) -> None:
        """Count rollouts whose answers did not wait for the disk any longer."""
        self._late.inc(rollouts)
