"""Prometheus metrics of groups that come in several requests."""

from collections.abc import Callable

from prometheus_client import CollectorRegistry, Counter, Gauge


class GroupMetrics:
    """How many groups wait for their rollouts, and how many never were whole."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._waiting = Gauge(
            "gavel_groups_waiting", "Groups that wait for rollouts to arrive.", registry=registry
        )
        self._incomplete = Counter(
            "gavel_incomplete_groups",
            "Groups whose rollouts did not all arrive in time.",
            ["reward"],
            registry=registry,
        )

    def watch(self, waiting: Callable[[], float]) -> None:
        """Export what is waited for."""
        self._waiting.set_function(waiting)

    def incomplete(self, reward: str) -> None:
        """Count a group that was cut short."""
        self._incomplete.labels(reward).inc()
