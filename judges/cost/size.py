"""How large a training step is, as the judge meets it."""

from typing import Annotated

from pydantic import Field

from rubrics.options import Options


class Step(Options):
    """One step of training, as the judge meets it."""

    rollouts: Annotated[int, Field(ge=1)]
    """Rollouts that are judged."""
    group_size: Annotated[int, Field(ge=1)]
    """Rollouts for each prompt."""
    judges: Annotated[int, Field(ge=1)] = 1
    """Judges of the panel, each of which is asked everything."""
    replicas: Annotated[int, Field(ge=1)] = 1
    """Replicas of each judge. A group stays at one of them."""
    decode_tokens: Annotated[int, Field(ge=1)] = 1
    """Tokens of a verdict: 1 with `verdict: token`. Of several together, the whole reply is counted."""

    @property
    def groups(self) -> int:
        return -(-self.rollouts // self.group_size)
