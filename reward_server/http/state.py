"""What the routes of one server share."""

from dataclasses import dataclass, field

from reward_server.http.admission import Admission
from reward_server.http.idempotency import Idempotency
from reward_server.limits import MIB, Limits
from reward_server.metrics.metrics import Metrics
from reward_server.service import Service

MAX_REPEATS_BYTES = 64 * 2**20


def _repeats() -> Idempotency:
    return Idempotency(max_bytes=MAX_REPEATS_BYTES, whole_only=True)


def _playground() -> Admission:
    return Admission(Limits(max_requests=4, max_bytes=16 * MIB))


@dataclass
class State:
    """Held as `app.state.gavel`."""

    service: Service
    admission: Admission
    metrics: Metrics
    idempotency: Idempotency = field(default_factory=Idempotency)
    """Answers by Idempotency-Key."""
    repeats: Idempotency = field(default_factory=_repeats)
    """Answers by content, for clients that retry without a key."""
    playground: Admission = field(default_factory=_playground)
    """Of its own, so that it takes no request's place."""
    any_host: bool = False
    """Whether it answers under every host name, and without a token."""
