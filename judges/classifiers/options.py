"""A classifier as a reward file describes it."""

from abc import abstractmethod
from typing import Annotated, Literal

from pydantic import Field

from judges.classifiers.finding import Activation
from judges.classifiers.scorer import Scorer
from judges.classifiers.template import Template
from rubrics.options import Options
from rubrics.rollout import Json

Truncate = Literal["error", "start", "end"]

_HARMLESS = {"attempts", "max_waiting"}


class ClassifierOptions(Options):
    """Base of every classifier. Subclass it to add your own: `use: package.module:Class`."""

    template: Template | None = None
    """Text with `{claim}` and, for pairs, `{premise}`, for models trained on one text that holds both. Left
    out: a pair is given as the two texts that the model's tokenizer joins."""
    truncate: Truncate = "error"
    """What becomes of a text that is too long. `error`: it is unscored (`judge_rejected`). `end`: its end is
    cut off. `start`: its beginning is. A policy learns to put what costs it where it is cut off."""
    activation: Activation = "auto"
    """How logits become a probability. `auto`: sigmoid of a single logit, softmax over several. `sigmoid`: of
    each by itself, for models with several labels that do not exclude each other."""
    attempts: Annotated[int, Field(ge=1, le=3)] = 3
    """Attempts for one text, the first included."""
    max_waiting: Annotated[int, Field(ge=1)] = 200_000
    """Most texts under way at once; further ones are refused as `judge_overloaded`."""

    @abstractmethod
    def open(self) -> Scorer:
        """The model, ready to score. Raises ConfigError."""

    def identity(self) -> Json:
        """What goes into `reward_version`: everything that can change a finding."""
        return self.model_dump(mode="json", exclude=_HARMLESS)
