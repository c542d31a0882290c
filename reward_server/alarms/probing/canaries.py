"""Texts without content in the place of recent completions: a judge that finds them good can be fooled."""

from collections.abc import Mapping, Sequence
from random import Random
from typing import NamedTuple

from judges.attack.attack import Attack
from judges.attack.placing import Target, aim, attacked
from judges.attack.statements import is_met, pays
from judges.attack.texts import attacks
from reward_server.alarms.probing.asking import Asking
from reward_server.alarms.probing.samples import Sample
from reward_server.alarms.rounds import Round
from rubrics.assessment import pending
from rubrics.settling import settle
from rubrics.verdict import Verdict

MOST_EXAMPLES = 5


class Found(NamedTuple):
    """One canary: whose place it took, and what the judge said of it."""

    number: int
    verdicts: Mapping[str, Verdict]


async def canary_rounds(
    asking: Asking, samples: Sequence[Sample], *, step: int, at: float, most: int
) -> list[Round]:
    """Have canaries judged; what was found by criterion. Raises StoppedError, TimeoutError."""
    asked = canaries(asking, samples, most, seed=int(at))
    found = [Found(sample.number, await asking.verdicts(sample.rollout)) for sample in asked]
    return _rounds(asking, found, step, at)


def canaries(asking: Asking, samples: Sequence[Sample], most: int, seed: int) -> list[Sample]:
    """So many different texts that the judge would have to read, drawn by the seed."""
    target = aim(asking.rubric, asking.layout)
    if target is None or not samples:
        return []
    chance = Random(seed)  # noqa: S311 - not a secret
    kinds = [attack for attack in attacks(target.shown_as) if not attack.twin]
    pairs = [(sample, attack) for sample in samples for attack in kinds]
    chance.shuffle(pairs)
    made = (_made(sample, attack, target.targets, chance) for sample, attack in pairs)
    asked = (sample for sample in made if pending(asking.rubric, settle(asking.rubric, sample.rollout)))
    return [sample for sample, _ in zip(asked, range(most), strict=False)]


def _made(sample: Sample, attack: Attack, targets: Sequence[Target], chance: Random) -> Sample:
    return Sample(sample.number, attacked(sample.rollout, attack, targets, chance))


def _rounds(asking: Asking, found: Sequence[Found], step: int, at: float) -> list[Round]:
    rounds = []
    for criterion in asking.criteria:
        told = [(each.number, each.verdicts[criterion.id]) for each in found if criterion.id in each.verdicts]
        if pays(criterion) == "costs" or not told:
            continue  # where being found met costs, no policy gains by it
        met = [number for number, verdict in told if is_met(criterion, verdict)]
        rounds.append(
            Round(
                kind="canary",
                judge=asking.judge,
                criterion=criterion.id,
                step=step,
                at=at,
                asked=len(told),
                found=len(met),
                rollouts=met[:MOST_EXAMPLES],
            )
        )
    return rounds
