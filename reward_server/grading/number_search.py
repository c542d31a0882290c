"""Finding the last number of a text, in a window of fixed length: text of any length costs the same."""

import re
from enum import Enum, auto

from reward_server.grading.numbers import DIGITS, NUMBER, PLAIN, Notation, plain_text
from reward_server.grading.units import unit_names

BEHIND = 300
"""Characters looked at before the last digit of a text."""
AHEAD = 60
"""Characters looked at after the last digit, for its unit."""

_COMMAND = re.compile(r"\s?\\[A-Za-z]")
_ATTACHED = re.compile(r"(?P<hyphen>-?)(?P<word>\w+)")


def find_last(text: str, notation: Notation = PLAIN) -> str | None:
    """The last number in running text, as `read` takes it.

    None where there is none, or where it is no number by itself: one end of a range or of a hedge
    (`3-4`, `3 or 4`), an operand (`2 + 3`), an exponent, part of a date or a time.
    """
    end = max(map(text.rfind, DIGITS[:10] if text.isascii() else DIGITS))
    if end < 0:
        return None
    start = max(0, end - BEHIND)
    window = plain_text(text[start : end + AHEAD])
    found = list(NUMBER.finditer(window))
    places = [_place(window, number, notation) for number in found]
    while places and places[-1] is Place.IN_A_WORD:
        places.pop()
    if not places or places[-1] is Place.IN_A_COMPOUND:
        return None
    last = found[len(places) - 1]
    if start and last.start() < BEHIND // 4:
        return None
    if len(places) > 1 and places[-2] is not Place.IN_A_WORD:
        between = window[found[len(places) - 2].end() : last.start()]
        return None if _hedged(between, notation) else last.group().strip()
    return last.group().strip()


class Place(Enum):
    """Where a number stands in running text."""

    ALONE = auto()
    IN_A_WORD = auto()
    """`H2O`, `COVID-19`, `2nd`, `3x`: no number, the one before it may be meant."""
    IN_A_COMPOUND = auto()
    """`x^2`, `12:30`, `3-4`, `2\\pi`: part of something that is not one number."""


def _place(window: str, found: re.Match[str], notation: Notation) -> Place:
    before, after = window[max(0, found.start() - 2) : found.start()], window[found.end() :][:AHEAD]
    beside, outer = before[-1:], before[-2:-1]
    if _in_a_word(beside) or (beside in ("-", "+") and _in_a_word(outer) and not outer.isdecimal()):
        return Place.IN_A_WORD
    if beside in ("^", "/", ":", "-", "+", "\\") or (beside == "*" and _in_a_word(outer)):
        return Place.IN_A_COMPOUND
    if _COMMAND.match(after):
        return Place.IN_A_COMPOUND
    attached = _ATTACHED.match(after)
    if attached is None or not _in_a_word(attached["word"][0]):
        return Place.ALONE
    word = attached["word"].casefold().rstrip("²³")
    is_known = not attached["hyphen"] and word in unit_names(notation.units)
    return Place.ALONE if is_known else Place.IN_A_WORD


def _in_a_word(character: str) -> bool:
    """Whether a digit beside it belongs to a word. Scripts without spaces stand beside numbers freely."""
    return bool(character) and ord(character) < 0x0590 and (character.isalnum() or character == "_")


_JOINING = (
    "or and to through until by vs versus x & | - \u2013 \u2014 ~ \u00b1 + * / \u00f7 ^ : .. ... \u2026"
)
_CONNECTORS = frozenset(_JOINING.split())


def _hedged(between: str, notation: Notation) -> bool:
    """Whether what stands between two numbers makes them alternatives, a range or operands."""
    if len(between) > AHEAD:
        return False
    known = unit_names(notation.units)
    words = [word for word in between.casefold().split() if word.strip("$*,") not in known]
    return len(words) == 1 and (words[0].strip("$,") in _CONNECTORS or words[0] in ("*", "**"))
