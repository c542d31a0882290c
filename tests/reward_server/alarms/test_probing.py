"""Judges are probed with canaries and anchors, politely, and what comes of it raises alarms."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Literal, NamedTuple

import pytest

from judges.request import Prompt, Shared
from reward_server.alarms.looking import Looking
from reward_server.alarms.probing.asking import Asking, StoppedError, askings
from reward_server.alarms.probing.canaries import canaries
from reward_server.alarms.probing.prober import Prober
from reward_server.alarms.probing.samples import Sample, recent
from reward_server.alarms.rounds import Round
from reward_server.alarms.table import rounds_of
from reward_server.limits import Limits
from reward_server.metrics.metrics import Metrics
from reward_server.reward.alarm_options import AlarmOptions, WatchOptions
from reward_server.reward.loading import load_reward
from reward_server.reward.reward_function import RewardFunction
from reward_server.service import Service
from reward_server.store.database import open_to_write
from reward_server.store.keeping import keeping
from reward_server.store.options import StoreOptions
from reward_server.store.reading import Store
from reward_server.store.recorder import Recorder
from reward_server.store.writer import Writer
from reward_server.wire.native import RewardRequest, RolloutRequest
from reward_server.wire.origin import Origin
from rubrics.document import parse
from tests.reward_server.alarms.moody import Mood

REWARD = """
name: test
completion: {reasoning: {tag: think}}
components: {rubric: {use: rubric, rubric: rubric.yaml}}
judges: {default: {use: "tests.reward_server.alarms.moody:Moody", cache: {store: memory}, max_concurrency: 1}}
watch: {every_s: 600, canaries: 12, anchors: 6}
"""
RUBRIC = """
schema: rubric/v1
id: test
version: "1"
inputs: {message: {from: prompt}, reasoning: {from: completion.reasoning}}
criteria:
  - {id: cites, ask: The reasoning cites a clause.}
  - {id: begs, ask: The reasoning begs for marks., weight: -1}
  - {id: short, check: {of: reasoning, words: {at_most: 500}}}
