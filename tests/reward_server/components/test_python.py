import asyncio
import threading
from pathlib import Path
from textwrap import dedent
from typing import Protocol

import pytest

from judges.deadline import within
from reward_server.engine.isolation import checked
from reward_server.reward.component import Component
from rubrics.cause import Cause
from rubrics.outcome import Outcome, Score, Unscored
from rubrics.problems import ConfigError
from tests.reward_server.components.entry import component, group, rollout

FUNCTIONS = """
    import asyncio
    import threading
    from dataclasses import dataclass
    from fractions import Fraction

    from rubrics.cause import Cause
    from rubrics.outcome import Score, Unscored

    RETURNS = {
        "int": 1, "bool": True, "float": 0.5, "fraction": Fraction(1, 4), "score": Score(0.25, "why"),
        "unscored": Unscored(Cause.MISSING_FIELD, "why"), "none": None, "nan": float("nan"), "text": "0.5",
        "list": [1.0], "large": 2.0,
    }

    @dataclass
    class Scorer:
        best: int

        def __call__(self, rollout):
            return len(rollout.completion.text) / self.best

        async def later(self, rollout):
            await asyncio.sleep(0)
            return self(rollout)

    def named(rollout):
        if rollout.completion.text == "raise":
            raise RuntimeError("quoting " + rollout.completion.text)
        return RETURNS[rollout.completion.text]

    async def waits_for_slow(rollout):
        await asyncio.sleep(3600 if rollout.completion.text == "slow" else 0)
        return 1

    async def named_later(rollout):
        await asyncio.sleep(0)
        return named(rollout)

    def length(rollout, best, worst=0):
        return (len(rollout.completion.text) - worst) / best

    def thread_name(rollout):
        return Score(1.0, threading.current_thread().name)

    def ranks(group):
        longest = max(len(rollout.completion.text) for rollout in group)
        return [len(rollout.completion.text) / longest for rollout in group]

    async def ranks_later(group):
        return ranks(group)

    def each(group):
        return [RETURNS[rollout.completion.text] for rollout in group]

    def one_short(group):
        return ranks(group)[1:]

    def a_generator(group):
        yield from ranks(group)

    scorer = Scorer(10)
    later = scorer.later
    NUMBER = 3
"""


class Maker(Protocol):
    """Makes the component of a function in mine.py."""

    def __call__(self, function: str, options: str = "") -> Component: ...


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    (tmp_path / "mine.py").write_text(dedent(FUNCTIONS))
    return tmp_path


@pytest.fixture
def python(directory: Path) -> Maker:
    def make(function: str, options: str = "") -> Component:
        return component(f"{{use: python, function: 'mine.py:{function}'{options}}}", directory)

    return make


async def scored(scorer: Component, *texts: str) -> list[Outcome]:
    outcomes = await scorer(group(*(rollout(text) for text in texts)))
    return list(checked(scorer, len(texts), outcomes))


EXPECTED: dict[str, Outcome] = {
    "int": Score(1.0),
    "bool": Score(1.0),
    "float": Score(0.5),
    "fraction": Score(0.25),
    "score": Score(0.25, "why"),
    "unscored": Unscored(Cause.MISSING_FIELD, "why"),
    "none": Unscored(Cause.COMPONENT_ERROR, "returned None"),
    "text": Unscored(Cause.COMPONENT_ERROR, "returned str"),
    "list": Unscored(Cause.COMPONENT_ERROR, "returned list"),
    "nan": Unscored(Cause.COMPONENT_ERROR, "ValueError was raised"),
    "large": Unscored(Cause.COMPONENT_ERROR, "2 is outside the declared range"),
}


@pytest.mark.parametrize("function", ["named", "named_later"])
async def test_what_a_function_may_return(python: Maker, function: str) -> None:
    assert await scored(python(function), *EXPECTED) == list(EXPECTED.values())


@pytest.mark.parametrize("options", ["", ", thread: true"])
async def test_p04_an_exception_stays_with_its_rollout_and_quotes_nothing(
    python: Maker, options: str
) -> None:
    failure = Unscored(Cause.COMPONENT_ERROR, "RuntimeError was raised")
    assert await scored(python("named", options), "int", "raise", "float") == [
        Score(1.0),
        failure,
        Score(0.5),
    ]


async def test_options_are_keyword_arguments(python: Maker) -> None:
    assert await scored(python("length", ", options: {best: 10}"), "12345") == [Score(0.5)]
    assert await scored(python("length", ", options: {best: 10, worst: 5}"), "12345") == [Score(0.0)]


@pytest.mark.parametrize("function", ["scorer", "later"])
async def test_any_callable_will_do(python: Maker, function: str) -> None:
    assert await scored(python(function), "12345") == [Score(0.5)]


