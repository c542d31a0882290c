"""What the README shows is what happens."""

import json
import re
import subprocess
import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import cast
from urllib.request import Request, urlopen

import pytest

from reward_server.connect.directory import TRAINERS
from tests.pages import fences, text_of
from tests.processes import ROOT, ServerProcess, start_server, start_sim

README = text_of("README.md")
GAVEL = str(Path(sys.executable).with_name("gavel"))

Rewards = list[float | None]
RewardFunction = Callable[..., Awaitable[Rewards]]


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


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server for all tests that leave its judge alone."""
    with start_sim() as judge, start_gavel(judge, tmp_path_factory.mktemp("readme")) as url:
        yield url


@contextmanager
def start_gavel(judge: ServerProcess, folder: Path) -> Iterator[str]:
    """What the README's first four commands start, on free ports; its base URL."""
    subprocess.run([GAVEL, "init", str(folder / "my-reward")], check=True, capture_output=True)
    environment = {
        "OPENAI_BASE_URL": judge.base_url,
        "GAVEL_LOG_LEVEL": "warning",
        "GAVEL_CACHE_DIR": str(folder / "cache"),
        "GAVEL_STORE": "none",
    }
    command = (GAVEL, "serve", str(folder / "my-reward" / "reward.yaml"), "--port", "0")
    with start_server(*command, environment=environment) as server:
        yield server.base_url


def curl_body() -> bytes:
    (body,) = re.findall(r"curl [^\n]*-d '(\{.+?\})'\n", README, re.DOTALL)
    return str(body).encode()


def reward_function(url: str) -> RewardFunction:
    (block,) = [block for block in fences("README.md", "python") if "trainer_adapters.trl" in block]
    names: dict[str, object] = {}
    exec(block.replace("http://127.0.0.1:8900", url.removesuffix("/v1/rewards")), names)
    (function,) = cast("list[RewardFunction]", names["reward_funcs"])
    return function


def test_the_curl_example_gets_the_answer_that_is_shown(url: str) -> None:
    with urlopen(Request(url, curl_body(), {"Content-Type": "application/json"})) as answer:
        rewards: list[float] = json.load(answer)["rewards"]
    (shown,) = re.findall(r'\{"rewards":(\[[^\]]+\]),', README)
    assert rewards == pytest.approx(json.loads(shown), abs=1e-9)


async def test_the_reward_function_for_trl_turns_null_into_none(tmp_path: Path) -> None:
    with start_sim() as judge, start_gavel(judge, tmp_path) as url:
        await judge_goes_away(judge, reward_function(url))


async def judge_goes_away(judge: ServerProcess, reward: RewardFunction) -> None:
    rollouts = json.loads(curl_body())["rollouts"]
    completions = [[{"role": "assistant", "content": rollout["completion"]}] for rollout in rollouts]
    truths = [rollout["ground_truth"] for rollout in rollouts]

    async def rewards(asked: str) -> Rewards:
        prompts = [[{"role": "user", "content": asked + rollout["prompt"]}] for rollout in rollouts]
        return await reward(
            prompts=prompts, completions=completions, ground_truth=truths, completion_ids=[[1], [2]]
        )

    first, second = await rewards("")
    assert first == pytest.approx(0.6568365785)
    assert second == 0.0
    judge.stop()
    # What the judge has said is known without it. The second brought no JSON, which needs no judge.
    assert await rewards("") == [first, 0.0]
    assert await rewards("Once more: ") == [None, 0.0]


def test_the_command_that_connects_prints_lines_for_its_trainer(url: str) -> None:
    (line,) = re.findall(r"^gavel (connect .+)$", README, re.MULTILINE)
    command = [GAVEL, *line.split(), "--url", url.removesuffix("/v1/rewards")]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "verl.trainer.main_ppo" in done.stdout
    named = re.findall(r"`([\w-]+)`", README.partition("It knows ")[2].partition(".")[0])
    assert named == list(TRAINERS)
