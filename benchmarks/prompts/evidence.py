"""Rollouts to write prompts about, in the sizes of a policy check: random words, about one token each.

Standard library only: it is imported in environments where none of our packages are.
"""

import json
import random
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

GROUP = 8
GUIDELINES, STATEMENTS, POST, RESPONSE = 120, 40, 300, 400
"""Words of the guidelines, of each statement, of what a group shares, and of each response."""

WORDS = (
    "a about account after again against all allow also always and another any are argue as ask at "
    "because been before below between both but by call can case change claim clause close come could day "
    "decide do each early end even every exception fact few find first follow for from full general give "
    "good group had hard has have he her high him his hold how if in into is it its just keep kind know "
    "large last late law leave less let like line little long look made make many may mean member message "
    "might mind more most much must name near need never new next no not note now number of off offer old "
    "on once one only open or order other our out over own part people person place plain point policy "
    "post put quote rather read reason right rule said same say see seem set she should show side since "
    "small so some speak state still such take tell than that the their them then there these they thing "
    "think this those time to together told too true try turn two under until up upon use very want was "
    "way we well were what when where which while who why will with word work would write year you your "
)
"""Common ones."""

Messages = Sequence[Mapping[str, str]]


class Evidence(NamedTuple):
    """What one rollout's prompts are about."""

    group: int
    post: str
    response: str


class Work(NamedTuple):
    """Everything that a tool is given."""

    guidelines: str
    statements: list[str]
    rollouts: list[Evidence]


def work(rollouts: int, statements: int, seed: int = 0) -> Work:
    """The same for the same seed; no two texts alike."""
    chance = random.Random(seed)
    asked = [_text(chance, STATEMENTS) for _ in range(statements)]
    guidelines = _text(chance, GUIDELINES)
    posts = [_text(chance, POST) for _ in range(-(-rollouts // GROUP))]
    return Work(guidelines, asked, [_evidence(chance, number, posts) for number in range(rollouts)])


def _evidence(chance: random.Random, number: int, posts: Sequence[str]) -> Evidence:
    return Evidence(number // GROUP, posts[number // GROUP], _text(chance, RESPONSE))


def _text(chance: random.Random, words: int) -> str:
    return " ".join(chance.choices(WORDS.split(), k=words)) + "."


def write(prompts: Callable[[Work], Iterable[Messages]]) -> None:
    """A tool's program: ROLLOUTS and STATEMENTS are its arguments, messages as JSON lines its output."""
    rollouts, statements = map(int, sys.argv[1:])
    for messages in prompts(work(rollouts, statements)):
        print(json.dumps(messages))
