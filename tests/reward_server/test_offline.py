import asyncio
from collections.abc import Sequence
from pathlib import Path

import msgspec
import pytest

from reward_server.limits import Limits
from reward_server.offline import Offline, read_groups
from reward_server.results_file import Detail, ResultsFile
from reward_server.reward.component import Component
from reward_server.reward.loading import load_reward
from reward_server.reward.reward_function import RewardFunction
from reward_server.service import Service
from reward_server.wire.ingress import assemble
from reward_server.wire.native import RewardRequest, RolloutRequest
from rubrics.outcome import Outcome, Score
from rubrics.problems import ConfigError
from rubrics.rollout import Group
from tests.processes import ROOT
from tests.reward_server.making import PROBES, given, reward_of

EXAMPLE = ROOT / "examples" / "moderation"


class Held(Component):
    """Scores a group once its door is open; notes who is inside."""

    async def __call__(self, group: Group) -> Sequence[Outcome]:
        INSIDE.append(group.id)
        ENTERED[group.id].set()
        await DOORS[group.id].wait()
        return [Score(0.5)] * len(group)


DOORS: dict[str, asyncio.Event] = {}
ENTERED: dict[str, asyncio.Event] = {}
INSIDE: list[str] = []
NAMES = [f"p{number}" for number in range(1, 6)]


@pytest.fixture
def held() -> RewardFunction:
    """A reward whose groups wait at their doors."""
    for events in (DOORS, ENTERED):
        events.update({name: asyncio.Event() for name in NAMES})
    INSIDE.clear()
    return reward_of(f'components: {{it: {{use: "{__name__}:Held"}}}}')


def groups() -> list[Group]:
    return [Group(name, [given(f"{name}-x"), given(f"{name}-y")]) for name in NAMES]


def started(function: RewardFunction, path: Path) -> ResultsFile:
    file = ResultsFile(path, function)
    file.start()
    return file


def content(path: Path) -> bytes:
    return path.read_bytes()


def ids(path: Path) -> list[str]:
    return [msgspec.json.decode(line)["id"] for line in content(path).splitlines()]


async def until(*names: str) -> None:
    """Let the run go on until these groups are inside."""
    await asyncio.gather(*(ENTERED[name].wait() for name in names))


async def settle() -> None:
    for _ in range(20):
        await asyncio.sleep(0)


async def test_a_few_groups_are_under_way_and_are_written_in_input_order(
    held: RewardFunction, tmp_path: Path
) -> None:
    path, told = tmp_path / "out.jsonl", list[int]()
    run = Offline(held, groups(), started(held, path), groups_at_once=2)
    task = asyncio.create_task(run.score(told.append))
    await until("p1", "p2")
    await settle()
    assert INSIDE == ["p1", "p2"]
    DOORS["p2"].set()
    await settle()
    assert (ids(path), told, INSIDE) == ([], [2], ["p1", "p2"])
    DOORS["p1"].set()
    await until("p3", "p4")
    assert ids(path) == ["p1-x", "p1-y", "p2-x", "p2-y"]
    for door in DOORS.values():
        door.set()
    await task
    assert ids(path) == [f"{name}-{letter}" for name in NAMES for letter in "xy"]
    assert sum(told) == run.total == run.done == 10


async def test_what_is_done_when_it_is_cancelled_is_written(held: RewardFunction, tmp_path: Path) -> None:
    path = tmp_path / "out.jsonl"
    run = Offline(held, groups(), started(held, path), groups_at_once=4)
    task = asyncio.create_task(run.score(lambda _: None))
    await until("p1", "p2", "p3", "p4")
    for name in ("p1", "p3", "p4"):
        DOORS[name].set()
    await settle()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert set(ids(path)) == {"p1-x", "p1-y", "p3-x", "p3-y", "p4-x", "p4-y"}
    assert (run.done, run.summary().rollouts) == (6, 6)
    await go_on(held, path)


