"""A gate lets a component count only where another one reached a mark (GDPO 2601.05242, Eq. 8).

A closed gate costs nothing: the gated component never sees the rollout.
"""

from typing import Annotated

from pydantic import Field

from rubrics.options import Options
from rubrics.outcome import Outcome, Score, Unscored


class Gate(Options):
    """When a component counts."""

    on: str
    """Name of the component that decides."""
    at_least: float
    """The gate is open where that component's raw value is at least this."""
    else_: Annotated[float, Field(alias="else")] = 0.0
    """The gated component's value where the gate is closed."""

    def decide(self, key: Outcome) -> Outcome | None:
        """The gated outcome where the gate decides it; None where the gate is open.

        Where the deciding component is unscored, so is the gated one: nobody knows whether it counts.
        """
        if isinstance(key, Unscored):
            return Unscored(key.cause, f"its gate `{self.on}` is unscored")
        if key.value >= self.at_least:
            return None
        return Score(self.else_, f"gate closed: {self.on} is {key.value:g}, needs {self.at_least:g}")
