"""Promises 7, 10 and 11 from outside: a judge with a cache, over a file."""

import asyncio
import sqlite3
from functools import partial
from pathlib import Path

import pytest

from judges.backend import BackendError
from judges.backends.scripted import Script, ScriptedBackend, answer, distribution, text
from judges.cache.options import CacheOptions, open_cache
from judges.judge import Judge
from judges.request import Prompt, Reply, Shared
from rubrics.cause import Cause
from rubrics.outcome import Unscored
from rubrics.verdict import Reading

CHOICES = ("yes", "no")


def prompt(number: int = 0) -> Prompt:
    return Prompt(Shared("system", f"text {number}\n"), "Criterion: it holds")


def opened(path: Path, backend: ScriptedBackend, identity: bytes = b"judge") -> Judge:
    cache = open_cache(CacheOptions(path=str(path)))
    return Judge(backend, cache=cache, identity=identity)


def always(chance: float) -> ScriptedBackend:
    return ScriptedBackend(lambda _: answer("yes", chance))


def refuse(_: object, cause: Cause) -> Reply:
    raise BackendError(cause, "no")


async def ask(judge: Judge, *numbers: int) -> list[Reading | Unscored]:
    outcomes = await asyncio.gather(*(judge.ask(prompt(number), CHOICES) for number in numbers))
    await judge.aclose()
    return outcomes


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "verdicts.sqlite3"


async def test_p07_the_next_judge_gives_the_same_verdicts_without_asking(path: Path) -> None:
    first, second = always(1 / 3), always(0.5)
    before = await ask(opened(path, first), *range(100))
    assert await ask(opened(path, second), *range(100)) == before
    assert (len(first.requests), len(second.requests)) == (100, 0)


async def test_questions_that_are_alike_are_asked_once(path: Path) -> None:
    backend = always(0.9)
    outcomes = await ask(opened(path, backend), *[1, 2] * 50)
    assert len(backend.requests) == 2
    assert all(isinstance(outcome, Reading) for outcome in outcomes)


async def test_p10_another_judge_is_asked_anew(path: Path) -> None:
    await ask(opened(path, always(0.9)), 1)
    backend = always(0.2)
    await ask(opened(path, backend, b"another model"), 1)
    assert len(backend.requests) == 1


@pytest.mark.parametrize(
    "script",
    [
        lambda _: text("blorf"),
        lambda _: distribution({"maybe": 0.9, "yes": 0.1}),
        lambda _: Reply("", refusal="I would rather not."),
        partial(refuse, cause=Cause.JUDGE_REJECTED),
        partial(refuse, cause=Cause.JUDGE_ERROR),
        partial(refuse, cause=Cause.JUDGE_TIMEOUT),
    ],
)
async def test_p10_a_failure_is_not_kept(path: Path, script: Script) -> None:
    (failed,) = await ask(opened(path, ScriptedBackend(script)), 1)
    assert isinstance(failed, Unscored)
    backend = always(0.9)
    (found,) = await ask(opened(path, backend), 1)
    assert isinstance(found, Reading)
    assert len(backend.requests) == 1


async def test_p10_an_entry_that_was_tampered_with_is_asked_for_again(path: Path) -> None:
    await ask(opened(path, always(0.9)), 1)
    with sqlite3.connect(path) as db:
        db.execute("UPDATE verdicts_0 SET entry = substr(entry, 1, length(entry) - 1) || x'00'")
    db.close()
    backend = always(0.75)
    (found,) = await ask(opened(path, backend), 1)
    assert isinstance(found, Reading)
    assert found.choices["yes"] == pytest.approx(0.75)
    assert len(backend.requests) == 1


async def test_p11_without_a_usable_file_the_judge_is_asked(path: Path) -> None:
    path.mkdir()
    backend = always(0.9)
    found = await ask(opened(path, backend), *range(20))
    assert all(isinstance(outcome, Reading) for outcome in found)
    assert len(backend.requests) == 20