@pytest.mark.parametrize(
    ("function", "threaded"), [("ranks", ""), ("ranks", ", thread: true"), ("ranks_later", "")]
)
async def test_a_group_at_a_time(python: Maker, function: str, threaded: str) -> None:
    assert await scored(python(function, f", per: group{threaded}"), "1", "1234") == [Score(0.25), Score(1.0)]


async def test_values_of_a_group_are_read_one_by_one(python: Maker) -> None:
    assert await scored(python("each", ", per: group"), *EXPECTED) == list(EXPECTED.values())


@pytest.mark.parametrize(
    ("function", "problem"),
    [
        ("one_short", "returned 1 values for 2 rollouts"),
        ("a_generator", "returned generator, not a list with one value for each rollout"),
    ],
)
async def test_p04_a_group_without_one_value_each_is_unscored(
    python: Maker, function: str, problem: str
) -> None:
    failure = Unscored(Cause.COMPONENT_ERROR, problem)
    assert await scored(python(function, ", per: group"), "1", "2") == [failure, failure]


async def test_a_thread_only_when_asked_for(python: Maker) -> None:
    [here] = await scored(python("thread_name"), "text")
    [there] = await scored(python("thread_name", ", thread: true"), "text")
    assert isinstance(here, Score)
    assert isinstance(there, Score)
    assert here.reason == threading.current_thread().name != there.reason


async def test_async_functions_wait_at_the_same_time(directory: Path) -> None:
    (directory / "slow.py").write_text(
        "import asyncio\nbarrier = asyncio.Barrier(3)\n"
        "async def meet(rollout):\n    await barrier.wait()\n    return 1\n"
    )
    meeting = component("{use: python, function: 'slow.py:meet'}", directory)
    async with asyncio.timeout(5):
        assert await scored(meeting, "a", "b", "c") == [Score(1.0)] * 3


async def test_a_function_of_an_installed_module() -> None:
    scorer = component("{use: python, function: 'operator:truth', range: [0, 1]}")
    assert await scored(scorer, "text") == [Score(1.0)]


def test_bounds_are_the_range(python: Maker) -> None:
    assert python("named").bounds == (0, 1)
    assert python("named", ", range: [-2, 0.5]").bounds == (-2, 0.5)


def test_the_identity_follows_the_source_and_the_options(python: Maker, directory: Path) -> None:
    before = python("named").identity()
    assert python("named").identity() == before
    assert python("named_later").identity() != before
    assert (
        python("length", ", options: {best: 1}").identity()
        != python("length", ", options: {best: 2}").identity()
    )
    (directory / "mine.py").write_text(dedent(FUNCTIONS).replace("0.25", "0.75"))
    assert python("named").identity() != before


@pytest.mark.parametrize(
    ("function", "options", "complaint"),
    [
        ("nmaed", "", "has no `nmaed`\n(.|\n)*did you mean `named`"),
        ("NUMBER", "", "is of type int, not a function"),
        ("length", "", r"cannot be called as \(rollout\): missing a required argument: 'best'"),
        ("length", ", options: {bset: 1}", "cannot be called as"),
        ("length", ", options: {best: 1, other: 1}", "unexpected keyword argument 'other'"),
        ("named_later", ", thread: true", "`thread: true` is for plain functions"),
        ("later", ", thread: true", "`thread: true` is for plain functions"),
        ("named", ", range: [1, 1]", r"`range` is \[least, greatest\]"),
        ("named", ", per: batch", "`per`"),
    ],
)
def test_mistakes_are_explained_at_load(python: Maker, function: str, options: str, complaint: str) -> None:
    with pytest.raises(ConfigError, match=complaint):
        python(function, options)


@pytest.mark.parametrize(
    ("function", "complaint"),
    [
        ("absent.py:f", "there is no file .*absent.py"),
        ("broken.py:f", "broken.py cannot be imported: SyntaxError"),
        ("raising.py:f", "raising.py cannot be imported: ZeroDivisionError"),
        ("no_such_module_at_all:f", "cannot import `no_such_module_at_all`"),
        ("math:no_such_function", "`math` has no `no_such_function`"),
        ("just_a_name", "names no function"),
        ("mine.py:", "names no function"),
    ],
)
def test_a_function_that_cannot_be_had(directory: Path, function: str, complaint: str) -> None:
    (directory / "broken.py").write_text("def f(:\n")
    (directory / "raising.py").write_text("1 / 0\n")
    with pytest.raises(ConfigError, match=complaint) as raised:
        component(f"{{use: python, function: '{function}'}}", directory)
    assert str(raised.value).startswith("reward.yaml:2:31: error:"), "points at the option's value"


async def test_p12_siblings_that_are_done_by_the_deadline_are_kept(python: Maker) -> None:
    with within(0.05):
        outcomes = await python("waits_for_slow")(group(rollout("slow"), rollout("quick")))
    assert list(outcomes) == [Unscored(Cause.DEADLINE), Score(1.0)]
