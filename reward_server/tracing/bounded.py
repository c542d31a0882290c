"""Ids as attributes: a trainer chose them, so they are cut and escaped."""

LONGEST = 64


def bounded(name: str, longest: int = LONGEST) -> str:
    """Printable ASCII of at most `longest` characters."""
    return ascii(name[:longest])[1:-1][:longest]
