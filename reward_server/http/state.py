"""What the routes of one server share."""

from dataclasses import dataclass, field

from reward_server.http.admission import Admission
from reward_server.http.idempotency import Idempotency
from reward_server.metrics import Metrics
from reward_server.service import Service


@dataclass
class State:
    """Held as `app.state.gavel`."""

    service: Service
    admission: Admission
    metrics: Metrics
    idempotency: Idempotency = field(default_factory=Idempotency)
