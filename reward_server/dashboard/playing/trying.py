"""An edit tried on rollouts: the scores before, the scores after, and what would have to be asked."""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import msgspec

from reward_server.dashboard.playing.choosing import Before, Chosen
from reward_server.dashboard.playing.stand_ins import StandIn, standing_in
from reward_server.engine.row import Row
from reward_server.engine.scoring import Scoring
from reward_server.replaying import refuse_shared_ids, rubrics_of
from reward_server.reward.aggregation import Weights
from reward_server.reward.reward_function import Column, RewardFunction
from reward_server.service import Service
from reward_server.wire.egress import results
from rubrics.problems import ConfigError
from rubrics.rollout import Group

DEADLINE_S = 60.0
"""Seconds for one trial without models."""
ASKING_S = 300.0
"""Seconds for one that asks."""
MOST_QUESTIONS = 4_096
"""Questions of one trial."""


class Trial(NamedTuple):
    """Both scores of each rollout."""

    chosen: Chosen
    before: Mapping[str, Before]
    after: Mapping[str, Row]
    unasked: int
    """At most so many questions would have had to be put to models."""
    asked: int
    """Questions that were put to judges, or answered out of the verdict cache."""
    notices: Sequence[str]
    weights: Weights
    """Of the edit's components."""


async def try_out(
    service: Service,
    served: RewardFunction,
    tried: RewardFunction,
    chosen: Chosen,
    *,
    ask: int = 0,
    trust: bool = False,
) -> Trial:
    """Score rollouts under `tried`, and those without stored scores under `served`, too.

    `ask`: the most questions that may be put to models. `trust`: verdicts of other versions count as well.
    """
    known, notices = _known(served, tried, chosen.before, trust=trust)
    after = await _scored(service, served, tried, known, chosen.groups, ask)
    then, unasked, asked = chosen.before, after.unasked, after.asked
    if not then:
        before = await _scored(service, served, served, {}, chosen.groups, max(0, ask - asked))
        then = {
            name: Before.of(results([row], "verdicts")[0], served.version)
            for name, row in before.rows.items()
        }
        unasked, asked = unasked + before.unasked, asked + before.asked
    return Trial(chosen, then, after.rows, unasked, asked, [*chosen.notices, *notices], tried.weights)


async def closed(function: RewardFunction) -> None:
    """Release what an edit's components hold. Its models are the served ones, and stay open."""
    for column in function.columns:
        await column.component.aclose()


class _Scored(NamedTuple):
    rows: Mapping[str, Row]
    unasked: int
    asked: int


async def _scored(
    service: Service,
    served: RewardFunction,
    tried: RewardFunction,
    known: Mapping[str, Before],
    groups: Sequence[Group],
    ask: int,
) -> _Scored:
    stand_ins = standing_in(tried, served, known, may_ask=ask > 0)
    scoring = Scoring(_with(tried, stand_ins), groups, allowance=min(ask, MOST_QUESTIONS))
    rows = await service.aside(scoring, ASKING_S if ask else DEADLINE_S)
    unasked = scoring.unasked + sum(each.unanswered for each in stand_ins.values())
    by_id = {row.rollout.id: row for group in rows for row in group}
    return _Scored(by_id, unasked, scoring.judging.questions)


def _with(function: RewardFunction, stand_ins: Mapping[str, StandIn]) -> RewardFunction:
    columns = [Column(c.name, stand_ins.get(c.name, c.component), c.weight, c.gate) for c in function.columns]
    return msgspec.structs.replace(function, columns=columns)


def _known(
    served: RewardFunction, tried: RewardFunction, before: Mapping[str, Before], *, trust: bool
) -> tuple[Mapping[str, Before], Sequence[str]]:
    """The stored scores that answer what the served reward asks, and what is to be said of the others."""
    ambiguous = [*_ambiguous(served), *_ambiguous(tried)]
    if ambiguous:
        return {}, [f"no stored verdict is used: {ambiguous[0]}"]
    known = {name: each for name, each in before.items() if trust or each.version == served.version}
    strange = len(before) - len(known)
    said = (
        f"{strange:,} of {len(before):,} rollouts were scored by another version of `{served.name}`: its "
        "verdicts may answer other words, so they are not used"
    )
    return known, [said] if strange else []


def _ambiguous(function: RewardFunction) -> Iterator[str]:
    """Why stored verdicts do not say which rubric they belong to, where they do not."""
    try:
        refuse_shared_ids(rubrics_of(function))
    except ConfigError as error:
        yield error.problems[0].message
