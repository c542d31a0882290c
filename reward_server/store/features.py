"""What can be told of a completion by looking at it alone: its length, and marks for what alarms watch."""

import hashlib
from enum import IntFlag
from itertools import pairwise

from rubrics.completion import Completion
from rubrics.layout import Layout
from rubrics.rollout import Rollout, flatten
from rubrics.text_length import count_words

_LEAST_COPIED = 32
"""Characters of an answer that cannot stand in its prompt by chance."""
_LEAST_TELLING = 3
_LONGEST = 20_000
"""Characters that are looked at for copies and conclusions."""


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


def length(completion: Completion) -> int:
    """Words of its reasoning; of all of it where the layout has none."""
    if completion.layout.reasoning is None:
        return count_words(completion.text)
    return count_words(completion.reasoning or "")


def sameness(text: str) -> int:
    """A number that equal texts share, spaces aside: 63 bits."""
    digest = hashlib.blake2b(" ".join(text.split()).encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest, "big") >> 1


def marks(rollout: Rollout) -> Mark:
    """The marks of one rollout. Linear, never raises."""
    completion = rollout.completion
    found = Mark(0)
    if rollout.finish_reason == "length":
        found |= Mark.TRUNCATED
    if completion.faults:
        found |= Mark.MALFORMED
    if _copies(rollout):
        found |= Mark.COPY
    if _contradicts(completion):
        found |= Mark.INCONSISTENT
    return found


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


def _contradicts(completion: Completion) -> bool:
    """Whether the option that the reasoning names last is not the one that is answered, in any field."""
    reasoning = completion.reasoning
    if not reasoning or completion.fields is None:
        return False
    said = reasoning[-_LONGEST:].casefold()
    return any(
        _named_last(said, options) not in (None, str(completion.fields.get(key)).casefold())
        for key, options in _vocabularies(completion.layout)
    )


def _vocabularies(layout: Layout) -> list[tuple[str, list[str]]]:
    keys = (layout.answer.keys if layout.answer is not None else None) or {}
    listed = [(key, options) for key, options in keys.items() if isinstance(options, list)]
    words = [(key, [str(word).casefold() for word in options]) for key, options in listed]
    return [(key, options) for key, options in words if len(options) > 1 and all(map(_is_telling, options))]


def _is_telling(word: str) -> bool:
    """Whether a mention of the word is likely to mean the option: "no" is said of anything."""
    return word.isalpha() and len(word) >= _LEAST_TELLING


def _named_last(said: str, options: list[str]) -> str | None:
    """The option whose last whole-word mention is the latest; None where none is mentioned."""
    last = {option: _last_mention(said, option) for option in options}
    latest = max(options, key=lambda option: last[option])
    return latest if last[latest] >= 0 else None


def _last_mention(said: str, word: str) -> int:
    place = said.rfind(word)
    while place >= 0:
        before, after = said[max(place - 1, 0) : place], said[place + len(word) : place + len(word) + 1]
        if not (before.isalnum() or after.isalnum()):
            return place
        place = said.rfind(word, 0, place)
    return -1
