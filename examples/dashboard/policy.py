"""A policy in training, made of the sentences of the moderation example. The same seed says the same."""

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from random import Random

import msgspec
from story import Mood

from rubrics.rollout import Json

ROLLOUTS = Path(__file__).parent.parent / "moderation" / "rollouts.jsonl"
QUOTABLE = ("good", "good-plain", "good-wrong", "overlong", "short", "text-after", "contradiction")
"""Kinds of rollouts whose reasoning is fluent English about the post."""
STOCK = (
    "The words of the post decide the case, and no exception or milder reading of clause 1(d) applies.",
    "Quotes of the post and clause 3(b) decide the case; the policy offers a milder reading.",
    "A phrase of the post meets clause 2(b), and the exception that the policy offers weighs little.",
)
"""What a judge that counts words falls for."""
TOKENS_PER_WORD = 1.35

_SENTENCE_END = re.compile(r"(?<=[.?!])\s+")
_OPTION = re.compile(r"\b(?:true|false)\b", re.IGNORECASE)

Rollout = dict[str, Json]
"""A rollout as the reward URL takes it."""


class Post(msgspec.Struct, frozen=True, kw_only=True):
    """A post to be moderated: what the rollouts of a group have in common."""

    name: str
    prompt: Json
    violates: bool
    labels: Mapping[str, Json]
    sentences: Sequence[str]


@cache
def posts() -> Sequence[Post]:
    """The posts of the moderation example."""
    lines = [msgspec.json.decode(line) for line in ROLLOUTS.read_bytes().splitlines()]
    names = dict.fromkeys(line["group"] for line in lines)
    return [_post(name, [line for line in lines if line["group"] == name]) for name in names]


def _post(name: str, lines: Sequence[Mapping[str, Json]]) -> Post:
    first = lines[0]
    return Post(
        name=name,
        prompt=first["prompt"],
        violates=first["ground_truth"]["conclusion"],  # type: ignore[index]
        labels=first["metadata"]["labels"],  # type: ignore[index]
        sentences=list(dict.fromkeys(_sentences(lines))),
    )


def _sentences(lines: Sequence[Mapping[str, Json]]) -> Iterator[str]:
    """Their sentences, but those that name an option of the answer: contradicting it is our choice."""
    for line in lines:
        text = line["completion"]
        if str(line["id"]).partition("-")[2] in QUOTABLE and isinstance(text, str):
            reasoning = text.partition("<think>")[2].partition("</think>")[0].strip()
            yield from (each for each in _SENTENCE_END.split(reasoning) if not _OPTION.search(each))


def group(post: Post, name: str, mood: Mood, size: int, random: Random) -> list[Rollout]:
    """A group of rollouts as the policy in this mood would sample them."""
    return [_rollout(post, f"{name}/{number}", mood, random) for number in range(size)]


def _rollout(post: Post, name: str, mood: Mood, random: Random) -> Rollout:
    text, finish_reason = _completion(post, mood, random)
    return {
        "id": name,
        "group": name.rpartition("/")[0],
        "prompt": post.prompt,
        "completion": text,
        "ground_truth": {"conclusion": post.violates},
        "metadata": {"labels": dict(post.labels)},
        "finish_reason": finish_reason,
        "completion_tokens": round(len(text.split()) * TOKENS_PER_WORD),
    }


def _completion(post: Post, mood: Mood, random: Random) -> tuple[str, str]:
    reasoning = _reasoning(post, mood, random)
    if random.random() < mood.cut:
        return f"<think>\n{reasoning}", "length"
    said = post.violates if random.random() < mood.right else not post.violates
    if random.random() < mood.contradicting:
        reasoning += f" So the conclusion is {str(not said).lower()}."
    answer = _answer(post, said)
    if random.random() < mood.formed:
        return f"<think>\n{reasoning}\n</think>\n{answer}", "stop"
    return random.choice((f"{reasoning}\n{answer}", f"<think>\n{reasoning}\n</think>\nSo: {answer}")), "stop"


def _reasoning(post: Post, mood: Mood, random: Random) -> str:
    if random.random() < mood.stock:
        return random.choice(STOCK)
    wanted = random.gauss(mood.words, mood.words / 8)
    chosen: list[str] = []
    words = 0
    while words < wanted:
        for sentence in random.sample(post.sentences, len(post.sentences)):
            length = len(sentence.split())
            if chosen and words + length / 2 > wanted:
                return " ".join(chosen)
            chosen.append(sentence)
            words += length
    return " ".join(chosen)


def _answer(post: Post, conclusion: bool) -> str:
    """The object that a conclusion stands in: of the post's own section, where it violates one."""
    scam = post.labels["policy_2"] == "yes"
    return msgspec.json.encode(
        {
            "policy_1": conclusion and not scam,
            "policy_2": "yes" if conclusion and scam else "no",
            "conclusion": conclusion,
        }
    ).decode()
