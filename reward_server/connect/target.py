"""What a trainer is to be connected to: a URL, the reward function behind it, and the size of a step."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Self
from urllib.parse import quote

from rubrics.rollout import Json

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{0,63}")
"""As a reward file has them."""


@dataclass(frozen=True, slots=True)
class Description:
    """What the server says of a reward function."""

    name: str
    equation: str
    weights: Mapping[str, float]
    """By component, in the server's order."""
    relative: bool = False
    """Whether a component compares the rollouts of a group."""
    questions: int | None = None
    """Most judge questions for one rollout; None where the server does not tell."""

    @classmethod
    def read(cls, body: Mapping[str, Json]) -> Self:
        """Take an answer of `GET /v1/rewards/{name}`. Raises KeyError or ValueError for another."""
        listed, questions = body["components"], body.get("questions")
        if not isinstance(listed, list):
            raise ValueError("components are a list")  # noqa: TRY004 - of a stranger's answer
        columns = [column for column in listed if isinstance(column, dict)]
        for name in (body["name"], *(column["name"] for column in columns)):
            if not _NAME.fullmatch(str(name)):
                raise ValueError("it would go into lines that are pasted and run")
        return cls(
            name=str(body["name"]),
            equation=str(body["equation"]),
            weights={str(column["name"]): float(str(column["weight"])) for column in columns},
            relative=bool(body.get("relative")),
            questions=questions if isinstance(questions, int) else None,
        )

    @property
    def weighted(self) -> dict[str, float]:
        """The components that count, with their weights."""
        return {name: weight for name, weight in self.weights.items() if weight}


@dataclass(frozen=True, slots=True)
class Target:
    """What the lines of a trainer are filled in with."""

    url: str
    """Scheme, host and port, without a slash at its end."""
    reward: str | None = None
    """Name of the reward function; None where the server has only one, or could not be asked."""
    batch_size: int = 256
    group_size: int = 8
    components: bool = False
    """Whether each component is a reward of its own (GDPO, arXiv 2601.05242)."""
    description: Description | None = None
    """None where the server could not be asked."""
    out: str | None = None
    """Where the trainer's plug-in file goes."""

    def path(self, dialect: str) -> str:
        """The address of a dialect: `http://host:port/slime/my-reward`."""
        name = f"/{quote(self.reward)}" if self.reward else ""
        return f"{self.url}/{dialect}{name}"

    @property
    def names(self) -> Sequence[str]:
        """Components that are rewards of their own; a stand-in where the server could not be asked."""
        return list(self.description.weighted) if self.description else ["accuracy"]

    @property
    def weights(self) -> Sequence[float]:
        """Their weights, in the same order."""
        return list(self.description.weighted.values()) if self.description else [1.0]
