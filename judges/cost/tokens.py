"""The tokens of one step: those of all prompts, and those that an engine with a prefix cache computes.

Symbols as in `judges.cost.step`. Where each criterion stands ahead of the texts (`Profile.criterion_first`),
a cache shares a group's and a rollout's texts within one criterion only:

    U1 = J (R t_common + sum over c (R t_c + P t_group + B a_c (t_rollout + s_c t_f))) + what blocks lose
"""

from collections.abc import Callable
from itertools import accumulate
from math import fsum
from typing import Literal

from judges.cost.profile import Asked, Profile
from judges.cost.size import Step

BLOCK_TOKENS = 16
"""Tokens in one block of a prefix cache: vLLM's default."""

Rounding = Literal["calls", "texts"]
"""What whole blocks cost. `calls`: each call leaves the prompts before it at one place, amid a block, and
computes (b - 1) / 2 tokens again. `texts`: each text of a group, rollout or question counts with b / 2 tokens
more, which is at most a few per cent above: for plans, which should err on the safe side."""


def calls(profile: Profile, step: Step) -> float:
    """Calls to all judges."""
    return _total(profile, step, lambda asked: asked.samples * (1 + len(asked.then)))


def written(profile: Profile, step: Step) -> float:
    """Tokens of all replies."""

    def tokens(asked: Asked) -> float:
        replies = [asked.written, *(each.written for each in asked.then)]
        return asked.samples * fsum(step.decode_tokens if size is None else size for size in replies)

    return _total(profile, step, tokens)


def all_tokens(profile: Profile, step: Step) -> float:
    """Tokens of all prompts, whoever computes them."""
    shared = profile.common + profile.group + profile.rollout + profile.template.before
    own = _total(profile, step, lambda asked: asked.samples * fsum(accumulate(_own(profile, asked))))
    return calls(profile, step) * shared + own


def computed_tokens(profile: Profile, step: Step, rounding: Rounding = "calls") -> float:
    """Tokens of prompts that an engine with a prefix cache computes."""
    groups = step.groups * profile.groups_asked
    begun = min(step.replicas, groups)
    ahead = step.judges * begun * (profile.common + profile.template.before)
    body = _criterion_first if profile.criterion_first else _criterion_last
    return ahead + body(profile, step, groups) + _lost(profile, step, groups, rounding)


def _criterion_last(profile: Profile, step: Step, groups: float) -> float:
    rollouts = step.rollouts * profile.rollouts_asked
    own = _total(profile, step, lambda asked: _own(profile, asked)[0] + _further(profile, asked))
    return step.judges * (groups * profile.group + rollouts * profile.rollout) + own


def _criterion_first(profile: Profile, step: Step, groups: float) -> float:
    begun = min(step.replicas, groups)
    ahead = fsum(begun * asked.tokens + groups * profile.group for asked in profile.criteria.values())
    behind = profile.rollout + profile.template.after
    return step.judges * ahead + _total(profile, step, lambda asked: behind + _further(profile, asked))


def _lost(profile: Profile, step: Step, groups: float, rounding: Rounding) -> float:
    """Tokens that are computed again because only whole blocks are shared."""
    if rounding == "calls":
        begun = step.judges * min(step.replicas, groups)
        return (calls(profile, step) - begun) * (BLOCK_TOKENS - 1) / 2
    return _texts(profile, step, groups) * BLOCK_TOKENS / 2


def _texts(profile: Profile, step: Step, groups: float) -> float:
    """How many texts are computed: of groups, rollouts, questions and further calls."""
    questions = _total(profile, step, lambda _: 1.0)
    further = calls(profile, step) - questions
    if profile.criterion_first:
        grouped = step.judges * groups * len(profile.criteria)
        return grouped * (profile.group > 0) + questions * (profile.rollout > 0) + further
    rollouts = step.rollouts * profile.rollouts_asked
    shared = step.judges * (groups * (profile.group > 0) + rollouts * (profile.rollout > 0))
    return shared + _total(profile, step, lambda asked: float(_own(profile, asked)[0] > 0)) + further


def _own(profile: Profile, asked: Asked) -> list[float]:
    """What each call adds to the conversation, first to last."""
    template = profile.template
    return [asked.tokens + template.after, *(each.tokens + template.between for each in asked.then)]


def _further(profile: Profile, asked: Asked) -> float:
    """What the calls that follow add, of all samples."""
    return asked.samples * fsum(_own(profile, asked)[1:])


def _total(profile: Profile, step: Step, each: Callable[[Asked], float]) -> float:
    """A sum over all that all judges are asked, of what each question comes to."""
    asked = profile.criteria.values()
    return step.judges * step.rollouts * fsum(one.share * each(one) for one in asked)
