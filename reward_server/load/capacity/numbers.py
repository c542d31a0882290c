"""Questions of plain numbers: so many criteria, texts of so many tokens."""

import msgspec

from judges.cost.profile import Asked, Profile
from judges.cost.template import NONE
from reward_server.load.capacity.asking import Regime

NAMED = 16
"""Tokens of a question that names a listed criterion, with what a chat template adds."""
ANSWER = 4
"""Tokens of one answer among several: `"1": "yes", `."""


class Numbers(msgspec.Struct, frozen=True):
    """Mean tokens of texts, what a chat template adds among them."""

    criteria: int
    system: float
    """Of what every prompt begins with."""
    group: float
    """Of what a group shares: the prompt, its policy."""
    rollout: float
    """Of what is a rollout's own."""
    criterion: float
    samples: int = 1
    """Votes on each criterion."""
    regime: Regime = "criterion_last"

    @property
    def title(self) -> str:
        """`5 criteria`, or `5 criteria, 3 votes each`."""
        votes = f", {self.samples} votes each" if self.samples > 1 else ""
        return f"{self.criteria} criteri{'a' if self.criteria > 1 else 'on'}{votes}"

    @property
    def notes(self) -> list[str]:
        """The sizes themselves."""
        sizes = f"{self.system:g} every prompt, {self.group:g} a group, {self.rollout:g} a rollout"
        return [f"tokens: {sizes}, {self.criterion:g} a criterion (a rubric file measures them)"]

    def profile(self, regime: Regime) -> Profile:
        """The sizes of their prompts."""
        listed = self.criteria * self.criterion if regime in ("listed", "packed") else 0.0
        return Profile(
            layout="listed" if listed else "criterion_last",
            common=self.system + listed,
            group=self.group,
            rollout=self.rollout,
            criteria=self._asked(regime),
            criterion_first=regime == "criterion_first",
            template=NONE,
        )

    def _asked(self, regime: Regime) -> dict[str, Asked]:
        if regime == "packed":
            return {"all": Asked(0.0, samples=self.samples, written=float(ANSWER * self.criteria))}
        tokens = NAMED if regime == "listed" else self.criterion
        return {str(number): Asked(tokens, samples=self.samples) for number in range(self.criteria)}
