"""One try of a batch as HTTP: its deadline, its key and its compression."""

from __future__ import annotations

import asyncio
import gzip
import math

from trainer_adapters.client.batches import Batch
from trainer_adapters.client.connections import Try
from trainer_adapters.client.deadline import Deadline
from trainer_adapters.client.origin import Origin
from trainer_adapters.client.settings import REWARDS_PATH, Settings

GZIP_BYTES = 64 * 2**10
"""From this size on a body is compressed, unless the server is on this machine."""
GZIP_LEVEL = 1
STEP_FRACTION = 0.05
LONGEST_STEP_S = 5.0


async def post_of(
    batch: Batch, settings: Settings, detail: str, key: str, deadline: Deadline, origin: Origin
) -> Try:
    """Return the request as it is now: with what is left of the deadline."""
    left = server_deadline_s(deadline)
    body = batch.body(settings.reward, detail, left, origin._replace(run=origin.run or settings.run))
    headers = {
        "Content-Type": "application/json",
        "Idempotency-Key": f"{key}-{left:g}",
        "X-Gavel-Batch": key,  # so that tries with other deadlines are not stored as other rollouts
    }
    if len(body) > GZIP_BYTES and not settings.loopback:
        headers["Content-Encoding"] = "gzip"
        body = await asyncio.to_thread(gzip.compress, body, GZIP_LEVEL, mtime=0)
    return Try("POST", REWARDS_PATH, body, headers)


def server_deadline_s(deadline: Deadline) -> float:
    """Round what is left down to steps of 5 % (at most 5 s), at least half a step short.

    The answer, with what was scored by then, is to arrive before this side stops waiting. The steps make
    tries that soon follow each other equal byte for byte: they share a key and the answer stored by it.
    """
    step = min(LONGEST_STEP_S, STEP_FRACTION * deadline.seconds)
    left = deadline.remaining()
    whole = math.floor(left / step - 0.5) * step
    return round(whole if whole > 0 else max(left / 2, 0.001), 3)
