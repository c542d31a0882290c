"""What a step costs: by hand, and as the simulated judge counts it."""

import asyncio
from collections.abc import Iterator
from typing import get_args

import aiohttp
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from judges.backends.openai import Openai
from judges.cost.profile import Asked, FollowUp, Profile, Sizes, Words, assumed, measured
from judges.cost.size import Step
from judges.cost.step import Rates, cost
from judges.engine.job import FleetOptions
from judges.grade import grade_group
from judges.judge import Judge
from judges.prompts.token_count import estimated
from judges.retry import Retries
from rubrics.completion import Completion
from rubrics.judging import Judging
from rubrics.outcome import Score
from rubrics.rollout import Group, Rollout
from rubrics.rubric import PromptLayout, Rubric
from tests.processes import ServerProcess, start_server
from tests.reward_server.cli.running import GAVEL

RUBRIC = Rubric.model_validate(
    {
        "schema": "rubric/v1",
        "id": "r",
        "guidelines": "Judge what it says, not how it sounds.",
        "inputs": {
            "policy": {"from": "metadata.policy", "trust": "author", "share": "dataset"},
            "post": {"from": "prompt"},
            "answer": {"from": "completion"},
        },
        "criteria": [
            {"id": "fits", "check": {"words": {"at_most": 400}}, "gate": {"else": 0}},
            {
                "id": "clause",
                "ask": "The answer names the clause of the policy that it relies on.",
                "anchors": {"met": 'Names one, e.g. "clause 2(b)".', "unmet": 'Says "the rules" in general.'},
            },
            {"id": "person", "ask": "The answer says at whom the post is aimed."},
            {"id": "tone", "ask": "How does it treat the author?", "scale": ["rude", "neutral", "kind"]},
            {"id": "due", "ask": "It asks for removal.", "expect": {"label": "metadata.due"}},
        ],
    }
)
PLAIN = Profile("criterion_last", 200.0, 1200.0, 400.0, {name: Asked(76.0) for name in "abcde"})


def test_by_hand() -> None:
    """1,024 rollouts of 16 prompts, 5 criteria; sizes as in a moderation task."""
    found = cost(PLAIN, Step(rollouts=1024, group_size=64), Rates(prefill_tps=30_000.0))
    assert found.calls == 1024 * 5 == 5120
    # each prompt: 200 + 1200 + 400 + 76 of texts, and 6 + 4 of the chat template
    assert found.prompt_tokens == 5120 * 1886 == 9_656_320
    assert found.without_cache.computed_tokens == 9_656_320
    # the rubric once, 16 posts, 1,024 completions, 5,120 questions, half a block for all calls but the first
    by_hand = (200 + 6) + 16 * 1200 + 1024 * 400 + 5120 * (76 + 4) + 5119 * 7.5
    assert by_hand == 876_998.5
    assert abs(found.with_cache.computed_tokens - by_hand) <= 0.5
    assert found.without_cache.gpu_s == pytest.approx(9_656_320 / 30_000)  # 322 s
    assert found.with_cache.gpu_s == pytest.approx(by_hand / 30_000)  # 29 s
    assert found.decode_tokens == 5120


def test_a_last_group_that_is_not_full_is_a_group() -> None:
    assert Step(rollouts=9, group_size=8).groups == 2


def test_replicas_each_compute_what_all_prompts_begin_with() -> None:
    alone = cost(PLAIN, Step(rollouts=64, group_size=8), Rates(prefill_tps=1.0)).with_cache
    four = cost(PLAIN, Step(rollouts=64, group_size=8, replicas=4), Rates(prefill_tps=1.0)).with_cache
    # three more beginnings of 206 tokens, and three calls that leave no other prompt
    assert four.computed_tokens - alone.computed_tokens == pytest.approx(3 * 206 - 3 * 7.5, abs=1)
    assert four.gpu_s is not None
    assert four.step_s == four.gpu_s / 4


def test_more_replicas_than_groups_do_not_help() -> None:
    bill = cost(PLAIN, Step(rollouts=8, group_size=8, replicas=4), Rates(prefill_tps=1.0)).with_cache
    assert bill.step_s == bill.gpu_s


def test_what_is_not_asked_costs_nothing() -> None:
    some = Profile(
        "criterion_last", 10.0, 20.0, 30.0, {"a": Asked(8.0, 0.5), "b": Asked(4.0, 0.25)}, 0.5, 0.5
    )
    found = cost(some, Step(rollouts=16, group_size=4), Rates())
    assert found.calls == 8 + 4
    assert found.prompt_tokens == 12 * (10 + 20 + 30 + 6) + 8 * (8 + 4) + 4 * (4 + 4) == 920
    # 2 groups, 8 rollouts
    assert found.with_cache.computed_tokens == round(16 + 2 * 20 + 8 * 30 + 96 + 32 + 11 * 7.5)
    nothing = cost(Profile("listed", 0.0, 0.0, 0.0, {}, 0.0, 0.0), Step(rollouts=16, group_size=4), Rates())
    assert (nothing.calls, nothing.prompt_tokens, nothing.with_cache.computed_tokens) == (0, 0, 0)


