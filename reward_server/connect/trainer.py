"""A trainer: how its reward is configured, what its batch size counts, what it does with a missing reward."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from reward_server.connect.target import Target


class Counts(StrEnum):
    """What a batch size counts."""

    ROLLOUTS = "rollouts"
    PROMPTS = "prompts"


@dataclass(frozen=True, slots=True)
class Snippet:
    """Lines to paste."""

    language: str
    """bash, python, yaml or toml."""
    about: str
    """Where they go, or what they are for."""
    text: str


@dataclass(frozen=True, slots=True)
class Plugin:
    """A file that the trainer loads."""

    file: str
    """Its usual name."""
    language: str
    write: Callable[[Target], str]


@dataclass(frozen=True, slots=True)
class Trainer:
    """One row of the table of trainers."""

    name: str
    """As it is typed: `ms-swift`."""
    title: str
    snippets: Callable[[Target], Sequence[Snippet]]
    counts: Counts
    batch_setting: str
    """What the trainer calls its batch size."""
    group_setting: str
    """What it calls the number of rollouts for a prompt."""
    unscored: str
    """What becomes of an unscored rollout, in one sentence."""
    groups: bool = True
    """Whether it says which rollouts belong to one prompt."""
    sends_token: bool = True
    """Whether it can send an Authorization header."""
    plugin: Plugin | None = None
    aliases: Sequence[str] = ()
    components: str | None = None
    """Why `--components` changes nothing here; None where it does."""


def exports(target: Target, *, group_size: bool = True) -> str:
    """The environment of an adapter."""
    from shlex import quote

    lines = [f"export GAVEL_URL={quote(target.url)}"]
    if target.reward:
        lines.append(f"export GAVEL_REWARD={quote(target.reward)}")
    if group_size:
        lines.append(f"export GAVEL_GROUP_SIZE={target.group_size}")
    return "\n".join(lines)


INSTALL = "pip install ./trainer_adapters   # in the trainer's environment; adds nothing but httpx"


def spaced(weights: Sequence[float]) -> str:
    """Weights as the values of a flag: `0.4 0.6`."""
    return " ".join(f"{weight:.6g}" for weight in weights)


def listed(weights: Sequence[float]) -> str:
    """Weights as a list, which Python, YAML and Hydra read alike: `[0.4, 0.6]`."""
    return f"[{', '.join(f'{weight:.6g}' for weight in weights)}]"