async def go_on(function: RewardFunction, path: Path) -> None:
    """Resume the run above: only what is missing is scored, and the file ends as that of one run."""
    INSIDE.clear()
    for door in DOORS.values():
        door.set()
    file = ResultsFile(path, function)
    file.resume(groups())
    run = Offline(function, groups(), file)
    assert run.done == 6
    await run.score(lambda _: None)
    assert INSIDE == ["p2", "p5"]
    resumed = content(path)
    whole = path.with_name("whole.jsonl")
    await Offline(function, groups(), started(function, whole)).score(lambda _: None)
    assert resumed == content(whole)
    assert run.summary() == (await finished(function)).summary()


async def finished(function: RewardFunction) -> Offline:
    run = Offline(function, groups())
    await run.score(lambda _: None)
    return run


async def test_without_a_file_there_is_a_summary_all_the_same(held: RewardFunction) -> None:
    for door in DOORS.values():
        door.set()
    summary = (await finished(held)).summary()
    assert (summary.rollouts, summary.scored, summary.groups) == (10, 10, 5)


async def test_judges_are_closed_when_a_run_ends(held: RewardFunction) -> None:
    closed: list[str] = []

    class Closing(Held):
        async def aclose(self) -> None:
            closed.append("it")

    for door in DOORS.values():
        door.set()
    held.columns[0].component.__class__ = Closing
    await finished(held)
    assert closed == ["it"]


async def test_a_bug_in_scoring_is_raised_after_everything_is_put_away(held: RewardFunction) -> None:
    def boom(_: int) -> None:
        raise RuntimeError("as told")

    DOORS["p1"].set()
    run = Offline(held, groups(), groups_at_once=3)
    with pytest.raises(RuntimeError, match="as told"):
        await run.score(boom)
    assert len(asyncio.all_tasks()) == 1


def requests(path: Path) -> list[RolloutRequest]:
    return [msgspec.json.decode(line, type=RolloutRequest) for line in path.read_bytes().splitlines()]


WITHOUT_JUDGE = f"""
completion: {{reasoning: {{tag: think}}, answer: {{json: {{policy_1: [true, false], policy_2: [yes, no], conclusion: [true, false]}}}}}}
components:
  accuracy: {{use: label_match, field: conclusion}}
  format: {{use: structure}}
  length: {{use: target_length}}
  late: {{use: "{PROBES}:Later", key: nothing, weight: 0}}
weighting: {{inverse_frequency: {{label: ground_truth.conclusion, table: {{"true": 1, "false": 3}}}}}}
"""  # noqa: E501 - as the example has it


@pytest.mark.parametrize("detail", ["components", "verdicts"])
async def test_results_are_those_of_the_url_byte_for_byte(detail: Detail, tmp_path: Path) -> None:
    function = reward_of(WITHOUT_JUDGE)
    rollouts = EXAMPLE / "rollouts.jsonl"
    path = tmp_path / "out.jsonl"
    file = ResultsFile(path, function, detail)
    file.start()
    await Offline(function, read_groups(rollouts, function), file).score(lambda _: None)
    request = RewardRequest(rollouts=requests(rollouts), detail=detail)
    response = await Service({"test": reward_of(WITHOUT_JUDGE)}, Limits()).score(request)
    served = {result.id: msgspec.json.encode(result) for result in response.results}
    for line in content(path).splitlines():
        own = line[: line.index(b',"reward_version":')] + b"}"
        assert own == served[msgspec.json.decode(line)["id"]]
    assert len(served) == len(content(path).splitlines()) == 72


def test_groups_are_those_of_the_url() -> None:
    function = load_reward(EXAMPLE / "reward.yaml")
    found = read_groups(EXAMPLE / "rollouts.jsonl", function)
    batch = assemble(requests(EXAMPLE / "rollouts.jsonl"), function.layout, 10**6)
    assert [group.id for group in found] == [group.id for group in batch.groups]


def test_ids_that_collide_with_numbered_ones_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "rollouts.jsonl"
    path.write_text('{"id": "#1", "completion": "a"}\n{"completion": "b"}\n', encoding="utf-8")
    with pytest.raises(ConfigError, match="stands twice"):
        read_groups(path, reward_of("components: {a: {use: structure}}"))
