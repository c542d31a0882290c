"""Prompts of judge calls are written again, and are those that were sent where nothing has changed."""

from collections import Counter
from pathlib import Path

import pytest

from reward_server.dashboard.rollout.seen import Seen, seen
from reward_server.reward.reward_function import RewardFunction
from reward_server.store.keeping import keeping
from reward_server.store.options import StoreOptions
from tests.reward_server.dashboard.looking import HOSTILE, judged, keep, sources
from tests.reward_server.making import rollout_of

RUBRIC = """
schema: rubric/v1
id: r
%s
criteria:
  - {id: clear, ask: It is clear.}
  - {id: grave, ask: How grave is it?, scale: [none, some, all]}
  - {id: shown, ask: It is shown., evidence: quote}
  - {id: never, ask: It is never asked., gate: {else: 0}, abstain: true}
"""
ROLLOUT = rollout_of("a/b", "First this.\nThen that was shown at length.", prompt="Why?")


async def look(path: Path, function: RewardFunction, *served: RewardFunction) -> Seen:
    with sources(path, *(served or [function])) as found:
        return seen(found, 1)


def hows(found: Seen) -> Counter[str]:
    return Counter("-" if each.prompt is None else each.prompt.how for each in found.calls)


@pytest.mark.parametrize(
    ("rubric", "judge", "calls"),
    [
        ("", "{use: scripted, otherwise: 0.9}", 5),
        ("judge: {reason_first: true}", "{use: scripted, otherwise: 0.9}", 9),
        ("judge: {mode: all}", "{use: scripted, otherwise: 0.9}", None),
        ("judge: {samples: 3}", "{use: scripted, otherwise: 0.9}", None),
        ("", "{use: scripted, otherwise: 0.9, layout: listed}", 5),
        ("", "{use: scripted, otherwise: 0.9, reasons: 1.0}", None),
    ],
)
async def test_every_call_is_written_as_it_was_sent(
    tmp_path: Path, rubric: str, judge: str, calls: int | None
) -> None:
    function = judged(tmp_path, RUBRIC % rubric, judge)
    await keep(tmp_path / "s", function, ROLLOUT)
    found = await look(tmp_path / "s", function)
    assert hows(found) == {"as sent": len(found.calls)}
    assert len(found.calls) == calls if calls is not None else found.calls
    for each in found.calls:
        assert each.prompt is not None
        assert each.prompt.messages[0]["role"] == "system"


async def test_a_quotation_is_asked_for_in_the_conversation(tmp_path: Path) -> None:
    function = judged(tmp_path, RUBRIC % "")
    await keep(tmp_path / "s", function, ROLLOUT)
    found = await look(tmp_path / "s", function)
    *_, last = [each for each in found.calls if each.call.question == "shown"]
    assert last.prompt is not None
    assert [message["role"] for message in last.prompt.messages] == ["system", "user", "assistant", "user"]
    assert last.prompt.messages[-1]["content"].startswith("Quote the shortest passage")
    assert last.call.reply == "Then that was shown at length."


async def test_hostile_texts_are_written_as_they_were_sent(tmp_path: Path) -> None:
    function = judged(tmp_path, RUBRIC % "")
    sound = HOSTILE.replace("\ud800", "")
    await keep(tmp_path / "s", function, rollout_of("a", sound, prompt=sound))
    assert set(hows(await look(tmp_path / "s", function))) == {"as sent"}


async def test_a_text_that_was_redacted_makes_another_prompt(tmp_path: Path) -> None:
    function = judged(tmp_path, RUBRIC % "")
    options = StoreOptions(path=tmp_path / "s", redact=("length",))
    await keep(tmp_path / "s", function, ROLLOUT, keeping=keeping(options))
    found = await look(tmp_path / "s", function)
    assert set(hows(found)) == {"differs"}
    first = found.calls[0].prompt
    assert first is not None
    assert "[redacted]" in first.messages[1]["content"]


async def test_without_texts_there_is_no_prompt(tmp_path: Path) -> None:
    function = judged(tmp_path, RUBRIC % "")
    options = StoreOptions(path=tmp_path / "s", text="none")
    await keep(tmp_path / "s", function, ROLLOUT, keeping=keeping(options))
    assert set(hows(await look(tmp_path / "s", function))) == {"-"}


async def test_another_version_of_the_reward_writes_nothing(tmp_path: Path) -> None:
    function = judged(tmp_path, RUBRIC % "")
    await keep(tmp_path / "s", function, ROLLOUT)
    changed = judged(tmp_path, (RUBRIC % "").replace("It is clear.", "It is very clear."))
    found = await look(tmp_path / "s", function, changed)
    assert not found.served
    assert set(hows(found)) == {"-"}
    assert found.statements == {}
    with sources(tmp_path / "s") as nobody:
        assert set(hows(seen(nobody, 1))) == {"-"}


async def test_what_the_cache_answered_was_not_sent(tmp_path: Path) -> None:
    judge = "{use: scripted, otherwise: 0.9, cache: {store: memory}}"
    function = judged(tmp_path, RUBRIC % "", judge)
    await keep(tmp_path / "s", function, ROLLOUT, rollout_of("again", ROLLOUT.completion.text, prompt="Why?"))
    with sources(tmp_path / "s", function) as found:
        known = hows(seen(found, 1)) + hows(seen(found, 2))
    assert known["not sent"] > 0
    assert set(known) == {"as sent", "not sent"}
