"""Text in which a reader would see nothing."""

import re

_SEEN = re.compile(
    "[^\\s\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200f\u2028-\u202e"
    "\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0]"
)


def is_blank(text: str) -> bool:
    """Whether a reader would see nothing: white space and characters of no width."""
    return _SEEN.search(text) is None
