"""A criterion that a classification model decides, without a chat model."""

from typing import Annotated

from pydantic import Field

from rubrics.options import Options

InputName = Annotated[str, Field(min_length=1)]
"""A name under the rubric's `inputs`."""


class ClassifierCriterion(Options):
    """What is handed to which classifier. Its probability is how far the criterion is met."""

    use: Annotated[str, Field(min_length=1)] = "default"
    """Which of the reward file's `classifiers`."""
    premise: InputName | None = None
    """The input that the claim is held against, for models that take pairs, such as factual consistency.
    Left out: the model sees the claim alone."""
    claim: InputName
    """The input that is classified: of a pair, the second text."""

    @property
    def reads(self) -> tuple[str, ...]:
        """The inputs it needs."""
        return (self.claim,) if self.premise is None else (self.premise, self.claim)
