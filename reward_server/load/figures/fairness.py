"""How evenly clients that compete were served."""

from collections.abc import Collection


def jain(shares: Collection[float]) -> float | None:
    """Jain's index, (sum x)^2 / (n sum x^2) (Jain, Chiu & Hawe 1984); None with one client."""
    squares = sum(share * share for share in shares)
    if len(shares) < 2 or not squares:
        return None
    return min(1.0, sum(shares) ** 2 / (len(shares) * squares))
