"""When alarms are raised: the sections `alarms` and `watch` of a reward file. Neither changes a reward."""

from typing import Annotated, Literal

from pydantic import Field

from rubrics.options import Options

Off = Literal["off"]
Share = Annotated[float, Field(gt=0, le=1)]
Steps = Annotated[int, Field(ge=1, le=50)]


class LengthCollapse(Options):
    """Reasoning gets much shorter than it was."""

    factor: Share = 0.5
    """Collapsed is a median below this part of the baseline's median."""
    least_words: Annotated[float, Field(ge=0)] = 50.0
    """Collapsed, and critical, is also a median below so many words, where the baseline's was not."""
    steps: Steps = 2
    """So many steps in a row."""


class DeadGroups(Options):
    """Most groups give no gradient."""

    share: Share = 0.5
    """Share of groups that are dead from which on there is an alarm."""
    critical: Share = 0.9
    """Share from which on it is critical."""
    steps: Steps = 5
    """The steps that are taken together."""


class ComponentSaturated(Options):
    """A component is at its greatest value almost everywhere."""

    share: Share = 0.98
    """Saturated is a mean above this part of the component's range."""
    steps: Steps = 5
    """The least number of steps that are taken together."""


class ComponentFlat(Options):
    """A component is the same for all rollouts of a group."""

    spread: Annotated[float, Field(ge=0, le=1)] = 0.01
    """Flat is a mean standard deviation within groups below this part of the component's range."""
    groups: Annotated[int, Field(ge=1)] = 32
    """The least number of groups that are looked at: few small groups may be equal by chance."""
    steps: Steps = 5
    """The least number of steps that are taken together."""


class Inconsistency(Options):
    """Reasoning ends on another answer than the one that is given, ever more often."""

    rise: Share = 0.05
    """So much more than in the baseline, as a share of rollouts."""
    steps: Steps = 5
    """The steps that are taken together."""


class Duplicates(Options):
    """More and more completions of a step are equal."""

    rise: Share = 0.1
    """So much more than in the baseline, as a share of rollouts."""
    steps: Steps = 5
    """The steps that are taken together."""


class IdentityCopies(Options):
    """Answers are copies of what the prompt shows, or list candidates in the order shown."""

    rise: Share = 0.1
    """So much more than in the baseline, as a share of rollouts."""
    most: Share = 0.5
    """A share that is too much whatever the baseline was."""
    steps: Steps = 5
    """The steps that are taken together."""


class Truncation(Options):
    """More and more completions stop at the length limit."""

    rise: Share = 0.1
    """So much more than in the baseline, as a share of rollouts."""
    most: Share = 0.5
    """A share that is too much whatever the baseline was."""
    steps: Steps = 5
    """The steps that are taken together."""


class UnscoredFraction(Options):
    """Rollouts have no reward, through no fault of the policy's."""

    share: Share = 0.05
    """Share of rollouts without a reward from which on there is an alarm."""
    critical: Share = 0.2
    """Share from which on it is critical."""
    steps: Steps = 3
    """The steps that are taken together; the last step alone is looked at, too."""


class AdvantageShare(Options):
    """One component drives the whole advantage, or one that should count drives nothing."""

    most: Share = 0.9
    """Too much is more than this share of the advantage's variance, with less weight."""
    least: Annotated[float, Field(ge=0, le=1)] = 0.01
    """Too little is less than this share of it,"""
    weight: Share = 0.1
    """with at least this weight."""
    steps: Steps = 5
    """The least number of steps that are taken together."""


class JudgeFalsePositives(Options):
    """A judge finds canaries, which have no content, to meet criteria."""

    share: Share = 0.01
    """Share of false positives that is too much."""
    critical: Share = 0.1
    """Share from which on it is critical."""
    rounds: Steps = 5
    """The rounds of canaries that are taken together."""


class JudgeDrift(Options):
    """A judge's verdicts on anchors are not what they were."""

    move: Share = 0.05
    """By so much more than at a retest verdicts differ, on average."""
    rounds: Steps = 2
    """So many rounds of anchors in a row."""


class StoreFailing(Options):
    """Rollouts cannot be stored."""


class AlarmOptions(Options):
    """Each alarm's limits, or `off`."""

    baseline: Annotated[int, Field(ge=1, le=1000)] = 10
    """The first steps with scored rollouts, with which later ones are compared."""
    length_collapse: LengthCollapse | Off = LengthCollapse()
    """Reasoning gets much shorter than it was."""
    dead_groups: DeadGroups | Off = DeadGroups()
    """Most groups give no gradient."""
    component_saturated: ComponentSaturated | Off = ComponentSaturated()
    """A component is at its greatest value almost everywhere."""
    component_flat: ComponentFlat | Off = ComponentFlat()
    """A component is the same for all rollouts of a group."""
    advantage_share: AdvantageShare | Off = AdvantageShare()
    """One component drives the whole advantage, or one that should count drives nothing."""
    unscored_fraction: UnscoredFraction | Off = UnscoredFraction()
    """Rollouts have no reward, through no fault of the policy's."""
    think_answer_inconsistency: Inconsistency | Off = Inconsistency()
    """Reasoning ends on another answer than the one that is given, ever more often."""
    duplicates_rising: Duplicates | Off = Duplicates()
    """More and more completions of a step are equal."""
    identity_copies: IdentityCopies | Off = IdentityCopies()
    """Answers are copies of what the prompt shows, or list candidates in the order shown."""
    truncation_rising: Truncation | Off = Truncation()
    """More and more completions stop at the length limit."""
    judge_false_positives: JudgeFalsePositives | Off = JudgeFalsePositives()
    """A judge finds canaries, which have no content, to meet criteria."""
    judge_drift: JudgeDrift | Off = JudgeDrift()
    """A judge's verdicts on anchors are not what they were."""
    store_failing: StoreFailing | Off = StoreFailing()
    """Rollouts cannot be stored."""


class WatchOptions(Options):
    """Judges are probed while a run goes on. Costs judge calls; rollouts always come first."""

    every_s: Annotated[float, Field(ge=1, le=86_400)] = 600.0
    """Seconds between two rounds."""
    canaries: Annotated[int, Field(ge=0, le=1000)] = 20
    """Texts without content, in the place of recent completions, that are judged in a round; 0 for none."""
    anchors: Annotated[int, Field(ge=0, le=1000)] = 20
    """Stored rollouts that are judged anew in every round, always the same ones; 0 for none."""