"""
WATCH = WatchOptions(canaries=12, anchors=6)


class Probed(NamedTuple):
    """A reward function that has scored a run into a store, and a prober of its judge."""

    path: Path
    function: RewardFunction
    prober: Prober
    asking: Asking
    service: Service

    async def round(self) -> list[Round]:
        """One round, and what came of it."""
        before = len(self.rounds())
        await self.prober.round(self.function, self.asking, WATCH)
        return self.rounds()[before:]

    def rounds(self) -> list[Round]:
        with closing(Store(self.path)) as store:
            return [each for _, each in rounds_of(store, 1)]

    async def score(self, step: int) -> None:
        """Score one step of four groups of four."""
        rollouts = [
            RolloutRequest(
                completion=f"<think>Clause {step}.{number} of {group} says so.</think>\nyes",
                prompt=f"What about {group}?",
                group=f"{step}/{group}",
            )
            for group in range(4)
            for number in range(4)
        ]
        await self.service.score(RewardRequest(rollouts=rollouts), Origin(run="r", step=step))


@asynccontextmanager
async def probed(
    tmp_path: Path, steps: int = 3, text: Literal["keep", "none"] = "keep"
) -> AsyncIterator[Probed]:
    Mood.reset()
    (tmp_path / "rubric.yaml").write_text(RUBRIC, encoding="utf-8")
    function = load_reward(parse(REWARD, "reward.yaml", tmp_path))
    options = StoreOptions(path=tmp_path / "s.sqlite3", text=text)
    recorder = Recorder(Writer(options.path, keeping(options), "default"), Metrics().store)
    service = Service({function.name: function}, Limits(), recorder)
    prober = Prober(options.path, {function.name: function})
    (asking,) = askings(function, lambda: False)
    made = Probed(options.path, function, prober, asking, service)
    for step in range(steps):
        await made.score(step)
    try:
        yield made
    finally:
        Mood.open.set()
        await prober.aclose()
        await service.aclose()


async def test_canaries_are_judged_by_criterion_where_being_met_pays(tmp_path: Path) -> None:
    async with probed(tmp_path) as made:
        strict = await made.round()
        assert [(each.kind, each.criterion, each.asked, each.found) for each in strict] == [
            ("canary", "cites", 12, 0)  # `begs` costs where it is met, so that nobody gains by fooling it
        ]
        Mood.chance = 0.9
        (gullible, *_) = await made.round()
        assert (gullible.asked, gullible.found, gullible.step, gullible.judge) == (12, 12, 2, "default")
        assert len(gullible.rollouts) == 5
        with closing(Store(made.path)) as store:
            assert all(store.rollout(number).run == "r" for number in gullible.rollouts)


async def test_a_gullible_judge_raises_an_alarm(tmp_path: Path) -> None:
    async with probed(tmp_path) as made:
        Mood.chance = 0.9
        await made.round()
        looked = Looking(made.path, {"test": AlarmOptions()}, since=0.0).look(over=True)
        assert [(alarm.name, alarm.subject, alarm.level) for _, alarm in looked.raised] == [
            ("judge_false_positives", "cites", "critical")
        ]


async def test_canaries_have_nothing_of_the_completion_and_keep_its_form(tmp_path: Path) -> None:
    async with probed(tmp_path) as made:
        with closing(Store(made.path)) as store:
            samples = recent(store, 1, made.function.layout, 12)

        def texts(seed: int) -> list[str]:
            return [found.rollout.completion.text for found in canaries(made.asking, samples, 40, seed)]

        assert len(texts(3)) == 40
        assert not [text for text in texts(3) if "says so" in text]
        assert all(text.startswith("<think>") and "</think>\nyes" in text for text in texts(3))
        assert texts(3) == texts(3)
        assert texts(3) != texts(4)


async def test_recent_rollouts_are_of_many_groups(tmp_path: Path) -> None:
    async with probed(tmp_path, steps=8) as made:
        with closing(Store(made.path)) as store:
            samples = recent(store, 1, made.function.layout, 12)
            told = [store.rollout(sample.number) for sample in samples]
        assert len({found.group for found in told}) == 12
        assert {found.step for found in told} == {4, 5, 6, 7}
        assert samples[0].rollout.prompt == "What about 0?"


async def test_a_judge_that_moves_is_told_apart_from_one_that_wavers(tmp_path: Path) -> None:
    async with probed(tmp_path) as made:
        Mood.noise = 0.05
        assert [each.kind for each in await made.round()] == ["canary"]  # the anchors are judged, twice
        still = [each for _ in range(2) for each in await made.round() if each.kind == "anchor"]
        assert {(each.criterion, each.asked) for each in still} == {("cites", 6), ("begs", 6)}
        assert max(abs(each.excess) for each in still) < 0.05
        Mood.chance = 0.6
        moved = [each for _ in range(2) for each in await made.round() if each.kind == "anchor"]
        assert min(each.excess for each in moved) > 0.2
        assert min(each.direction for each in moved) > 0.2
        options = {"test": AlarmOptions(judge_false_positives="off")}
        looked = Looking(made.path, options, since=0.0).look(over=True)
        assert {(alarm.name, alarm.subject) for _, alarm in looked.raised} == {
            ("judge_drift", "cites"),
            ("judge_drift", "begs"),
        }


async def test_the_anchors_stay_the_same_after_a_restart_and_are_new_for_a_new_reward(tmp_path: Path) -> None:
    async with probed(tmp_path) as made:
        await made.round()
        await made.score(3)
        again = Prober(made.path, {"test": made.function})
        again._since = 0.0
        await again.round(made.function, made.asking, WATCH)
        assert [each.kind for each in made.rounds()] == ["canary", "canary", "anchor", "anchor"]
        await again.aclose()


async def test_a_judge_that_is_down_at_first_is_still_compared_with_later(tmp_path: Path) -> None:
    async with probed(tmp_path) as made:
        Mood.down = True
        assert await made.round() == []
        Mood.down = False
        assert [each.kind for each in await made.round()] == ["canary"]  # the anchors are judged, twice
        assert [each.asked for each in await made.round() if each.kind == "anchor"] == [6, 6]


async def test_judges_are_asked_anew_whatever_they_remember_and_without_being_counted(tmp_path: Path) -> None:
    async with probed(tmp_path) as made:
        await made.round()
        asked = Mood.asked
        await made.round()
        assert Mood.asked - asked >= 2 * 6  # two criteria of six anchors, judged before
        judge = made.function.judges["default"].judge
        assert judge.forgetful._fleet is judge._fleet


async def test_who_waits_for_the_judge_goes_first(tmp_path: Path) -> None:
    async with probed(tmp_path) as made:
        Mood.open.clear()
        judge = made.function.judges["default"].judge
        prompts = [Prompt(Shared("", ""), f"question {number}") for number in range(3)]
        others = [asyncio.create_task(judge.ask(prompt, ("yes", "no"))) for prompt in prompts]
        await _until(lambda: judge.status().waiting > 0)
        (sample, *_) = _samples(made)
        probe = asyncio.create_task(made.asking.verdicts(sample.rollout))
        asked = Mood.asked
        await asyncio.sleep(0)
        assert (Mood.asked, probe.done()) == (asked, False)
        Mood.open.set()
        await asyncio.gather(*others)
        assert (await probe).keys() == {"cites", "begs"}


async def test_nothing_is_asked_once_the_server_stops(tmp_path: Path) -> None:
    async with probed(tmp_path) as made:
        (asking,) = askings(made.function, lambda: True)
        asked = Mood.asked
        with pytest.raises(StoppedError):
            await asking.verdicts(_samples(made)[0].rollout)
        assert Mood.asked == asked


@pytest.mark.parametrize(("steps", "text"), [(0, "keep"), (3, "none")])
async def test_without_a_run_or_without_texts_nothing_is_asked(
    tmp_path: Path, steps: int, text: Literal["keep", "none"]
) -> None:
    open_to_write(tmp_path / "s.sqlite3").close()
    async with probed(tmp_path, steps, text) as made:
        asked = Mood.asked
        assert await made.round() == []
        assert Mood.asked == asked


def _samples(made: Probed) -> Sequence[Sample]:
    with closing(Store(made.path)) as store:
        return recent(store, 1, made.function.layout, 4)


async def _until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not holds():  # noqa: ASYNC110 - nobody sets an event for it
            await asyncio.sleep(0)
