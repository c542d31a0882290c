"""What is true of each text and criterion, so that a verdict that belongs elsewhere shows at once.

A text names itself `#name#`; a criterion is `@c1@`, `@c2@`, ... or, in the layout `listed`, `[1]`, `[2]`, ...
"""

import re
from functools import lru_cache
from hashlib import blake2b

Key = tuple[str, str]
"""A text and a criterion."""

TOLERANCE = 1e-6

_TEXT = re.compile(r"#(\w{1,40})#")
_CRITERION = re.compile(r"(?:@c|Criterion: \[)(\d{1,4})[@\]]")


def key_of(message: str) -> Key:
    """What a user message asks about; of one that is not from these tests, such as a canary, all of it."""
    text = _TEXT.search(message)
    criterion = _CRITERION.findall(message)
    return (text[1], f"c{criterion[-1]}") if text and criterion else ("", message)


@lru_cache(maxsize=65_536)
def chance(key: Key) -> float:
    """P(yes), another for each key: from 0.02 to 0.98."""
    digest = blake2b("/".join(key).encode(), digest_size=6).digest()
    return 0.02 + 0.96 * int.from_bytes(digest) / 2**48


def is_true(key: Key, found: float) -> bool:
    """Whether `found` is the probability of this key and of no other."""
    return abs(found - chance(key)) < TOLERANCE
