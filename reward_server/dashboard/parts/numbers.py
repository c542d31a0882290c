"""Counts with what is counted."""


def counted(count: int, what: str) -> str:
    """`1 word`, `2 words`."""
    return f"{count:,} {what}" if count == 1 else f"{count:,} {what}s"
