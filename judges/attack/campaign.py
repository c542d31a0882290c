"""All attacks on one rubric and its judge, from samples to the report."""

from collections.abc import Sequence

import msgspec

from judges.attack.attack import KINDS, Kind
from judges.attack.placing import Aim
from judges.attack.report import Attacked, Report, report
from judges.attack.statements import statements
from judges.attack.texts import attacks
from judges.attack.trial import Grade, Sample, Told, Trials, has_text
from rubrics.rubric import PromptLayout, Rubric


class Campaign(msgspec.Struct, frozen=True, kw_only=True):
    """What is attacked, and how."""

    rubric: Rubric
    judge: str
    """The judge's name, for the report."""
    samples: Sequence[Sample]
    aim: Aim
    kinds: Sequence[Kind] = KINDS
    seed: int = 0
    max_fpr: float = 0.01
    """The share of false positives above which a judge is unfit."""
    only: str | None = None
    """Report this criterion alone."""
    layout: PromptLayout = "criterion_last"
    """The judge's layout, for a rubric that names none."""

    async def run(self, grade: Grade, told: Told = lambda _, __: None) -> Report:
        """Have everything judged, and measured."""
        asked = statements(self.rubric, self._asked_only)
        trials = Trials(self.rubric, asked, self.samples)
        trials.add(attacks(self.aim.shown_as, self.kinds), self.aim, self.seed)
        found = await trials.run(grade, told)
        return report(self._about(trials.texts), found)

    @property
    def _asked_only(self) -> str | None:
        """The one criterion that is asked; None where a prompt shows several, or it would change."""
        apart = (self.rubric.layout or self.layout) == "criterion_last" and self.rubric.judge.batch == 1
        return self.only if apart else None

    def _about(self, texts: int) -> Attacked:
        return Attacked(
            rubric=self.rubric,
            judge=self.judge,
            samples=self.samples,
            without_text=sum(not has_text(sample, self.aim) for sample in self.samples),
            texts=texts,
            seed=self.seed,
            max_fpr=self.max_fpr,
            only=self.only,
        )
