"""The questions of a rubric, with lengths that were measured in a sample or are assumed."""

from collections.abc import Sequence

from msgspec.structs import replace

from judges.cost.profile import WORDS, Profile, Sizes, Words, assumed, measured
from judges.prompts.token_count import CountTokens
from reward_server.load.capacity.asking import Regime
from rubrics.rollout import Group
from rubrics.rubric import PromptLayout, Rubric

_LAYOUTS: dict[Regime, PromptLayout] = {"listed": "listed", "packed": "listed"}


class RubricQuestions:
    """What a rubric asks."""

    def __init__(
        self,
        rubric: Rubric,
        lengths: Sequence[Group] | Sizes,
        count: CountTokens,
        counted: str,
        words: Words = WORDS,
        layout: PromptLayout | None = None,
    ) -> None:
        """Take groups to measure, or tokens of an input by how widely it is shared.

        `counted` says how tokens are counted; `layout` is that of the judge, for a rubric without its own.
        """
        self._rubric = rubric
        self._lengths = lengths
        self._count = count
        self._counted = counted
        self._words = words
        self._layout: PromptLayout = rubric.layout or layout or "criterion_last"
        self._known: dict[Regime, Profile] = {}

    @property
    def title(self) -> str:
        """The rubric's id."""
        return self._rubric.id

    @property
    def notes(self) -> list[str]:
        """Where the sizes come from."""
        assumed = "assumed, and everything is asked (--sample measures)"
        lengths = "measured in the sample" if isinstance(self._lengths, Sequence) else assumed
        return [f"lengths: {lengths}", f"tokens: {self._counted}"]

    @property
    def regime(self) -> Regime:
        """As the rubric has it."""
        return "packed" if self._rubric.judge.mode == "all" else self._layout

    def profile(self, regime: Regime) -> Profile:
        """The sizes of their prompts. Where the rubric asks several at once, so do all regimes."""
        if regime not in self._known:
            self._known[regime] = self._profile(regime)
        return self._known[regime]

    def _profile(self, regime: Regime) -> Profile:
        if regime == "criterion_first":
            return replace(self.profile("criterion_last"), criterion_first=True)
        rubric, layout = self._rubric, _LAYOUTS.get(regime, "criterion_last")
        if regime == "packed" and self.regime == "packed":
            layout = self._layout
        elif regime == "packed":
            together = rubric.judge.model_copy(update={"mode": "all", "reason_first": False})
            rubric = rubric.model_copy(update={"judge": together})
        if isinstance(self._lengths, Sequence):
            return measured(rubric, layout, self._lengths, self._count, self._words)
        return assumed(rubric, layout, self._lengths, self._count, self._words)


def repeated(groups: Sequence[Group]) -> float:
    """Share of the rollouts whose text an earlier one of the same group has, too: no judge is asked again."""
    texts = [[rollout.completion.text for rollout in group] for group in groups]
    rollouts = sum(map(len, texts))
    return 1.0 - sum(len(set(group)) for group in texts) / rollouts if rollouts else 0.0
