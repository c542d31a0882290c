"""One reward column: `async (Group) -> one Score | Unscored for each rollout`.

Name a class in a reward file (`use: package.module:Class`) and it is a component; its fields are its
options. Subclass `PerRollout` when each rollout is scored by itself, `Component` when the group matters
or the work has to wait for something.
"""

from abc import abstractmethod
from collections.abc import Sequence
from typing import ClassVar

from reward_server.reward.surroundings import Surroundings
from rubrics.cause import Cause
from rubrics.options import Options
from rubrics.outcome import Outcome, Score, Unscored
from rubrics.rollout import Group, Json, Rollout
from rubrics.stamp import RubricStamp

Bounds = tuple[float, float]
"""The least and the greatest value a component can give."""


class Component(Options):
    """Base of every component. Subclasses are frozen option models and hold no state of a request."""

    bounds: ClassVar[Bounds] = (0.0, 1.0)
    """Declared range; a property where it depends on the options. Values outside it are component errors."""

    relative: ClassVar[bool] = False
    """Whether a value depends on the other rollouts of the group, so that it is called once for each whole
    group, when the last rollout is there. A property where it depends on the options."""
    questions: ClassVar[int] = 0
    """The most questions that one rollout puts to a judge; a property where it depends on the options."""

    criteria: ClassVar[Sequence[str]] = ()
    """The ids of the criteria on which it has verdicts; a property where it depends on the options."""

    stamp: ClassVar[RubricStamp | None] = None
    """The rubric it judges by; a property where there is one."""

    @abstractmethod
    async def __call__(self, group: Group) -> Sequence[Outcome]:
        """Score a group: one outcome for each rollout, in order."""

    def bind(self, surroundings: Surroundings) -> "Component":  # noqa: ARG002 - subclasses use it
        """The component ready to score, with the files and judges it names opened. Pure ones are ready."""
        return self

    def identity(self) -> Json:
        """What goes into `reward_version`: everything that can change a value."""
        return self.model_dump(mode="json")

    async def aclose(self) -> None:
        """Release what `bind` opened."""


class PerRollout(Component):
    """A component that scores one rollout at a time, without waiting. A failure stays with its rollout."""

    @abstractmethod
    def score(self, rollout: Rollout) -> Outcome:
        """Score one rollout. Anything raised becomes `Unscored(component_error)` for this rollout alone."""

    async def __call__(self, group: Group) -> Sequence[Outcome]:
        return self.score_all(group.rollouts)

    def score_all(self, rollouts: Sequence[Rollout]) -> list[Outcome]:
        """Score each rollout, isolating failures."""
        outcomes: list[Outcome] = []
        for rollout in rollouts:
            try:
                outcomes.append(self.score(rollout))
            except Exception as error:  # noqa: BLE001 - a component's bug must not take its siblings along
                outcomes.append(failed(error))
        return outcomes


def failed(error: BaseException) -> Unscored:
    """The outcome of a component that raised. Only the type is told: the message may quote a text."""
    return Unscored(Cause.COMPONENT_ERROR, f"{type(error).__name__} was raised")


RIGHT, WRONG = 1.0, 0.0


def right_or_wrong(right: bool, reason: str) -> Score:
    """A Score of 1 or 0 with its reason."""
    return Score(RIGHT if right else WRONG, reason)
