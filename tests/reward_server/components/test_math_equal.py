import asyncio
import importlib.metadata
import importlib.util
from collections.abc import AsyncIterator, Sequence

import pytest
import pytest_asyncio
from pydantic import ValidationError

from judges.deadline import within
from reward_server.components import math_equal
from reward_server.components.math_equal import MathEqual
from reward_server.grading.math_gate import admit
from rubrics.cause import Cause
from rubrics.layout import PLAIN
from rubrics.outcome import Outcome, Score, Unscored
from rubrics.problems import ConfigError
from rubrics.rollout import Json, Rollout
from tests.reward_server.components.entry import component, group, rollout

pytestmark = pytest.mark.asyncio(loop_scope="module")
"""One loop, so that its processes are started once."""


@pytest_asyncio.fixture(scope="module", loop_scope="module", autouse=True)
async def warm() -> AsyncIterator[None]:
    """Hold the shared processes for as long as the module runs."""
    holder = MathEqual()
    await scored([("x^2", "\\boxed{y}")], holder)
    yield
    await holder.aclose()


def boxed(truth: Json, text: str) -> Rollout:
    return rollout(text, PLAIN, ground_truth=truth)


async def scored(pairs: Sequence[tuple[Json, str]], component: MathEqual) -> Sequence[Outcome]:
    return await component(group(*(boxed(*pair) for pair in pairs)))


async def values(pairs: Sequence[tuple[Json, str]], **options: Json) -> list[float | str]:
    component = MathEqual.model_validate(options)
    try:
        outcomes = await scored(pairs, component)
    finally:
        await component.aclose()
    return [it.value if isinstance(it, Score) else it.cause.value for it in outcomes]


async def test_equal_expressions_in_one_group() -> None:
    pairs: list[tuple[Json, str]] = [
        ("3", "so \\boxed{3}"),
        (3, "\\boxed{\\frac{6}{2}}"),
        (0.5, "\\boxed{1/2}"),
        ("\\frac{1}{2}", "\\boxed{50\\%}"),
        ("2\\sqrt{3}", "\\boxed{\\sqrt{12}\\text{ cm}}"),
        ("x^2+2x+1", "first \\boxed{x}, then \\fbox{(x+1)^2}"),
        ("$x=3$", "\\boxed{x = 3}"),
        ("3", "\\boxed{x = 3}"),
        ("3", "\\boxed{4}"),
        ("x+1", "\\boxed{x+2}"),
        ("x=3", "\\boxed{y=3}"),
    ]
    assert await values(pairs) == [1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0]


async def test_p18_hedges_sentences_and_tricks_earn_nothing() -> None:
    said = [
        "It is not 3",
        "3 \\text{ is wrong}",
        "3, 4",
        "3 \\text{ or } 4",
        "\\not 3",
        "\\phantom{3}",
        "4 = 3",
    ]
    said += ["3 4", "3_4", "", "3 \\ne 3", "3 &"]
    assert await values([("3", f"\\boxed{{{it}}}") for it in said]) == [0] * len(said)
    assert await values([("3", "It is not 3"), ("3", "3"), ("3", "")]) == [0, 0, 0]


async def test_p18_a_power_tower_is_refused_by_the_gate_at_once() -> None:
    outcomes = await scored([("3", "\\boxed{9^{9^{9^9}}}"), ("3", "\\boxed{" + "9" * 500 + "}")], MathEqual())
    assert outcomes == [
        Score(0.0, "refused by the static gate: a power of a power"),
        Score(0.0, "refused by the static gate: longer than 400 characters"),
    ]


async def test_p01_the_truth_is_ours_whatever_was_answered() -> None:
    truths: list[Json] = [None, "the third one", "9^{9^9}", True, [3], "\\frac{1}", "\\text{Monday}", ""]
    causes = ["missing_ground_truth", *["invalid_ground_truth"] * 7]
    for answer in ("\\boxed{3}", "nothing", "\\boxed{9^{9^9}}", "\\boxed{\\frac{1}}"):
        assert await values([(truth, answer) for truth in truths]) == causes


async def test_p01_a_missing_answer_is_a_zero_with_its_reason() -> None:
    assert await scored([("3", "no box")], MathEqual()) == [Score(0.0, "no complete \\boxed{...}")]


async def test_p18_a_comparison_that_hangs_is_killed_and_unscored(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(math_equal, "GRADER", "tests.reward_server.grading.graders:by_answer")
    component = MathEqual(timeout=0.3)
    outcomes = await scored([("x", f"\\boxed{{{order}}}") for order in "ysdrzy"], component)
    await component.aclose()
    assert outcomes == [
        Score(1.0, "equal"),
        Unscored(Cause.GRADER_TIMEOUT, "killed after 0.3 s"),
        Unscored(Cause.GRADER_CRASHED, "the grading process died"),
        Unscored(Cause.GRADER_CRASHED, "the grader raised KeyError"),
        Unscored(Cause.GRADER_CRASHED, "the grader's reply is no verdict"),
        Score(1.0, "equal"),
    ]


async def test_p12_the_deadline_leaves_what_was_reached(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(math_equal, "GRADER", "tests.reward_server.grading.graders:by_answer")
    component = MathEqual(timeout=60.0)
    await scored([("x", "\\boxed{y}")], component)
    with within(0.5):
        outcomes = await scored([("x", "\\boxed{y}"), ("x", "\\boxed{s}"), ("x", "no box")], component)
    await component.aclose()
    assert outcomes == [
        Score(1.0, "equal"),
        Unscored(Cause.DEADLINE),
        Score(0.0, "no complete \\boxed{...}"),
    ]


async def test_p04_a_bug_stays_with_its_rollout(monkeypatch: pytest.MonkeyPatch) -> None:
    def buggy(text: str) -> str:
        if "bug" in text:
            raise ZeroDivisionError
        return admit(text)

    monkeypatch.setattr("reward_server.components.math_equal.admit", buggy)
    found = await values([("x", "\\boxed{bug}"), ("x", "\\boxed{x}")])
    assert found == ["component_error", 1]


async def test_cancelling_a_group_leaves_the_processes_usable() -> None:
    component = MathEqual()
    pairs: list[tuple[Json, str]] = [("x^2", f"\\boxed{{x^{{{power}}}}}") for power in range(3, 40)]
    task = asyncio.ensure_future(scored(pairs, component))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await values([("x^2", "\\boxed{x^2}")]) == [1]
    await component.aclose()


async def test_p19_hostile_completions_in_one_group() -> None:
    hostile = [
        "\\boxed{" * 1_000_000,
        "\\boxed{" + "{" * 100_000,
        "9" * 10_000_000,
        "\\boxed{\ud800}",
        "\\boxed{3}",
    ]
    assert await values([("3", text) for text in hostile]) == [0, 0, 0, 0, 1]


async def test_the_version_of_the_library_is_part_of_the_reward() -> None:
    identity = MathEqual().identity()
    assert isinstance(identity, dict)
    assert identity["math-verify"] == importlib.metadata.version("math-verify")


async def test_a_missing_library_is_a_clear_error(monkeypatch: pytest.MonkeyPatch) -> None:
    find_spec = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda it: None if it == "math_verify" else find_spec(it)
    )
    with pytest.raises(ConfigError) as caught:
        component("{use: math_equal}")
    assert "reward.yaml:2:" in str(caught.value)
    assert "pip install 'gavel-rl[math]'" in str(caught.value)


async def test_timeouts_are_bounded() -> None:
    with pytest.raises(ValidationError, match="less than or equal to 60"):
        MathEqual.model_validate({"timeout": 1e6})
