"""Text out of a user's file in a message: short, and inert in a terminal."""

_MOST = 60


def shown(text: object) -> str:
    """The text's printable ASCII form, cut."""
    written = ascii(str(text))[1:-1]
    return written if len(written) <= _MOST else f"{written[:_MOST]}..."
