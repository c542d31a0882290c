"""The moderation example through the real URL and the simulated judge, against what its author expected."""

import json
import math
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.request import Request, urlopen

import pytest

from rubrics.document import load
from tests.processes import start_server, start_sim

ROOT = Path(__file__).parent.parent
EXAMPLE = ROOT / "examples" / "moderation"
GAVEL = str(Path(sys.executable).with_name("gavel"))

EXPECTED = load(EXAMPLE / "expected.yaml").data
ROLLOUTS = [json.loads(line) for line in (EXAMPLE / "rollouts.jsonl").read_text().splitlines()]


@pytest.fixture(scope="module")
def answer() -> Iterator[dict[str, object]]:
    with (
        start_sim("--ttft", "0.001") as judge,
        start_server(
            GAVEL,
            "serve",
            str(EXAMPLE / "reward.yaml"),
            "--port",
            "0",
            environment={"OPENAI_BASE_URL": judge.base_url, "GAVEL_LOG_LEVEL": "error"},
        ) as server,
    ):
        body = json.dumps({"rollouts": ROLLOUTS, "detail": "verdicts"}).encode()
        with urlopen(Request(server.base_url, body)) as response:
            yield json.load(response)


def results(answer: dict[str, object]) -> dict[str, dict[str, object]]:
    found = answer["results"]
    assert isinstance(found, list)
    return {result["id"]: result for result in found}


def test_there_is_something_of_everything() -> None:
    assert isinstance(EXPECTED, dict)
    assert len(ROLLOUTS) == len(EXPECTED) == 72
    assert {
        len([r for r in ROLLOUTS if r["group"] == group]) for group in {r["group"] for r in ROLLOUTS}
    } == {8}
    assert len({expected["kind"] for expected in EXPECTED.values()}) >= 25


@pytest.mark.parametrize("column", ["accuracy", "format", "length", "rubric"])
def test_every_component_of_every_rollout_is_as_expected(answer: dict[str, object], column: str) -> None:
    assert isinstance(EXPECTED, dict)
    found = {name: result["components"][column]["value"] for name, result in results(answer).items()}  # type: ignore[index]
    expected = {name: values[column] for name, values in EXPECTED.items()}
    assert found == pytest.approx(expected, abs=1e-4)


def test_every_reward_is_the_mean_of_its_four_parts(answer: dict[str, object]) -> None:
    for result in results(answer).values():
        parts = [part["value"] for part in result["components"].values()]  # type: ignore[attr-defined]
        assert result["reward"] == pytest.approx(math.fsum(parts) / 4)
        assert result["status"] == "scored"


def test_a_closed_gate_asks_no_judge(answer: dict[str, object]) -> None:
    for result in results(answer).values():
        if result["components"]["format"]["value"] == 0:  # type: ignore[index]
            assert result["verdicts"] == []


def test_every_rollout_tells_the_weight_of_its_label_for_the_advantage(answer: dict[str, object]) -> None:
    truth = {rollout["id"]: rollout["ground_truth"]["conclusion"] for rollout in ROLLOUTS}
    # Smoothed counts 138 and 864 of 1,002: 1002 / (2 * 138) and 1002 / (2 * 864).
    weights = {True: 1002 / 276, False: 1002 / 1728}
    for name, result in results(answer).items():
        assert result["advantage_weight"] == pytest.approx(weights[truth[name]])


def test_the_demo_prints_these_figures_and_leaves_nothing_running(answer: dict[str, object]) -> None:
    demo = subprocess.run(
        [sys.executable, str(EXAMPLE / "demo.py")], capture_output=True, text=True, check=True, timeout=60
    )
    assert demo.stderr == ""
    assert "judge is simulated" in demo.stdout
    rows = {words[0]: words[1:] for line in demo.stdout.splitlines() if (words := line.split())}
    components = answer["summary"]["components"]  # type: ignore[index]
    assert rows["accuracy"][:3] == ["0.583", "0.663", "0.496"]  # 42 of 72 right
    assert rows["format"][0] == "0.611"  # 44 of 72
    for name, column in components.items():
        assert rows[name][:2] == [f"{column['mean']:.3f}", f"{column['weighted_mean']:.3f}"]
        assert rows[name][-2:] == ["0.25", f"{column['advantage_share']:.0%}"]
    assert rows["reward"][0] == f"{answer['summary']['reward']['mean']:.3f}"  # type: ignore[index]
    assert "every rollout scored" in demo.stdout
    for url in (word for word in demo.stdout.split() if word.startswith("http://")):
        host, port = url.split("/")[2].strip(",").split(":")
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection((host, int(port)))
