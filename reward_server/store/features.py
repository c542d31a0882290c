"""What can be told of a completion by looking at it alone: its length, and marks for what alarms watch."""

import hashlib
from collections.abc import Sequence
from enum import IntFlag
from itertools import pairwise

from rubrics.completion import Completion, Fault
from rubrics.layout import Layout
from rubrics.rollout import Rollout, flatten
from rubrics.text_length import count_words

_LEAST_COPIED = 32
"""Characters of an answer that cannot stand in its prompt by chance."""
_LEAST_TELLING = 3
_LONGEST = 20_000
"""Characters that are looked at for copies and conclusions."""
_SPACES = b" \t\n\r\v\f"


class Mark(IntFlag):
    """What is worth counting of a rollout."""

    COPY = 1
    """Its answer stands in its prompt, or is the candidates in the order that they were shown."""
    INCONSISTENT = 2
    """Its reasoning ends on another answer than the one it gives."""
    TRUNCATED = 4
    """Generation stopped at the length limit."""
    MALFORMED = 8
    """Its layout has a fault."""


# An IntFlag takes a microsecond to combine, and there may be thousands of rollouts a second.
_COPY, _INCONSISTENT, _TRUNCATED, _MALFORMED = map(
    int, (Mark.COPY, Mark.INCONSISTENT, Mark.TRUNCATED, Mark.MALFORMED)
)


def length(completion: Completion) -> int:
    """Words of its reasoning; of all of it where the layout has none, or it was cut off while reasoning."""
    if completion.layout.reasoning is None or Fault.REASONING_UNCLOSED in completion.faults:
        return count_words(completion.text)
    return count_words(completion.reasoning or "")


def sameness(text: str) -> int:
    """A number that texts of the same characters share, ASCII whitespace aside: 63 bits."""
    seen = text.encode("utf-8", "surrogatepass").translate(None, _SPACES)
    return int.from_bytes(hashlib.blake2b(seen, digest_size=8).digest(), "big") >> 1


class Marks:
    """Marks rollouts whose completions have one layout."""

    def __init__(self, layout: Layout) -> None:
        self._vocabularies = _vocabularies(layout)

    def of(self, rollout: Rollout) -> int:
        """The marks of one rollout, as a number. Linear, never raises."""
        completion = rollout.completion
        found = _TRUNCATED if rollout.finish_reason == "length" else 0
        if completion.faults:
            found |= _MALFORMED
        if _copies(rollout):
            found |= _COPY
        if self._vocabularies and self._contradicts(completion):
            found |= _INCONSISTENT
        return found

    def _contradicts(self, completion: Completion) -> bool:
        """Whether the option that the reasoning names last is not what is answered."""
        reasoning, fields = completion.reasoning, completion.fields
        if not reasoning or fields is None:
            return False
        said = reasoning[-_LONGEST:].casefold()
        for options, keys in self._vocabularies:
            place, named = _named_last(said, options)
            meant = _meant(said[: max(place, 0)], keys)
            if place >= 0 and all(str(fields.get(key)).casefold() != named for key in meant):
                return True
        return False


def _copies(rollout: Rollout) -> bool:
    answer = (rollout.completion.answer or "").strip()
    if _is_shown_order(answer, rollout.metadata.get("candidates")):
        return True
    return _LEAST_COPIED <= len(answer) <= _LONGEST and answer in flatten(rollout.prompt)


def _is_shown_order(answer: str, candidates: object) -> bool:
    """Whether the candidates are answered in the order that they were shown."""
    if not isinstance(candidates, list) or len(candidates) < 2 or len(answer) > _LONGEST:
        return False
    places = [answer.find(str(each)) for each in candidates]
    return -1 not in places and all(before < after for before, after in pairwise(places))


def _vocabularies(layout: Layout) -> list[tuple[tuple[str, ...], list[str]]]:
    """The options whose mention means something, with the keys that are answered by one of them."""
    keys = (layout.answer.keys if layout.answer is not None else None) or {}
    found: dict[tuple[str, ...], list[str]] = {}
    for key, vocabulary in keys.items():
        if isinstance(vocabulary, list):
            found.setdefault(tuple(str(word).casefold() for word in vocabulary), []).append(key)
    return [(options, keys) for options, keys in found.items() if _are_telling(options)]


def _are_telling(options: Sequence[str]) -> bool:
    return len(options) > 1 and all(map(_is_telling, options))


def _is_telling(word: str) -> bool:
    """Whether a mention of the word is likely to mean the option: "no" is said of anything."""
    return word.isalpha() and len(word) >= _LEAST_TELLING


def _named_last(said: str, options: Sequence[str]) -> tuple[int, str]:
    """Where the latest whole-word mention of an option stands, and of which; -1 where none is mentioned."""
    return max((_last_mention(said, option), option) for option in options)


def _meant(said: str, keys: Sequence[str]) -> Sequence[str]:
    """Of the fields that offer an option, the one that was named last before it; all where none was."""
    places = [said.rfind(key.casefold()) for key in keys]
    return keys if max(places) < 0 else [keys[places.index(max(places))]]


def _last_mention(said: str, word: str) -> int:
    place = said.rfind(word)
    while place >= 0:
        before, after = said[max(place - 1, 0) : place], said[place + len(word) : place + len(word) + 1]
        if not (before.isalnum() or after.isalnum()):
            return place
        place = said.rfind(word, 0, place)
    return -1
