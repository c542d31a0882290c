"""A trained scalar reward model: its logit, or the sigmoid of it."""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Literal, Self

from pydantic import Field, PrivateAttr, model_validator

from reward_server.reward.component import Bounds, Component
from rubrics.blank import is_blank
from rubrics.cause import Cause
from rubrics.completion import Part
from rubrics.outcome import Outcome, Score, Unscored
from rubrics.rollout import Group, Json, Rollout

if TYPE_CHECKING:
    from judges.classifiers.finding import Finding
    from judges.classifiers.item import Item
    from reward_server.reward.surroundings import NamedClassifier, Surroundings


class RewardModel(Component):
    """A sequence classification model's number for each completion, as in RLHF (arXiv 2203.02155).

    All rollouts of a group are scored at once. A completion without text is worth the least there is, and the
    model is not asked.
    """

    classifier: str = "default"
    """Which of the file's `classifiers` scores."""
    transform: Literal["raw", "sigmoid"] = "sigmoid"
    """`sigmoid`: the probability, in [0, 1]. `raw`: the logit as it is, which has no bounds of its own."""
    clip: Annotated[list[float], Field(min_length=2, max_length=2)] | None = None
    """For `raw`: the least and the greatest value; logits beyond count as these. Left out: no bounds, so
    that a gate on it cannot be checked."""
    input: Literal["conversation", "completion"] = "conversation"
    """`conversation`: the prompt and the completion as its answer, in the model's own chat template where it
    has one. `completion`: the completion alone, as it is."""
    of: Part = "all"
    """What of the completion is scored: `all`, the `reasoning` between its tags, or the `answer` after it."""

    _classifier: "NamedClassifier | None" = PrivateAttr(None)

    @model_validator(mode="after")
    def _sensible(self) -> Self:
        if self.clip is not None and self.transform == "sigmoid":
            raise ValueError("`clip` is for `transform: raw`; a sigmoid is in [0, 1] already")
        if self.clip is not None and not self.clip[0] < self.clip[1]:
            raise ValueError("`clip` is the least value, then a greater one")
        if self.clip is None and self.transform == "raw" and self.input == "completion":
            raise ValueError("raw values of `input: completion` need `clip`: no text is worth its least")
        return self

    @property
    def bounds(self) -> Bounds:  # type: ignore[override]
        if self.transform == "sigmoid":
            return 0.0, 1.0
        return (-math.inf, math.inf) if self.clip is None else (self.clip[0], self.clip[1])

    def bind(self, surroundings: "Surroundings") -> Component:
        bound = self.model_copy()
        bound._classifier = surroundings.classifier(self.classifier, "classifier")  # noqa: SLF001 - a copy of self
        return bound

    def identity(self) -> Json:
        assert self._classifier is not None, "bind() finds the classifier"
        options = self._classifier.options
        kind = f"{type(options).__module__}:{type(options).__qualname__}"
        return {"options": super().identity(), "classifier": [kind, options.identity()]}

    async def __call__(self, group: Group) -> Sequence[Outcome]:
        from asyncio import gather  # for scoring: `gavel check` starts without

        return await gather(*map(self._score, group))

    async def _score(self, rollout: Rollout) -> Outcome:
        assert self._classifier is not None, "bind() finds the classifier"
        text = rollout.completion.part(self.of)
        least = self.bounds[0]
        if math.isfinite(least) and is_blank(text):
            return Score(least, "there is no text to score")
        item = self._item(rollout, text)
        if isinstance(item, Unscored):
            return item
        found = await self._classifier.classifier.score(item)
        return found if isinstance(found, Unscored) else Score(self._value(found))

    def _item(self, rollout: Rollout, text: str) -> "Item | Unscored":
        from judges.classifiers.item import Claim, Conversation, Turn

        if self.input == "completion":
            return Claim(text)
        if rollout.prompt is None:
            return Unscored(Cause.MISSING_FIELD, "the reward model reads the prompt, which was not sent")
        prompt = rollout.prompt
        turns = (
            [Turn("user", prompt)]
            if isinstance(prompt, str)
            else [Turn(message.role, message.text) for message in prompt]
        )
        return Conversation((*turns, Turn("assistant", text)))

    def _value(self, found: "Finding") -> float:
        if self.transform == "sigmoid":
            return found.probability
        if self.clip is None:
            return found.logit
        return min(max(found.logit, self.clip[0]), self.clip[1])