def test_votes_reasoning_and_quotations_by_hand() -> None:
    """10 rollouts of 2 prompts; 2 judges with 3 samples, each of a call that reasons and one that answers."""
    asked = Asked(50.0, 1.0, samples=3, written=100.0, then=[FollowUp(110.0)])
    profile = Profile("criterion_last", 200.0, 40.0, 30.0, {"a": asked})
    found = cost(profile, Step(rollouts=10, group_size=5, judges=2), Rates(decode_tps=50.0, prefill_tps=1e9))
    assert found.calls == 2 * 10 * 3 * 2 == 120
    # 276 of what is shared, 54 of the question; the second call has 116 more
    assert found.prompt_tokens == 60 * (276 + 54) + 60 * (276 + 54 + 116)
    assert found.decode_tokens == 60 * (100 + 1)
    # each judge: the rubric, 2 posts, 10 completions, 10 questions, 30 times what was said
    each = 206 + 2 * 40 + 10 * 30 + 10 * 54 + 30 * 116
    assert found.with_cache.computed_tokens == 2 * each + (120 - 2) * 7.5
    assert found.with_cache.gpu_s == pytest.approx(60 * 99 / 50, abs=0.01)
    assert found.with_cache.step_s == pytest.approx(60 * 99 / 50 / 2, abs=0.01)


