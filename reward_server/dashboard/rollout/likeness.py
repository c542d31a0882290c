"""What the texts of a group have in common: the sentences that several of them hold."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from reward_server.dashboard.parts.text import Stretch

LEAST = 12
"""Characters of a sentence that is told to be the same."""
MOST = 500
"""Stretches of a text that are set off."""

_SENTENCE = re.compile(r"[^.?!\n]*[.?!\n]+\s*|[^.?!\n]+")


def shared(texts: Sequence[str]) -> list[list[Stretch]]:
    """For each text, the sentences that another one holds as well, spaces aside. Linear."""
    read = [list(_sentences(text)) for text in texts]
    held = Counter(said for sentences in read for said in {said for _, _, said in sentences})
    return [_stretches([each for each in sentences if held[each[2]] > 1]) for sentences in read]


def _sentences(text: str) -> Iterator[tuple[int, int, str]]:
    for found in _SENTENCE.finditer(text):
        said = " ".join(found[0].split())
        if len(said) >= LEAST:
            yield found.start(), found.end(), said


def _stretches(found: Sequence[tuple[int, int, str]]) -> list[Stretch]:
    """Sentences one after another are one stretch."""
    joined: list[Stretch] = []
    for start, end, _ in found:
        if joined and joined[-1].end == start:
            joined[-1] = joined[-1]._replace(end=end)
        elif len(joined) < MOST:
            joined.append(Stretch(start, end, "shared"))
    return joined
