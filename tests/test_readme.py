"""What the README shows is what happens."""

import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.request import Request, urlopen

import pytest

from tests.pages import fences, text_of
from tests.processes import ROOT, ServerProcess, start_server, start_sim

README = text_of("README.md")
GAVEL = str(Path(sys.executable).with_name("gavel"))

Rewards = list[float | None]
RewardFunction = Callable[..., Rewards]


def test_it_opens_with_the_two_commands() -> None:
    first, second = re.findall(r"^    (.+?) +#", README, re.MULTILINE)[:2]
    assert (first, second) == ("make demo", "make test")
    makefile = text_of("Makefile")
    for target in set(re.findall(r"(?:`|^ {4})make (\w+)", README, re.MULTILINE)):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target


def test_scripts_that_are_run_exist() -> None:
    assert [path for path in re.findall(r"python (\S+\.py)", README) if not (ROOT / path).exists()] == []


def test_the_demo_prints_what_the_readme_shows() -> None:
    done = subprocess.run(
        [sys.executable, "examples/moderation/demo.py"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    (shown,) = fences("README.md", "text")
    assert timeless(shown) in timeless(done.stdout)


def timeless(text: str) -> str:
    """Without seconds, and without blanks at the ends of lines."""
    text = re.sub(r"scored in \d+\.\d+ s", "scored in 0 s", text)
    return "\n".join(line.rstrip() for line in text.splitlines())


def test_the_equation_is_the_one_that_check_prints() -> None:
    done = subprocess.run(
        [GAVEL, "check", "examples/moderation/reward.yaml"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    (shown,) = re.findall(r"^    (reward = .+)$", README, re.MULTILINE)
    assert shown in done.stdout


@pytest.fixture
def judge() -> Iterator[ServerProcess]:
    with start_sim() as server:
        yield server


@pytest.fixture
def url(judge: ServerProcess, tmp_path: Path) -> Iterator[str]:
    """What the README's first four commands start, on free ports."""
    subprocess.run([GAVEL, "init", str(tmp_path / "my-reward")], check=True, capture_output=True)
    environment = {"OPENAI_BASE_URL": judge.base_url, "GAVEL_LOG_LEVEL": "warning"}
    command = (GAVEL, "serve", str(tmp_path / "my-reward" / "reward.yaml"), "--port", "0")
    with start_server(*command, environment=environment) as server:
        yield server.base_url


def curl_body() -> bytes:
    (body,) = re.findall(r"curl [^\n]*-d '(\{.+?\})'\n", README, re.DOTALL)
    return str(body).encode()


def reward_function(url: str) -> RewardFunction:
    (block,) = [block for block in fences("README.md", "python") if "def gavel_reward" in block]
    names: dict[str, object] = {}
    exec(block, names)
    names["URL"] = url
    function = names["gavel_reward"]
    assert callable(function)
    return function


def test_the_curl_example_gets_the_answer_that_is_shown(url: str) -> None:
    with urlopen(Request(url, curl_body(), {"Content-Type": "application/json"})) as answer:
        rewards: list[float] = json.load(answer)["rewards"]
    (shown,) = re.findall(r'\{"rewards":(\[[^\]]+\]),', README)
    assert rewards == pytest.approx(json.loads(shown), abs=1e-9)


def test_the_reward_function_for_trl_turns_null_into_none(url: str, judge: ServerProcess) -> None:
    rollouts = json.loads(curl_body())["rollouts"]
    prompts = [[{"role": "user", "content": rollout["prompt"]}] for rollout in rollouts]
    completions = [[{"role": "assistant", "content": rollout["completion"]}] for rollout in rollouts]
    truths = [rollout["ground_truth"] for rollout in rollouts]
    function = reward_function(url)
    columns = {"ground_truth": truths, "completion_ids": [[1], [2]], "trainer_state": None}
    first, second = function(prompts=prompts, completions=completions, **columns)
    assert first == pytest.approx(0.6568365785)
    assert second == 0.0
    judge.stop()
    # What the judge has said is known without it. The second brought no JSON, which needs no judge.
    assert function(prompts=prompts, completions=completions, **columns) == [first, 0.0]
    others = [[{"role": "user", "content": f"Once more: {rollout['prompt']}"}] for rollout in rollouts]
    assert function(prompts=others, completions=completions, **columns) == [None, 0.0]
