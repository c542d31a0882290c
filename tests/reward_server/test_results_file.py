from collections.abc import Sequence
from pathlib import Path

import msgspec
import pytest

from reward_server.engine.row import Row
from reward_server.offline import Offline
from reward_server.results_file import Line, ResultsFile, digest
from reward_server.reward.reward_function import RewardFunction
from rubrics.outcome import Unscored
from rubrics.problems import ConfigError
from rubrics.rollout import Group, Rollout
from tests.reward_server.making import PROBES, given, reward_of, rollout_of, score_groups

REWARD = f"""
components:
  a: {{use: "{PROBES}:Given", key: a, weight: 0.5}}
  b: {{use: "{PROBES}:Given", key: b, weight: 0.5}}
weighting: {{inverse_frequency: {{label: metadata.label, table: {{x: 1, y: 3}}}}}}
"""


@pytest.fixture
def function() -> RewardFunction:
    return reward_of(REWARD)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "out.jsonl"


def groups(unscored: Sequence[str] = ()) -> list[Group]:
    """Three groups of two; those named lack a value."""
    made = []
    for group in ("p1", "p2", "p3"):
        names = [f"{group}-{letter}" for letter in "xy"]
        rollouts = [given(name, a=0.5, b=None if name in unscored else 0.25) for name in names]
        made.append(Group(group, rollouts))
    return made


async def scored(function: RewardFunction, what: Sequence[Group], file: ResultsFile | None = None) -> Offline:
    run = Offline(function, what, file)
    await run.score(lambda _: None)
    return run


async def written(function: RewardFunction, path: Path, what: Sequence[Group]) -> bytes:
    file = ResultsFile(path, function)
    file.start()
    await scored(function, what, file)
    return content(path)


def content(path: Path) -> bytes:
    return path.read_bytes()


def put(path: Path, raw: bytes) -> None:
    path.write_bytes(raw)


def siblings(path: Path) -> list[Path]:
    return list(path.parent.iterdir())


def lines(path: Path) -> list[Line]:
    return [msgspec.json.decode(line, type=Line) for line in content(path).splitlines()]


async def test_a_line_is_a_result_its_version_and_its_rollout(function: RewardFunction, path: Path) -> None:
    await written(function, path, groups())
    first = lines(path)[0]
    assert (first.id, first.group, first.reward, first.status) == ("p1-x", "p1", 0.375, "scored")
    assert first.components is not None
    assert (first.components["a"].value, first.components["a"].weighted) == (0.5, 0.25)
    assert first.reward_version == function.version
    assert first.rollout_digest == digest(groups()[0].rollouts[0])
    assert first.verdicts is None


async def test_resuming_keeps_groups_that_are_whole_and_scored(function: RewardFunction, path: Path) -> None:
    whole = await written(function, path, groups(unscored=["p2-y"]))
    file = ResultsFile(path, function)
    file.resume(groups())
    assert [rows[0].group for rows in file.kept] == ["p1", "p3"]
    kept = [line for line in whole.splitlines(keepends=True) if b'"group":"p2"' not in line]
    assert content(path) == b"".join(kept)


async def test_a_resumed_file_is_the_file_of_one_run(function: RewardFunction, path: Path) -> None:
    whole = await written(function, path, groups())
    put(path, b"".join(whole.splitlines(keepends=True)[2:5]) + b'{"id": "torn')
    file = ResultsFile(path, function)
    file.resume(groups())
    assert [rows[0].group for rows in file.kept] == ["p2"]
    run = await scored(function, groups(), file)
    assert content(path) == whole
    assert run.done == run.total == 6
    assert [other.name for other in siblings(path)] == ["out.jsonl"]


async def test_kept_rows_are_what_they_were(function: RewardFunction, path: Path) -> None:
    await written(function, path, groups())
    file = ResultsFile(path, function)
    file.resume(groups())
    anew = await score_groups(function, groups())
    assert [told(row) for rows in file.kept for row in rows] == [told(row) for rows in anew for row in rows]


