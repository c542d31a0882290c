"""Forgets what is old: by age, by size, or by run."""

from pathlib import Path


def prune(
    path: Path, *, run: int | None = None, older_than_s: float | None = None, keep_gb: float | None = None
) -> int:
    """Forget rollouts now, and give their space back. Returns how many. Raises StoreError."""
    raise NotImplementedError(path, run, older_than_s, keep_gb)
