"""What judging one training step costs: calls, tokens, and from given rates GPU seconds or money. Arithmetic.

With B rollouts in P groups, a_c the share of them of which criterion c is asked, R replicas, tokens t and
blocks of b tokens:

    calls      C  = B sum(a_c)
    no cache   U0 = sum over the calls of (t_common + t_group + t_rollout + t_c)
    cache      U1 = R t_common + P t_group + B t_rollout + B sum(a_c t_c) + (C - R) (b - 1) / 2

A prefix cache shares whole blocks only, so each call but a replica's first computes the part of a block in
which it leaves the prompts before it: any of 0 to b - 1 tokens. P and B count groups and rollouts of which
something is asked.
"""

from math import fsum
from typing import Annotated

import msgspec
from pydantic import Field, model_validator

from judges.profile import Profile
from rubrics.options import Options
from rubrics.rubric import PromptLayout

BLOCK_TOKENS = 16
"""Tokens in one block of a prefix cache: vLLM's default."""
TEMPLATE_BEFORE, TEMPLATE_AFTER = 6, 4
"""Tokens that a chat template adds ahead of the question, and after it: a typical one, with two messages."""
PRICE_UNIT = 1_000_000

Rate = Annotated[float, Field(gt=0)]
Price = Annotated[float, Field(ge=0)]


class Step(Options):
    """One step of training, as the judge meets it."""

    rollouts: Annotated[int, Field(ge=1)]
    """Rollouts that are judged."""
    group_size: Annotated[int, Field(ge=1)]
    """Rollouts for each prompt."""
    replicas: Annotated[int, Field(ge=1)] = 1
    """Replicas of the judge. A group stays at one of them."""
    decode_tokens: Annotated[int, Field(ge=1)] = 1
    """Tokens of a verdict: 1 with `verdict: token`."""

    @property
    def groups(self) -> int:
        return -(-self.rollouts // self.group_size)


class Rates(Options):
    """What tokens cost: time, money or both."""

    prefill_tps: Rate | None = None
    """Prompt tokens that one replica computes a second."""
    decode_tps: Rate | None = None
    """Tokens that one replica writes a second, all its calls together."""
    price_in: Price | None = None
    """Money for a million prompt tokens."""
    price_out: Price | None = None
    """Money for a million tokens of verdicts."""
    price_cached: Price | None = None
    """Money for a million prompt tokens out of the cache. Left out: the same as for others."""

    @model_validator(mode="after")
    def _whole(self) -> "Rates":
        if (self.price_in is None) != (self.price_out is None):
            raise ValueError("money needs both --price-in and --price-out")
        if self.price_cached is not None and self.price_in is None:
            raise ValueError("--price-cached is for --price-in")
        if self.decode_tps is not None and self.prefill_tps is None:
            raise ValueError("GPU time needs --prefill-tps, too")
        return self


class Bill(msgspec.Struct, frozen=True):
    """What one step costs, with or without a prefix cache."""

    computed_tokens: int
    """Prompt tokens that an engine computes."""
    gpu_s: float | None
    """Seconds of one replica's time; None without rates."""
    step_s: float | None
    """The same, spread evenly over the replicas."""
    money: float | None
    """None without prices."""


class Cost(msgspec.Struct, frozen=True):
    """One step of one rubric under one layout."""

    layout: PromptLayout
    calls: int
    prompt_tokens: int
    """Tokens of all prompts, whoever computes them."""
    decode_tokens: int
    without_cache: Bill
    with_cache: Bill


def cost(profile: Profile, step: Step, rates: Rates) -> Cost:
    """What judging one step costs. Raises ValueError where verdicts of several tokens have no rate."""
    if rates.prefill_tps is not None and rates.decode_tps is None and step.decode_tokens > 1:
        raise ValueError("verdicts of several tokens take time, too: --decode-tps")
    calls = step.rollouts * fsum(asked.share for asked in profile.criteria.values())
    prompt = _all_tokens(profile, step, calls)
    computed = min(prompt, _computed_tokens(profile, step, calls))
    return Cost(
        layout=profile.layout,
        calls=round(calls),
        prompt_tokens=round(prompt),
        decode_tokens=round(calls * step.decode_tokens),
        without_cache=_bill(prompt, prompt, calls, step, rates),
        with_cache=_bill(prompt, computed, calls, step, rates),
    )


def _question_tokens(profile: Profile, step: Step) -> float:
    asked = profile.criteria.values()
    return step.rollouts * fsum(one.share * (one.tokens + TEMPLATE_AFTER) for one in asked)


def _all_tokens(profile: Profile, step: Step, calls: float) -> float:
    shared = profile.common + profile.group + profile.rollout + TEMPLATE_BEFORE
    return calls * shared + _question_tokens(profile, step)


def _computed_tokens(profile: Profile, step: Step, calls: float) -> float:
    groups, rollouts = step.groups * profile.groups_asked, step.rollouts * profile.rollouts_asked
    begun = min(step.replicas, groups)
    shared = begun * (profile.common + TEMPLATE_BEFORE) + groups * profile.group + rollouts * profile.rollout
    return shared + _question_tokens(profile, step) + (calls - begun) * (BLOCK_TOKENS - 1) / 2


def _bill(prompt: float, computed: float, calls: float, step: Step, rates: Rates) -> Bill:
    gpu_s = _gpu_seconds(computed, calls, step, rates)
    return Bill(
        computed_tokens=round(computed),
        gpu_s=gpu_s,
        step_s=None if gpu_s is None else gpu_s / min(step.replicas, step.groups),
        money=_money(prompt, computed, calls * step.decode_tokens, rates),
    )


def _gpu_seconds(computed: float, calls: float, step: Step, rates: Rates) -> float | None:
    """The first token of a verdict comes with its prefill."""
    if rates.prefill_tps is None:
        return None
    written = calls * (step.decode_tokens - 1)
    return computed / rates.prefill_tps + (written / rates.decode_tps if rates.decode_tps else 0.0)


def _money(prompt: float, computed: float, written: float, rates: Rates) -> float | None:
    if rates.price_in is None or rates.price_out is None:
        return None
    cached_price = rates.price_in if rates.price_cached is None else rates.price_cached
    paid = computed * rates.price_in + (prompt - computed) * cached_price + written * rates.price_out
    return paid / PRICE_UNIT
