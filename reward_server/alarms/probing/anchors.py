"""The same rollouts again and again: a judge whose verdicts on them move is not the judge it was.

Each anchor is judged twice at first, which gives a_i and b_i, and once in every round, which gives v_i. While
nothing drifts, v_i and b_i are alike in distribution, so that the excess of each anchor,

    e_i = |v_i - a_i| - |b_i - a_i|

is 0 on average. A round tells its mean and its standard error over anchors, for each criterion.
"""

from collections.abc import Sequence
from math import fsum, sqrt
from statistics import stdev

import msgspec

from reward_server.alarms.probing.asking import Asking
from reward_server.alarms.probing.samples import Sample
from reward_server.alarms.rounds import Anchor, AnchorSet, Round, Values

MOST_EXAMPLES = 5


async def new_anchors(asking: Asking, version: str, samples: Sequence[Sample]) -> AnchorSet:
    """Judge these twice, to be compared with later; those without verdicts are none.

    Raises StoppedError, TimeoutError.
    """
    anchors = []
    for sample in samples:
        first = await _values(asking, sample)
        second = await _values(asking, sample)
        if first and second:
            anchors.append(Anchor(sample.number, first, second))
    return AnchorSet(asking.name, version, anchors)


async def anchor_rounds(
    asking: Asking, anchors: AnchorSet, samples: Sequence[Sample], *, step: int, at: float
) -> list[Round]:
    """Judge the anchors once more; how far verdicts moved, by criterion.

    Raises StoppedError, TimeoutError.
    """
    known = {anchor.number: anchor for anchor in anchors.anchors}
    judged = [(known[sample.number], await _values(asking, sample)) for sample in samples]
    told = [_round(criterion.id, asking.judge, judged, step, at) for criterion in asking.criteria]
    return [each for each in told if each is not None]


async def _values(asking: Asking, sample: Sample) -> Values:
    found = await asking.verdicts(sample.rollout)
    return {name: verdict.probability for name, verdict in found.items() if verdict.probability is not None}


class _Moved(msgspec.Struct, frozen=True):
    number: int
    move: float
    retest: float

    @property
    def excess(self) -> float:
        return abs(self.move) - self.retest


def _round(
    criterion: str, judge: str, judged: Sequence[tuple[Anchor, Values]], step: int, at: float
) -> Round | None:
    moved = [
        _Moved(anchor.number, now[criterion] - anchor.first[criterion], _retest(anchor, criterion))
        for anchor, now in judged
        if criterion in now and criterion in anchor.first and criterion in anchor.second
    ]
    if not moved:
        return None
    farthest = sorted(moved, key=lambda each: -abs(each.move))[:MOST_EXAMPLES]
    return Round(
        kind="anchor",
        judge=judge,
        criterion=criterion,
        step=step,
        at=at,
        asked=len(moved),
        found=_mean([abs(each.move) for each in moved]),
        retest=_mean([each.retest for each in moved]),
        excess=_mean([each.excess for each in moved]),
        error=stdev([each.excess for each in moved]) / sqrt(len(moved)) if len(moved) > 1 else 0.0,
        direction=_mean([each.move for each in moved]),
        rollouts=[each.number for each in farthest],
    )


def _retest(anchor: Anchor, criterion: str) -> float:
    return abs(anchor.second[criterion] - anchor.first[criterion])


def _mean(values: Sequence[float]) -> float:
    return fsum(values) / len(values)