def test_what_is_asked_how() -> None:
    def asked(**judge: object) -> dict[str, Asked]:
        criteria = [
            c.model_copy(update={"evidence": "quote"}) if c.id == "due" else c for c in RUBRIC.criteria
        ]
        rubric = RUBRIC.model_copy(update={"criteria": criteria, "judge": Judging.model_validate(judge)})
        sizes: Sizes = {"dataset": 0, "group": 0, "rollout": 0}
        return dict(assumed(rubric, "criterion_last", sizes, estimated, Words(90, 15)).criteria)

    plain = asked(samples=2)
    assert {name: (each.samples, len(each.then), each.written) for name, each in plain.items()} == {
        "clause": (2, 0, None),
        "person": (2, 0, None),
        "tone": (2, 0, None),
        "due": (2, 1, None),
    }
    assert plain["due"].then[0].written == 15
    reasoned = asked(reason_first=True)
    assert [len(reasoned[name].then) for name in ("clause", "due")] == [1, 2]
    assert reasoned["clause"].written == 90
    assert reasoned["clause"].then[0].tokens == 90 + -(-len("Answer with exactly one of: yes, no.") // 4)
    assert set(asked(mode="all")) == {"clause+person+tone", "due"}
    assert set(asked(mode={"batch": 2})) == {"clause+person", "tone", "due"}
    # {"1": "yes", "2": "yes", "3": "B"}: 34 bytes
    assert asked(mode="all")["clause+person+tone"].written == 9


def test_verdicts_of_several_tokens_take_time_after_the_first() -> None:
    step = Step(rollouts=10, group_size=10, decode_tokens=21)
    bill = cost(PLAIN, step, Rates(prefill_tps=1e9, decode_tps=100.0)).without_cache
    assert bill.gpu_s == pytest.approx(50 * 20 / 100, abs=0.01)
    with pytest.raises(ValueError, match="--decode-tps"):
        cost(PLAIN, step, Rates(prefill_tps=1.0))


def test_money() -> None:
    rates = Rates(price_in=2.0, price_out=8.0, price_cached=0.5)
    step = Step(rollouts=1024, group_size=64)
    found = cost(PLAIN, step, rates)
    assert found.without_cache.money == pytest.approx(9_656_320 * 2e-6 + 5120 * 8e-6)
    computed = found.with_cache.computed_tokens
    spared = 9_656_320 - computed
    assert found.with_cache.money == pytest.approx(computed * 2e-6 + spared * 0.5e-6 + 5120 * 8e-6)
    assert found.with_cache.gpu_s is None
    same = cost(PLAIN, step, Rates(price_in=2.0, price_out=8.0))
    assert same.with_cache.money == pytest.approx(same.without_cache.money)


@pytest.mark.parametrize(
    "rates", [{"price_in": 1.0}, {"price_cached": 1.0}, {"decode_tps": 1.0}, {"prefill_tps": 0.0}]
)
def test_half_a_price_is_a_mistake(rates: dict[str, float]) -> None:
    with pytest.raises(ValidationError):
        Rates.model_validate(rates)


@given(
    rollouts=st.integers(1, 5000),
    group_size=st.integers(1, 128),
    replicas=st.integers(1, 8),
    share=st.floats(0, 1),
)
def test_a_cache_never_costs_more(rollouts: int, group_size: int, replicas: int, share: float) -> None:
    profile = Profile("listed", 100.0, 5.0, 3.0, {"a": Asked(10.0, share)}, share, share)
    found = cost(profile, Step(rollouts=rollouts, group_size=group_size, replicas=replicas), Rates())
    assert found.with_cache.computed_tokens <= found.without_cache.computed_tokens == found.prompt_tokens


def test_assumed_lengths_are_those_of_each_input() -> None:
    none = assumed(RUBRIC, "criterion_last", {"dataset": 0, "group": 0, "rollout": 0}, estimated)
    some = assumed(RUBRIC, "criterion_last", {"dataset": 1000, "group": 200, "rollout": 400}, estimated)
    assert some.common - none.common == 1000
    assert some.group - none.group == 200
    assert some.rollout - none.rollout == 400
    assert set(some.criteria) == {"clause", "person", "tone", "due"}
    assert none.group > 0  # a fence is tokens, too


def test_listed_moves_the_criteria_to_what_is_shared() -> None:
    sizes: Sizes = {"dataset": 0, "group": 0, "rollout": 0}
    last, listed = (assumed(RUBRIC, layout, sizes, estimated) for layout in get_args(PromptLayout))
    assert listed.common > last.common
    assert all(listed.criteria[name].tokens <= last.criteria[name].tokens for name in last.criteria)


def rollouts(group: int, size: int) -> list[Rollout]:
    """Texts of different lengths; every third has a label, and the last is too long for the gate."""
    found = []
    for number in range(size):
        words = 401 if number == size - 1 else 20 + 7 * number + group
        text = " ".join(f"word{number}of{group}is{word}" for word in range(words))
        metadata: dict[str, object] = {"policy": "2(b) No deceptive offers. " * 40}
        if number % 3 == 0:
            metadata["due"] = True
        name = f"{group}/{number}"
        found.append(
            Rollout(id=name, completion=Completion(text), prompt=f"post {group} " * 50, metadata=metadata)
        )
    return found


GROUPS = [Group(f"g{number}", rollouts(number, 8)) for number in range(9)]


def test_a_sample_tells_lengths_and_what_is_asked() -> None:
    profile = measured(RUBRIC, "criterion_last", GROUPS, estimated)
    assert {name: asked.share for name, asked in profile.criteria.items()} == pytest.approx(
        # 7 of 8 pass the gate; numbers 0, 3 and 6 have a label
        {"clause": 7 / 8, "person": 7 / 8, "tone": 7 / 8, "due": 3 / 8}
    )
    assert (profile.groups_asked, profile.rollouts_asked) == (1.0, 7 / 8)


@pytest.fixture
def sim() -> Iterator[ServerProcess]:
    options = ("--port", "0", "--ttft", "0.001", "--prefill-tps", "0", "--decode-tps", "0")
    with start_server(*GAVEL, "judge", "sim", *options) as process:
        yield process


@pytest.mark.parametrize("layout", get_args(PromptLayout))
async def test_the_simulated_judge_counts_the_same(sim: ServerProcess, layout: PromptLayout) -> None:
    expected = cost(measured(RUBRIC, layout, GROUPS, estimated), Step(rollouts=72, group_size=8), Rates())
    options = Openai.model_validate({"base_url": sim.base_url, "model": "gavel-sim", "verdict": "token"})
    judge = Judge(
        options.open(),
        limits=FleetOptions(ceiling=16),
        timeout_s=options.timeout_s,
        verdict="token",
        retries=Retries(options.attempts),
    )
    rubric = RUBRIC.model_copy(update={"layout": layout})
    graded = await asyncio.gather(*(grade_group(rubric, group, judge) for group in GROUPS))
    await judge.aclose()
    assert all(isinstance(outcome, Score) for outcomes in graded for outcome in outcomes)
    counters = await counted(sim)
    assert counters["calls"] == expected.calls
    assert expected.calls == 9 * (7 * 3 + 3)
    assert counters["decode_tokens"] == expected.decode_tokens
    computed = counters["prompt_tokens"] - counters["cached_tokens"]
    assert expected.prompt_tokens == pytest.approx(counters["prompt_tokens"], rel=0.005)
    # a little too much: "Criterion: [", with which all questions begin, is found in the cache as well
    assert computed <= expected.with_cache.computed_tokens <= 1.05 * computed


async def counted(sim: ServerProcess) -> dict[str, int]:
    """The counters of the simulated judge; it answered every call."""
    async with aiohttp.ClientSession() as session, session.get(f"{sim.root_url}/sim") as response:
        counters = (await response.json())["counters"]
    requests = counters.pop("requests")
    assert requests.keys() == {"ok"}
    return {**counters, "calls": requests["ok"]}
