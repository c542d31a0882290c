"""Every sample under every attack, judged as the server would, each question once."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Iterable, Mapping, Sequence
from random import Random

import msgspec

from judges.attack.attack import Attack
from judges.attack.placing import Aim, attacked
from rubrics.assessment import pending
from rubrics.blank import is_blank
from rubrics.completion import Completion
from rubrics.inputs import read_inputs
from rubrics.outcome import Outcome, Score
from rubrics.replay import NotJudged, replay
from rubrics.rollout import Group, Rollout
from rubrics.rubric import Rubric
from rubrics.settling import settle
from rubrics.verdict import Verdict

Grade = Callable[[Rubric, Sequence[Rollout]], Awaitable[Sequence[Outcome]]]
"""Has rollouts graded under a rubric: `judges.grade.grade_group` with its judge."""

Told = Callable[[int, int], None]
"""Told how many texts have been judged, and of how many."""

Found = Mapping[str, Verdict]
"""Verdicts by criterion."""

AT_ONCE = 512
_PORTION = 32


class Sample(msgspec.Struct, frozen=True):
    """A rollout under attack, and its prompt's group."""

    group: str
    rollout: Rollout


class Peace(msgspec.Struct, frozen=True):
    """One sample as it is."""

    sample: Sample
    found: Found
    value: float | None
    """The rubric's value; None where it has none, or not all criteria were asked."""
    blank_value: float | None
    """What the sample would be worth without any text, which no judge sees."""


class Trial(msgspec.Struct, frozen=True):
    """One sample under one attack."""

    attack: Attack
    clean: Peace
    question: Hashable
    """What the judge was shown: equal for trials that are one and the same question."""
    found: Found
    value: float | None
    by_code: bool
    """Whether checks and gates decide the rubric's value before any judge is asked."""


def chosen(groups: Iterable[Group], limit: int, seed: int) -> list[Sample]:
    """At most `limit` samples, drawn by the seed, in the order of the groups."""
    samples = [Sample(group.id, rollout) for group in groups for rollout in group]
    if len(samples) <= limit:
        return samples
    drawn = Random(seed).sample(range(len(samples)), limit)  # noqa: S311 - not a secret
    return [samples[place] for place in sorted(drawn)]


class Trials:
    """What is to be judged, for one rubric. `asked` are the statements that are put to the judge."""

    def __init__(self, rubric: Rubric, asked: Rubric, samples: Sequence[Sample]) -> None:
        self._rubric = rubric
        self._asked = asked
        self._samples = samples
        self._plan: list[tuple[Attack, Sample, Rollout]] = []
        self._texts: dict[Hashable, Rollout] = {}
        self._found: dict[Hashable, Found] = {}
        for sample in samples:
            self._note(sample.rollout)

    def add(self, attacks: Iterable[Attack], aim: Aim, seed: int) -> None:
        """Plan each of the attacks on each sample that it can be added to."""
        for sample in self._samples:
            for attack in attacks:
                if attack.twin and not has_text(sample, aim):
                    continue
                made = attacked(sample.rollout, attack, aim.targets, _chance(seed, sample, attack))
                self._note(made)
                self._plan.append((attack, sample, made))

    @property
    def texts(self) -> int:
        """How many different texts there are."""
        return len(self._texts)

    async def run(self, grade: Grade, told: Told) -> list[Trial]:
        """Have everything judged."""
        keys = list(self._texts)
        slots = asyncio.Semaphore(AT_ONCE // _PORTION)

        async def judge(portion: Sequence[Hashable]) -> None:
            async with slots:
                outcomes = await grade(self._asked, [self._texts[key] for key in portion])
            for key, outcome in zip(portion, outcomes, strict=True):
                self._found[key] = {verdict.criterion: verdict for verdict in outcome.verdicts}
            told(len(self._found), len(keys))

        await asyncio.gather(*(judge(keys[at : at + _PORTION]) for at in range(0, len(keys), _PORTION)))
        in_peace = {id(sample): self._in_peace(sample) for sample in self._samples}
        return [self._trial(attack, made, in_peace[id(sample)]) for attack, sample, made in self._plan]

    def _note(self, rollout: Rollout) -> None:
        self._texts.setdefault(self._question(rollout), rollout)

    def _question(self, rollout: Rollout) -> Hashable:
        """What the judge is shown, and which statements it is not asked about."""
        texts = read_inputs(self._asked.inputs, rollout)
        settled = frozenset(settle(self._asked, rollout))
        return (tuple(texts.items()), settled) if isinstance(texts, dict) else (rollout.id, settled)

    def _in_peace(self, sample: Sample) -> Peace:
        found = self._found[self._question(sample.rollout)]
        blank = Completion("", sample.rollout.completion.layout)
        nothing = msgspec.structs.replace(sample.rollout, completion=blank)
        return Peace(sample, found, self._value(sample.rollout, found), self._value(nothing, {}))

    def _trial(self, attack: Attack, made: Rollout, clean: Peace) -> Trial:
        question = self._question(made)
        found = self._found[question]
        by_code = not pending(self._rubric, settle(self._rubric, made))
        return Trial(attack, clean, question, found, self._value(made, found), by_code)

    def _value(self, rollout: Rollout, found: Found) -> float | None:
        try:
            outcome = replay(self._rubric, rollout, found)
        except NotJudged:
            return None
        return outcome.value if isinstance(outcome, Score) else None


def has_text(sample: Sample, aim: Aim) -> bool:
    """Whether the sample has something of its own in every part that is attacked."""
    return not any(is_blank(sample.rollout.completion.part(target)) for target in aim.targets)


def _chance(seed: int, sample: Sample, attack: Attack) -> Random:
    return Random(f"{seed}/{sample.rollout.id}/{attack.kind}/{attack.text}")  # noqa: S311 - not a secret
