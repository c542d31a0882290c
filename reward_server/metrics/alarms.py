"""Prometheus metrics of alarms."""

from collections.abc import Mapping

from prometheus_client import CollectorRegistry, Counter, Gauge

Raised = tuple[str, str, str]
"""The reward function, the alarm and its subject."""


class AlarmMetrics:
    """What is raised now, and how often it was."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._active = Gauge(
            "gavel_alarm_active",
            "Runs for which an alarm is raised now; 0 where one was.",
            ["reward", "alarm", "subject"],
            registry=registry,
        )
        self._raised = Counter(
            "gavel_alarms", "Alarms that were raised.", ["reward", "alarm"], registry=registry
        )
        self._known: set[Raised] = set()

    def raised(self, reward: str, alarm: str) -> None:
        """Count an alarm."""
        self._raised.labels(reward, alarm).inc()

    def active(self, runs: Mapping[Raised, int]) -> None:
        """Export for how many runs each is raised now."""
        self._known |= runs.keys()
        for labels in self._known:
            self._active.labels(*labels).set(runs.get(labels, 0))
