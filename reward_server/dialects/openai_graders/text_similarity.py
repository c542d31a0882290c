"""`text_similarity`: how alike two texts are, from 0 to 1."""

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from functools import partial
from math import isinf
from typing import TypeVar

from judges.deadline import remaining
from reward_server.dialects.openai_graders.graded import Graded
from reward_server.dialects.openai_graders.graders import TextSimilarityGrader
from reward_server.dialects.openai_graders.meteor import meteor
from reward_server.dialects.openai_graders.ngrams import bleu, gleu, rouge_n
from reward_server.dialects.openai_graders.subsequence import fuzzy_match, rouge_l
from reward_server.dialects.openai_graders.template import parse
from reward_server.dialects.openai_graders.variables import Variables
from reward_server.dialects.openai_graders.words import words, words_and_marks
from reward_server.wire.status import RequestError
from rubrics.cause import Cause
from rubrics.outcome import Outcome, Score, Unscored

LONGEST = 50_000
"""Characters of either text: the longest common subsequence takes the product of both."""

Text = TypeVar("Text", str, list[str])

_BY_WORDS: Mapping[str, Callable[[list[str], list[str]], float]] = {
    "bleu": bleu,
    "gleu": gleu,
    "meteor": meteor,
}


def similarity(metric: str, text: str, reference: str) -> Outcome:
    """Compare two texts by one of the metrics. Unscored where the reference is nothing to compare with."""
    if len(text) > LONGEST:
        return Unscored(Cause.COMPLETION_TOO_LONG, f"{len(text):,} characters; {LONGEST:,} are compared")
    if len(reference) > LONGEST:
        return Unscored(Cause.INVALID_GROUND_TRUTH, f"a reference of more than {LONGEST:,} characters")
    if metric == "fuzzy_match":
        return _compared(metric, fuzzy_match, text, reference, 1)
    if metric in _BY_WORDS:
        return _compared(metric, _BY_WORDS[metric], words_and_marks(text), words_and_marks(reference), 1)
    if metric == "rouge_l":
        return _compared(metric, rouge_l, words(text), words(reference), 1)
    n = int(metric.removeprefix("rouge_"))
    return _compared(metric, partial(rouge_n, n=n), words(text), words(reference), n)


def _compared(
    metric: str, measure: Callable[[Text, Text], float], text: Text, reference: Text, least: int
) -> Outcome:
    if len(reference) < least:
        return Unscored(Cause.INVALID_GROUND_TRUTH, f"the reference is too short for {metric}")
    if not text:
        return Score(0.0, "nothing to compare")
    return Score(min(1.0, measure(text, reference)), metric)


async def _in_time(comparison: Coroutine[object, object, Outcome]) -> Outcome:
    """What comes of a comparison by the deadline. A thread cannot be stopped, but nobody waits for it."""
    seconds = remaining()
    try:
        async with asyncio.timeout(None if isinf(seconds) else seconds):
            return await comparison
    except TimeoutError:
        return Unscored(Cause.DEADLINE, "the deadline passed while texts were compared")


class TextSimilarity:
    """Compares the input with the reference."""

    low = 0.0
    model = None

    def __init__(self, grader: TextSimilarityGrader, path: str) -> None:
        if grader.evaluation_metric == "cosine":
            hint = "use rouge_l or fuzzy_match for wording, a score_model for meaning"
            message = "`cosine` compares embeddings, which no judge of this server makes"
            raise RequestError("invalid_field", message, path=f"{path}.evaluation_metric", hint=hint)
        self._metric = grader.evaluation_metric
        self._input = parse(grader.input, f"{path}.input")
        self._reference = parse(grader.reference, f"{path}.reference")

    async def grade(self, variables: Variables) -> Graded:
        text, reference = self._input.fill(variables.text), self._reference.fill(variables.text)
        outcome = await _in_time(asyncio.to_thread(similarity, self._metric, text, reference))
        return Graded.unscored(outcome) if isinstance(outcome, Unscored) else Graded(outcome)
