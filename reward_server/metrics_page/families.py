"""What a registry of Prometheus metrics exports: names, types, labels, meanings."""

from collections.abc import Iterable, Iterator
from typing import Literal

import msgspec
from prometheus_client import CollectorRegistry
from prometheus_client.metrics import MetricWrapperBase
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

Kind = Literal["counter", "gauge", "histogram"]

SUFFIXES: dict[Kind, tuple[str, ...]] = {
    "counter": ("_total",),
    "gauge": ("",),
    "histogram": ("_bucket", "_sum", "_count"),
}
"""What the names of a family's samples end in."""


class Family(msgspec.Struct, frozen=True):
    """One metric."""

    name: str
    """As it is queried; of a histogram without `_bucket`, `_sum` and `_count`."""
    kind: Kind
    labels: tuple[str, ...]
    meaning: str

    @property
    def samples(self) -> dict[str, tuple[str, ...]]:
        """The names that can be queried, each with its labels."""
        if self.kind != "histogram":
            return {self.name: self.labels}
        return {
            self.name + suffix: (*self.labels, "le") if suffix == "_bucket" else self.labels
            for suffix in SUFFIXES["histogram"]
        }


def families(registry: CollectorRegistry) -> list[Family]:
    """Every metric of a registry, in the order of their registration, before anything is counted, too."""
    collectors = registry._collector_to_names  # noqa: SLF001 - it says nothing of labels before their first use
    return [found for collector in collectors for found in _families(collector)]


def _families(collector: Collector) -> Iterator[Family]:
    for metric in _described(collector):
        kind = msgspec.convert(metric.type, Kind)
        labels = tuple(
            getattr(collector if isinstance(collector, MetricWrapperBase) else metric, "_labelnames", ())
        )
        suffix = "_total" if kind == "counter" else ""
        yield Family(metric.name + suffix, kind, labels, metric.documentation)


def _described(collector: Collector) -> Iterable[Metric]:
    return collector.describe() if isinstance(collector, MetricWrapperBase) else collector.collect()