def told(row: Row) -> tuple[object, ...]:
    values = {name: float(outcome) for name, outcome in row.components.items()}
    return row.rollout.id, row.group, float(row.reward), values, row.advantage_weight


async def test_unscored_components_of_a_scored_row_are_kept(path: Path) -> None:
    function = reward_of(REWARD.replace("key: b, weight: 0.5", "key: b, weight: 0"))
    await written(function, path, groups(unscored=["p1-x"]))
    file = ResultsFile(path, function)
    file.resume(groups(unscored=["p1-x"]))
    outcome = file.kept[0][0].components["b"]
    assert isinstance(outcome, Unscored)
    assert (outcome.cause.value, outcome.detail) == ("judge_timeout", "as told")


async def test_another_reward_s_results_are_refused(function: RewardFunction, path: Path) -> None:
    await written(function, path, groups())
    other = reward_of(REWARD.replace("weight: 0.5", "weight: 0.25", 1))
    before = content(path)
    with pytest.raises(ConfigError, match="holds results of another reward"):
        ResultsFile(path, other).resume(groups())
    assert content(path) == before


@pytest.mark.parametrize("other", [b'{"a": 1}\n', b"[]\n", b'"x"\n'])
def test_a_file_of_something_else_is_refused_and_left_alone(
    other: bytes, function: RewardFunction, path: Path
) -> None:
    path.write_bytes(other)
    with pytest.raises(ConfigError, match="is not a file of results"):
        ResultsFile(path, function).resume(groups())
    assert content(path) == other


def test_there_may_be_nothing_to_resume(function: RewardFunction, path: Path) -> None:
    file = ResultsFile(path, function)
    file.resume(groups())
    assert (list(file.kept), content(path)) == ([], b"")


async def test_results_of_a_rollout_that_changed_are_not_kept(function: RewardFunction, path: Path) -> None:
    await written(function, path, groups())
    changed = groups()
    changed[1] = Group("p2", [changed[1].rollouts[0], given("p2-y", a=0.5, b=0.75)])
    file = ResultsFile(path, function)
    file.resume(changed)
    assert [rows[0].group for rows in file.kept] == ["p1", "p3"]


async def test_results_of_another_detail_are_not_kept(function: RewardFunction, path: Path) -> None:
    await written(function, path, groups())
    file = ResultsFile(path, function, "verdicts")
    file.resume(groups())
    assert list(file.kept) == []


async def test_results_of_other_rollouts_are_not_thrown_away(function: RewardFunction, path: Path) -> None:
    await written(function, path, groups())
    before = path.read_bytes()
    with pytest.raises(ConfigError, match="rollouts that are not read now"):
        ResultsFile(path, function).resume(groups()[1:])
    assert path.read_bytes() == before


BASE = rollout_of("x", "text", prompt="p", ground_truth=1, metadata={"a": 1, "b": 2}, finish_reason="stop")


@pytest.mark.parametrize(
    "other",
    [
        rollout_of("x", "text!", prompt="p", ground_truth=1, metadata={"a": 1, "b": 2}, finish_reason="stop"),
        rollout_of("x", "text", prompt="q", ground_truth=1, metadata={"a": 1, "b": 2}, finish_reason="stop"),
        rollout_of(
            "x", "text", prompt="p", ground_truth="1", metadata={"a": 1, "b": 2}, finish_reason="stop"
        ),
        rollout_of("x", "text", prompt="p", ground_truth=1, metadata={"a": 1, "b": 3}, finish_reason="stop"),
        rollout_of(
            "x", "text", prompt="p", ground_truth=1, metadata={"a": 1, "b": 2}, finish_reason="length"
        ),
        rollout_of("x", "text", prompt="p", ground_truth=1, metadata={"a": 1, "b": 2}, completion_tokens=1),
    ],
)
def test_a_digest_tells_rollouts_apart(other: Rollout) -> None:
    assert digest(other) != digest(BASE)


def test_a_digest_is_of_what_was_sent_in_any_order() -> None:
    same = rollout_of(
        "y", "text", prompt="p", ground_truth=1, metadata={"b": 2, "a": 1}, finish_reason="stop"
    )
    assert digest(same) == digest(BASE)
