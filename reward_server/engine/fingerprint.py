"""Tells a rollout that is sent again from another one with the same id."""

import hashlib
from typing import NamedTuple

from rubrics.rollout import Rollout


class Fingerprint(NamedTuple):
    """Of everything that a component may look at."""

    digest: bytes
    chars: int
    """How much it is, which is about what it takes to hold it."""


def fingerprint(rollout: Rollout) -> Fingerprint:
    """Look at a whole rollout. Raises RecursionError for very deep JSON."""
    digest = hashlib.blake2b(rollout.completion.text.encode(errors="surrogatepass"), digest_size=16)
    context = repr(
        (
            rollout.prompt,
            rollout.ground_truth,
            rollout.metadata,
            rollout.finish_reason,
            rollout.completion_tokens,
            rollout.refused,
        )
    )
    digest.update(b"\0" + context.encode(errors="surrogatepass"))
    return Fingerprint(digest.digest(), len(rollout.completion.text) + len(context))
