"""verifiers' own NeMo Gym client, by which prime-rl trains, from its package, against a real server."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.trainers.clients.serving import COMPLETIONS, serve_labels

vf = pytest.importorskip("verifiers.v1")
pytestmark = [pytest.mark.trainers, pytest.mark.filterwarnings("default")]

ROW = {
    "responses_create_params": {"input": [{"role": "user", "content": "Is it spam?"}]},
    "expected_answer": {"label": "spam"},
    "difficulty": 3,
}
Task = Any
Trace = Any


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with serve_labels(tmp_path_factory.mktemp("served")) as root:
        yield root


def tasks(folder: Path, url: str, rows: list[dict[str, Any]], **settings: Any) -> list[Task]:
    """The tasks of a dataset, as the taskset loads them."""
    from verifiers.v1.tasksets.nemo_gym import NeMoGymConfig, NeMoGymTaskConfig, NeMoGymTaskset

    dataset = folder / "rows.jsonl"
    dataset.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    task = NeMoGymTaskConfig(resources_url=url, **settings)
    return list(NeMoGymTaskset(NeMoGymConfig(dataset=dataset, task=task)).load())


async def scored(task: Task, text: str) -> Trace:
    """A trace in which the policy said `text`, set up and scored by the task."""
    from verifiers.v1.graph import MessageNode
    from verifiers.v1.tasksets.nemo_gym.toolset import NeMoGymState
    from verifiers.v1.trace import AgentInfo, Trace, TraceTask
    from verifiers.v1.types import AssistantMessage, UserMessage

    nodes = [
        MessageNode(message=UserMessage(content="Is it spam?")),
        MessageNode(parent=0, message=AssistantMessage(content=text), sampled=True),
    ]
    seed = TraceTask(type="NeMoGymTask", data=task.data)
    trace = Trace(task=seed, agent=AgentInfo(config=vf.AgentConfig()), nodes=nodes, state=NeMoGymState())
    await task.setup(trace, None)
    await task.score(trace)
    return trace


async def test_rewards_and_metrics_are_right(url: str, tmp_path: Path) -> None:
    (task,) = tasks(tmp_path, url, [ROW])
    traces = [await scored(task, text) for text in COMPLETIONS]
    assert [trace.reward for trace in traces] == [1.0, 0.25, 0.0]
    assert traces[1].metrics["component_accuracy"] == 0.0
    assert traces[1].metrics["component_format"] == 1.0
    assert traces[1].metrics["mask_sample"] == 0.0
    assert traces[1].info["nemo_gym"]["reward_components"] == {"accuracy": 0.0, "format": 0.25}


@pytest.mark.parametrize("path", ["/nemo-gym", "/nemo-gym/test", "/nemo-gym/test/"])
async def test_the_url_may_have_a_path(url: str, tmp_path: Path, path: str) -> None:
    (task,) = tasks(tmp_path, f"{url}{path}", [ROW])
    assert (await scored(task, COMPLETIONS[0])).reward == 1.0


async def test_an_unscored_sample_is_an_error_which_verifiers_drops(url: str, tmp_path: Path) -> None:
    row = {**ROW, "expected_answer": None}
    (task,) = tasks(tmp_path, url, [row], headers={"X-Gavel-Unscored": "fail"})
    with pytest.raises(vf.TaskError, match="503"):
        await scored(task, COMPLETIONS[0])


async def test_5_percent_unscored_leave_the_others_as_they_are(url: str, tmp_path: Path) -> None:
    rows = [
        {**ROW, "expected_answer": None if number == 7 else ROW["expected_answer"]} for number in range(20)
    ]
    settings = {"headers": {"X-Gavel-Unscored": "fail"}}
    rewards = []
    for task in tasks(tmp_path, url, rows, **settings):
        try:
            rewards.append((await scored(task, COMPLETIONS[0])).reward)
        except vf.TaskError:
            rewards.append(None)
    assert rewards == [None if number == 7 else 1.0 for number in range(20)]


async def test_a_server_that_is_gone_is_an_error_and_not_a_zero(tmp_path: Path) -> None:
    with serve_labels(tmp_path) as root:
        (task,) = tasks(tmp_path, root, [ROW], request_timeout=5)
        trace = await scored(task, COMPLETIONS[0])
    trace.rewards.clear()
    with pytest.raises(vf.TaskError):
        await task.score(trace)
    assert trace.rewards == {"nemo_gym": None}
