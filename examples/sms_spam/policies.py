"""Policies that are rules: each takes a message and says ham or spam."""

from collections.abc import Callable, Mapping

Policy = Callable[[str], str]

KEYWORDS = ("claim", "free", "prize", "txt", "urgent", "www")
LONG = 80  # characters
MANY_DIGITS = 5


def always_ham(_message: str) -> str:
    return "ham"


def keywords(message: str) -> str:
    lower = message.lower()
    return _label(any(word in lower for word in KEYWORDS))


def length_and_digits(message: str) -> str:
    digits = sum(character.isdigit() for character in message)
    return _label(len(message) >= LONG and digits >= MANY_DIGITS)


def always_spam(_message: str) -> str:
    return "spam"


def _label(is_spam: bool) -> str:
    return "spam" if is_spam else "ham"


POLICIES: Mapping[str, Policy] = {
    "always ham": always_ham,
    "keywords": keywords,
    "length and digits": length_and_digits,
    "always spam": always_spam,
}
