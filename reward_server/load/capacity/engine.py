"""How long an engine takes for the calls of a step: three models of engines.

`Shared`: all calls of a replica share its computing, as in an engine that batches continuously (vLLM,
SGLang). Its time is tokens over rates, however many calls are in flight.
`Slots`: a replica serves so many calls at once, which do not slow each other down, as the simulated judge
and an account with a hosted model do. A step of M calls comes in waves.
`Measured`: what a load test found at the knee.
"""

from math import ceil
from typing import Protocol

import msgspec


class Work(msgspec.Struct, frozen=True):
    """What one judge has to do."""

    calls: float
    computed: float
    """Prompt tokens that are computed."""
    further: float
    """Tokens of replies after the first of each, which comes with the prompt."""


class Engine(Protocol):
    """A model of one replica."""

    def busy_s(self, work: Work) -> float:
        """Seconds of one replica's time."""

    def step_s(self, work: Work, replicas: int) -> float:
        """Seconds until all of it is done."""

    def best_s(self, work: Work, replicas: int) -> float:
        """Seconds at best, where the rates leave that open; else the same."""

    def call_s(self, work: Work) -> float | None:
        """Seconds of one call under load; None where nothing says."""

    def times(self, work: Work) -> bool:
        """Whether there is a rate for all of it: False where that of replies is missing."""


class Shared(msgspec.Struct, frozen=True):
    """Calls share a replica's computing."""

    prefill_tps: float
    decode_tps: float | None = None
    """Of all calls together."""
    ttft: float = 0.0
    """Seconds of a call that are no computing: the way there and back."""
    latency: float | None = None
    """Seconds of one call under load."""

    def busy_s(self, work: Work) -> float:
        """Seconds of one replica's time."""
        replies = work.further / self.decode_tps if self.decode_tps else 0.0
        return work.computed / self.prefill_tps + replies

    def step_s(self, work: Work, replicas: int) -> float:
        """Seconds until all of it is done."""
        return self.busy_s(work) / replicas + (self.ttft if work.calls else 0.0)

    def best_s(self, work: Work, replicas: int) -> float:
        """The same."""
        return self.step_s(work, replicas)

    def call_s(self, work: Work) -> float | None:  # noqa: ARG002 - depends on what else is in flight
        """As given."""
        return self.latency

    def times(self, work: Work) -> bool:
        """Whether there is a rate for replies, where there are such."""
        return self.decode_tps is not None or work.further <= 0


class Slots(msgspec.Struct, frozen=True):
    """A replica serves so many calls at once, each at its own rates."""

    slots: int
    ttft: float = 0.0
    prefill_tps: float | None = None
    """Of each slot; None computes in no time."""
    decode_tps: float | None = None
    """Of each slot."""

    def busy_s(self, work: Work) -> float:
        """Seconds of one replica's time, all slots busy."""
        return work.calls * self.call_s(work) / self.slots

    def step_s(self, work: Work, replicas: int) -> float:
        """Seconds until the last wave is done."""
        return ceil(work.calls / (self.slots * replicas)) * self.call_s(work)

    def best_s(self, work: Work, replicas: int) -> float:
        """The same."""
        return self.step_s(work, replicas)

    def call_s(self, work: Work) -> float:
        """Seconds of a mean call in its slot."""
        if not work.calls:
            return 0.0
        computing = work.computed / self.prefill_tps if self.prefill_tps else 0.0
        writing = work.further / self.decode_tps if self.decode_tps else 0.0
        return self.ttft + (computing + writing) / work.calls

    def times(self, work: Work) -> bool:
        """Whether there is a rate for replies, where there are such."""
        return self.decode_tps is not None or work.further <= 0


class Measured(msgspec.Struct, frozen=True):
    """What one replica was seen to sustain.

    One measurement does not say whether calls or tokens are what costs. To be safe, a step takes the longer
    of both; where its calls compute less than those that were measured, it may take as little as its tokens.
    """

    calls_s: float
    prefill_tps: float | None = None
    """Computed prompt tokens a second."""
    decode_tps: float | None = None
    """None where replies had one token, which tells nothing of writing."""
    latency: float | None = None

    def busy_s(self, work: Work) -> float:
        """Seconds of one replica's time, on the safe side."""
        return max(work.calls / self.calls_s, self._tokens_s(work))

    def step_s(self, work: Work, replicas: int) -> float:
        """Seconds until all of it is done, on the safe side."""
        return self.busy_s(work) / replicas

    def best_s(self, work: Work, replicas: int) -> float:
        """Seconds where tokens are what costs."""
        return (self._tokens_s(work) if self.prefill_tps else self.busy_s(work)) / replicas

    def call_s(self, work: Work) -> float | None:  # noqa: ARG002 - as it was measured
        """As measured."""
        return self.latency

    def times(self, work: Work) -> bool:
        """Whether there is a rate for replies, where there are such."""
        return self.decode_tps is not None or work.further <= 0

    def _tokens_s(self, work: Work) -> float:
        """Reading and writing were measured at the same time, so that the longer counts."""
        reading = work.computed / self.prefill_tps if self.prefill_tps else 0.0
        return max(reading, work.further / self.decode_tps if self.decode_tps else 0.0)
