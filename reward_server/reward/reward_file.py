"""A reward file: the YAML that says what a reward is made of. Its keys, before anything is opened."""

from typing import Annotated, Literal

from pydantic import Field

from reward_server.reward.alarm_options import AlarmOptions, WatchOptions
from reward_server.reward.gate import Gate
from rubrics.layout import PLAIN, Layout
from rubrics.options import Options
from rubrics.rollout import Json

Name = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_.-]{0,63}$")]
OnUnscored = Literal["mask", "fail_batch", "renormalise_group"]
ScaleRewards = Literal["group", "batch", "none"]


class ColumnOptions(Options):
    """What every component entry may say besides its own options."""

    use: str
    """A built-in component, or `package.module:Class`."""
    weight: Annotated[float, Field(ge=0, le=1e6)] = 1.0
    """Share of the reward. Weights that do not sum to 1 are normalised with a notice; 0 only monitors."""
    gate: Gate | None = None
    """Count only where another component reached a mark."""


class InverseFrequency(Options):
    """Weights by the inverse frequency of each sample's label, from a frozen table."""

    scope: Literal["sample_label"] = "sample_label"
    """One weight for each sample, by its label: w_y = n / (K n_y)."""
    apply: Literal["advantage", "reward"] = "advantage"
    """`advantage` returns the factor as `advantage_weight`; `reward` multiplies the reward by it."""
    label: str | None = None
    """Where a rollout's label stands: a path such as `ground_truth.conclusion` or `metadata.label`.
    Left out: where the table says it was counted, else `ground_truth`."""
    table: str | dict[str, Json]
    """A `weights/v1` file made by `gavel weights fit`, or its content: label -> count."""


class Weighting(Options):
    """How samples count against each other."""

    inverse_frequency: InverseFrequency | None = None
    """Inverse-frequency weights; left out: every sample counts the same."""


class Trainer(Options):
    """What the trainer does with rewards; only the linter reasons about it."""

    scale_rewards: ScaleRewards = "group"
    """How advantages are standardised: by the group's std (the default of TRL and verl), by the batch's, or
    not at all (Dr.GRPO)."""


class Groups(Options):
    """Groups whose rollouts come in several requests.

    They matter to components that compare the rollouts of a group, and to `on_unscored: renormalise_group`.
    """

    size: Annotated[int, Field(ge=1, le=65_536)] | None = None
    """How many rollouts a group has where the request does not say (`group_size`)."""
    wait_s: Annotated[float, Field(gt=0, le=3600)] = 60.0
    """Seconds from the arrival of a group's first rollout within which the last has to arrive."""
    partial: Literal["mask", "score"] = "mask"
    """What becomes of a group that is not whole by then. `mask`: no comparison, `group_incomplete`.
    `score`: those that arrived are compared with each other."""


class RewardFile(Options):
    """The keys of a reward file."""

    schema_: Annotated[Literal["reward/v1"], Field(alias="schema")] = "reward/v1"
    """Version of this format."""
    name: Name
    """The name requests ask for (`"reward": "moderation"`)."""
    description: str = ""
    """What the reward is for. Not part of `reward_version`."""
    completion: Layout = PLAIN
    """What a completion looks like: reasoning tag and answer form."""
    components: Annotated[dict[Name, dict[str, Json]], Field(min_length=1)]
    """The reward's columns by name, each `{use, weight, gate}` and its component's own options."""
    judges: dict[Name, dict[str, Json]] = {}
    """Judges by name, each `{use, ...}`. In their texts `${VAR}` and `${VAR:-default}` are filled in from the
    environment (`VAR_FILE` may name a file with the value); `$${` stands for `${`."""
    classifiers: dict[Name, dict[str, Json]] = {}
    """Classification and reward models by name, each `{use, ...}`, with variables as in `judges`."""
    weighting: Weighting = Weighting()
    """How samples count against each other."""
    trainer: Trainer = Trainer()
    """What the trainer does with rewards; the linter reasons about it."""
    on_unscored: OnUnscored = "mask"
    """`mask`: the reward is null. `fail_batch`: the whole request fails with 503.
    `renormalise_group`: a component is left out for the whole group where one of its rollouts lacks it."""
    groups: Groups = Groups()
    """Groups whose rollouts come in several requests: how long they are waited for."""
    alarms: AlarmOptions = AlarmOptions()
    """When alarms are raised about a run. Not part of `reward_version`: they never change a reward."""
    watch: WatchOptions | None = None
    """Probe the judges while a run goes on; left out, they are not. Not part of `reward_version`."""
