"""What the simulated judge has done so far."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector


@dataclass(slots=True)
class Counters:
    """Plain integers, so that counting costs a call next to nothing; Prometheus reads them when asked."""

    requests: Counter[str] = field(default_factory=Counter)
    """Chat calls by outcome: ok, invalid, unauthorized, cancelled (the client left), or the kind of fault."""
    queued: int = 0
    """Calls waiting for a slot."""
    in_flight: int = 0
    """Calls holding a slot."""
    peak_in_flight: int = 0
    """The most calls that ever held a slot at once."""
    prompt_tokens: int = 0
    """Prompt tokens of the calls that got a slot."""
    cached_tokens: int = 0
    """Those of them that the prefix cache spared."""
    decode_tokens: int = 0
    """Tokens of the replies."""
    slot_seconds: float = 0.0
    """Seconds that calls have held slots; a stall does not count."""

    def as_dict(self) -> dict[str, Any]:
        """Every counter by name, as JSON types."""
        return {name: getattr(self, name) for name in self.__slots__} | {"requests": dict(self.requests)}


def exposition(counters: Counters) -> bytes:
    """Write the counters in Prometheus' text format."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Collector(counters))
    return generate_latest(registry)


class _Collector(Collector):
    def __init__(self, counters: Counters) -> None:
        self._counters = counters

    def collect(self) -> Iterator[Metric]:
        now = self._counters
        requests = CounterMetricFamily(
            "gavel_sim_requests", "Chat calls by outcome (simulated judge).", labels=["outcome"]
        )
        for outcome, total in sorted(now.requests.items()):
            requests.add_metric([outcome], total)
        yield requests
        yield GaugeMetricFamily("gavel_sim_requests_in_flight", "Calls holding a slot.", now.in_flight)
        yield GaugeMetricFamily("gavel_sim_requests_queued", "Calls waiting for a slot.", now.queued)
        yield CounterMetricFamily("gavel_sim_prompt_tokens", "Prompt tokens received.", now.prompt_tokens)
        yield CounterMetricFamily("gavel_sim_cached_tokens", "Prompt tokens not computed.", now.cached_tokens)
        yield CounterMetricFamily("gavel_sim_decode_tokens", "Tokens generated.", now.decode_tokens)
        yield CounterMetricFamily("gavel_sim_slot_seconds", "Seconds of slots in use.", now.slot_seconds)
