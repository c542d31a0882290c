"""Prometheus metrics of the reward server. Labels come from closed sets, never from a request.

What is said of each here is what `docs/metrics.md` says: `python -m reward_server.metrics_page` writes it.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    disable_created_metrics,
    generate_latest,
)

from reward_server.engine.summary import Summary
from reward_server.metrics.alarms import AlarmMetrics
from reward_server.metrics.groups import GroupMetrics
from reward_server.metrics.judges import JudgeMetrics
from reward_server.metrics.store import StoreMetrics
from reward_server.reward.reward_function import RewardFunction
from reward_server.wire.native import RewardResponse

# Without it each series has another one that says when it began.
disable_created_metrics()  # type: ignore[no-untyped-call]

SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300)


class Metrics:
    """One server's metrics, in a registry of their own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        self.requests = Counter(
            "gavel_http_requests",
            "Requests, by route and status.",
            ["route", "status"],
            registry=self.registry,
        )
        self.request_seconds = Histogram(
            "gavel_http_request_duration_seconds",
            "Time to answer a request, from its first line to the end of its answer.",
            ["route"],
            buckets=SECONDS,
            registry=self.registry,
        )
        self.accepted_rollouts = Counter(
            "gavel_accepted_rollouts", "Rollouts taken on for scoring.", ["reward"], registry=self.registry
        )
        self.rollouts = Counter(
            "gavel_rollouts",
            "What became of accepted rollouts. The sum over `status` is all that are no longer under way.",
            ["reward", "status"],
            registry=self.registry,
        )
        self.unscored = Counter(
            "gavel_unscored_rollouts",
            "Rollouts that got null instead of a number, by cause.",
            ["reward", "cause"],
            registry=self.registry,
        )
        self.component_mean = Gauge(
            "gavel_component_mean",
            "Mean raw value of a component in the last batch, over the rollouts that have one.",
            ["reward", "component"],
            registry=self.registry,
        )
        self.dead_groups = Counter(
            "gavel_dead_groups",
            "Groups whose rewards were all equal: nothing is learnt from them.",
            ["reward"],
            registry=self.registry,
        )
        self.repeated_requests = Counter(
            "gavel_repeated_requests",
            "Requests that got an equal one's answer, stored or under way.",
            ["by"],
            registry=self.registry,
        )
        self.stand_ins = Counter(
            "gavel_stand_ins",
            "Unscored rollouts that a dialect answered with a number, because it has no null.",
            ["reward", "dialect"],
            registry=self.registry,
        )
        self.rubrics = Gauge(
            "gavel_rubric_info",
            "1 for each rubric that is served, with its author's version and the digest of what it says.",
            ["reward", "component", "rubric", "version", "digest"],
            registry=self.registry,
        )
        self.judges = JudgeMetrics(self.registry, SECONDS)
        self.groups = GroupMetrics(self.registry)
        self.store = StoreMetrics(self.registry)
        self.alarms = AlarmMetrics(self.registry)

    def watch(self, requests: Callable[[], float], body_bytes: Callable[[], float]) -> None:
        """Export what is under way."""
        under_way = Gauge("gavel_requests_in_progress", "Batches under way.", registry=self.registry)
        under_way.set_function(requests)
        held = Gauge(
            "gavel_requests_in_progress_bytes",
            "Bytes of the bodies of batches under way.",
            registry=self.registry,
        )
        held.set_function(body_bytes)

    def serving(self, functions: Iterable[RewardFunction]) -> None:
        """Export which rubrics the reward functions judge by."""
        for function in functions:
            for component, stamp in function.rubrics.items():
                labels = (function.name, component, stamp.id, stamp.version, stamp.digest)
                self.rubrics.labels(*labels).set(1)

    def answered(self, route: str, status: int, seconds: float) -> None:
        """Count a request. `route` is a route of ours, never a raw path; `status` is one we answer with."""
        self.requests.labels(route, str(status)).inc()
        self.request_seconds.labels(route).observe(seconds)

    @contextmanager
    def accepted(self, reward: str, rollouts: int) -> Iterator[None]:
        """Count a batch that is taken on, and count it out as rejected when it gets no answer."""
        self.accepted_rollouts.labels(reward).inc(rollouts)
        try:
            yield
        except BaseException:
            self.rollouts.labels(reward, "rejected").inc(rollouts)
            raise

    def scored(self, response: RewardResponse) -> None:
        """Count a batch that is answered."""
        self._count(response.reward_name, response.summary)

    def _count(self, reward: str, summary: Summary) -> None:
        self.rollouts.labels(reward, "scored").inc(summary.scored)
        self.rollouts.labels(reward, "unscored").inc(summary.rollouts - summary.scored)
        for cause, count in summary.unscored.items():
            self.unscored.labels(reward, cause).inc(count)
        self.dead_groups.labels(reward).inc(summary.reward.dead_groups)
        for name, column in summary.components.items():
            if column.mean is not None:
                self.component_mean.labels(reward, name).set(column.mean)

    def render(self) -> bytes:
        """Write the exposition text."""
        return generate_latest(self.registry)
