"""Prometheus metrics of judges: what is asked, what it costs, and how each replica fares."""

from collections.abc import Callable, Iterable, Mapping

import structlog
from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from judges.judge_status import JudgeStatus, ReplicaStatus
from judges.observer import Observer
from judges.request import Form, Usage
from rubrics.cause import Cause

ByJudge = Mapping[tuple[str, str], JudgeStatus]
"""Every open judge, by the names of its reward function and its own."""

DISTANCES = (0.01, 0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 0.9, 1)

_LOG = structlog.get_logger("gavel.judges")


class JudgeMetrics:
    """Counters and histograms, labelled by the judge's name in the reward file."""

    def __init__(self, registry: CollectorRegistry, buckets: tuple[float, ...]) -> None:
        def counter(name: str, help_: str, *labels: str) -> Counter:
            return Counter(f"gavel_judge_{name}", help_, ["judge", *labels], registry=registry)

        def histogram(name: str, help_: str) -> Histogram:
            return Histogram(f"gavel_judge_{name}", help_, ["judge"], buckets=buckets, registry=registry)

        self._registry = registry
        self.questions = counter("questions", "Questions put to a judge, by how they ended.", "outcome")
        self.spared = counter("spared_questions", "Questions that needed no call of their own.", "by")
        self.retries = counter(
            "retries", "Attempts that failed and were made again, by cause of the failure.", "cause"
        )
        self.hedges = counter("hedges", "Calls made a second time because they were slow.")
        self.ejections = counter("ejections", "Replicas taken out of service.", "reason")
        self.tokens = counter("tokens", "Tokens of the judge's calls, as its server counts them.", "kind")
        self.question_seconds = histogram(
            "question_duration_seconds", "Time until a question was answered, waiting and retries included."
        )
        self.reply_seconds = histogram("reply_duration_seconds", "Time of one attempt that brought a reply.")
        self.disagreement = Histogram(
            "gavel_judge_disagreement",
            "How far a vote lies from the finding that it was counted into, where several are counted.",
            ["judge"],
            buckets=DISTANCES,
            registry=registry,
        )

    def observer(self, judge: str) -> Observer:
        """Who counts what a judge does."""
        return _JudgeObserver(self, judge)

    def watch(self, statuses: Callable[[], ByJudge]) -> None:
        """Export what is under way at each judge."""
        self._registry.register(_Gauges(statuses))


class _JudgeObserver:
    """Counts for one judge, and tells the log what somebody should know."""

    def __init__(self, metrics: JudgeMetrics, judge: str) -> None:
        self._metrics = metrics
        self._judge = judge
        self._log = _LOG.bind(judge=judge)

    def answered(self, outcome: str, seconds: float) -> None:
        self._metrics.questions.labels(self._judge, str(outcome)).inc()
        self._metrics.question_seconds.labels(self._judge).observe(seconds)

    def spared(self, by: str) -> None:
        self._metrics.spared.labels(self._judge, by).inc()

    def replied(self, usage: Usage, seconds: float) -> None:
        self._metrics.reply_seconds.labels(self._judge).observe(seconds)
        tokens = self._metrics.tokens
        tokens.labels(self._judge, "prompt").inc(usage.prompt)
        tokens.labels(self._judge, "cached").inc(usage.cached)
        tokens.labels(self._judge, "completion").inc(usage.completion)

    def retried(self, cause: Cause) -> None:
        self._metrics.retries.labels(self._judge, cause.value).inc()

    def hedged(self) -> None:
        self._metrics.hedges.labels(self._judge).inc()

    def ejected(self, replica: str, why: str) -> None:
        self._metrics.ejections.labels(self._judge, why).inc()
        self._log.warning("a judge replica is out", replica=replica, reason=why)

    def recovered(self, replica: str) -> None:
        self._log.info("a judge replica is back", replica=replica)

    def pinned(self, form: Form) -> None:
        self._log.info("the judge was probed", verdict=form)

    def voted(self, distance: float) -> None:
        self._metrics.disagreement.labels(self._judge).observe(distance)


class _Gauges(Collector):
    """Reads the judges when Prometheus does."""

    def __init__(self, statuses: Callable[[], ByJudge]) -> None:
        self._statuses = statuses

    def collect(self) -> Iterable[GaugeMetricFamily]:
        statuses = self._statuses()
        yield _gauge(
            "in_flight", "Calls in flight at a replica.", statuses, lambda replica: replica.in_flight
        )
        yield _gauge("waiting", "Calls in line for a replica.", statuses, lambda replica: replica.waiting)
        yield _gauge(
            "limit",
            "Calls a replica is given at once, as found by measuring.",
            statuses,
            lambda replica: replica.limit,
        )
        yield _gauge("up", "1 for a replica in service, 0 for one that is ejected.", statuses, _is_up)


def _is_up(replica: ReplicaStatus) -> bool:
    return replica.state == "healthy"


def _gauge(
    name: str, help_: str, statuses: ByJudge, read: Callable[[ReplicaStatus], float]
) -> GaugeMetricFamily:
    gauge = GaugeMetricFamily(f"gavel_judge_replica_{name}", help_, labels=["reward", "judge", "replica"])
    for (reward, judge), status in statuses.items():
        for replica in status.replicas:
            gauge.add_metric([reward, judge, replica.name], float(read(replica)))
    return gauge
