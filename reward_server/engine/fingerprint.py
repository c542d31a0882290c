"""Tells a rollout that is sent again from another one with the same id."""

import hashlib
from collections.abc import Iterable

from rubrics.rollout import Rollout


def fingerprint(rollout: Rollout) -> bytes:
    """A digest of everything that a component may look at. Raises RecursionError for very deep JSON."""
    digest = hashlib.blake2b(rollout.completion.text.encode(errors="surrogatepass"), digest_size=16)
    context = (
        rollout.prompt,
        rollout.ground_truth,
        rollout.metadata,
        rollout.finish_reason,
        rollout.completion_tokens,
        rollout.refused,
    )
    digest.update(b"\0" + repr(context).encode(errors="surrogatepass"))
    return digest.digest()


def fingerprints(rollouts: Iterable[Rollout]) -> dict[str, bytes]:
    """The digest of each rollout, by its id."""
    return {rollout.id: fingerprint(rollout) for rollout in rollouts}
