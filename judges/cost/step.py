"""What judging one training step costs: calls, tokens, and from given rates GPU seconds or money. Arithmetic.

With B rollouts in P groups, a_c the share of them of which question c is asked, s_c its samples, f_c the
calls that follow each (reasoning first, a quotation), J judges of R replicas each, tokens t, blocks of b
tokens:

    calls      C  = J B sum(a_c s_c (1 + f_c))
    no cache   U0 = sum over the calls of (t_common + t_group + t_rollout + t_c + what was said before)
    cache      U1 = J (R t_common + P t_group + B t_rollout + B sum(a_c (t_c + s_c t_f)))
                    + (C - J R) (b - 1) / 2

t_f is what the calls that follow add. A prefix cache shares whole blocks only, so each call but a replica's
first computes the part of a block in which it leaves the prompts before it: any of 0 to b - 1 tokens. P and B
count groups and rollouts of which something is asked. At most so much: every vote is counted, as if none were
decided early, and every quotation, as if each statement were found to hold.
"""

from typing import Annotated

import msgspec
from pydantic import Field, model_validator

from judges.cost import tokens
from judges.cost.profile import Profile
from judges.cost.size import Step
from judges.cost.tokens import Rounding
from rubrics.options import Options
from rubrics.rubric import PromptLayout

PRICE_UNIT = 1_000_000

Rate = Annotated[float, Field(gt=0)]
Price = Annotated[float, Field(ge=0)]


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


def cost(profile: Profile, step: Step, rates: Rates, rounding: Rounding = "calls") -> Cost:
    """What judging one step costs. Raises ValueError where verdicts of several tokens have no rate."""
    calls, written = tokens.calls(profile, step), tokens.written(profile, step)
    if rates.prefill_tps is not None and rates.decode_tps is None and written > calls:
        raise ValueError("replies of several tokens take time, too: --decode-tps")
    prompt = tokens.all_tokens(profile, step)
    computed = min(prompt, tokens.computed_tokens(profile, step, rounding))
    return Cost(
        layout=profile.layout,
        calls=round(calls),
        prompt_tokens=round(prompt),
        decode_tokens=round(written),
        without_cache=_bill(prompt, prompt, written - calls, step, rates, written),
        with_cache=_bill(prompt, computed, written - calls, step, rates, written),
    )


def _bill(prompt: float, computed: float, further: float, step: Step, rates: Rates, written: float) -> Bill:
    gpu_s = _gpu_seconds(computed, further, rates)
    return Bill(
        computed_tokens=round(computed),
        gpu_s=gpu_s,
        step_s=None if gpu_s is None else gpu_s / step.judges / min(step.replicas, step.groups),
        money=money(prompt, computed, written, rates),
    )


def _gpu_seconds(computed: float, further: float, rates: Rates) -> float | None:
    """The first token of a reply comes with its prefill; `further` are the others."""
    if rates.prefill_tps is None:
        return None
    return computed / rates.prefill_tps + (further / rates.decode_tps if rates.decode_tps else 0.0)


def money(prompt: float, computed: float, written: float, rates: Rates) -> float | None:
    """What prompts, as far as they were computed and not, and replies cost; None without prices."""
    if rates.price_in is None or rates.price_out is None:
        return None
    cached_price = rates.price_in if rates.price_cached is None else rates.price_cached
    paid = computed * rates.price_in + (prompt - computed) * cached_price + written * rates.price_out
    return paid / PRICE_UNIT
