"""SkyRL's own registry makes our environment and drives it, as its generator does."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests.trainers.clients.serving import COMPLETIONS, TRUTH, serve_labels

skyrl_gym = pytest.importorskip("skyrl_gym")
pytestmark = [pytest.mark.trainers, pytest.mark.filterwarnings("default")]

SPAM, HAM, _ = COMPLETIONS
PROMPT = [{"role": "user", "content": "Is it spam?"}]


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with serve_labels(tmp_path_factory.mktemp("served")) as root:
        yield root


@pytest.fixture
def registered(url: str) -> Iterator[None]:
    from skyrl_gym.envs import deregister, register

    options = {"url": url, "group_size": 2, "wait_s": 20}
    register(id="gavel", entry_point="trainer_adapters.skyrl.environment:GavelEnv", kwargs=options)
    yield
    deregister("gavel")


def episode(completion: str, truth: object, prompt: list[dict[str, str]] = PROMPT) -> tuple[Any, Any]:
    """One rollout, as `SkyRLGymGenerator.agent_loop` runs it."""
    extras = {"reward_spec": {"ground_truth": truth}, "max_turns": 1}
    env = skyrl_gym.make("gavel", env_config={}, extras=extras)
    chat, about = env.init(prompt)
    assert (chat, about) == (prompt, {})
    output = env.step(completion)
    metrics = env.get_metrics()
    env.close()
    return output, metrics


@pytest.mark.usefixtures("registered")
def test_a_step_ends_the_episode_with_the_urls_reward() -> None:
    from skyrl_gym.metrics import aggregate_for_environment

    with ThreadPoolExecutor(2) as threads:
        found = list(threads.map(lambda text: episode(text, TRUTH), [SPAM, HAM]))
    assert [output["reward"] for output, _ in found] == [1.0, 0.25]
    assert all(output["done"] and output["observations"] == [] for output, _ in found)
    aggregated = aggregate_for_environment("gavel", [metrics for _, metrics in found])
    assert aggregated == {
        "gavel/score": 0.625,
        "gavel/accuracy": 0.5,
        "gavel/format": 1.0,
        "gavel/unscored": 0.0,
    }


@pytest.mark.usefixtures("registered")
def test_a_reward_is_a_number_even_when_it_could_not_be_scored() -> None:
    """Without a ground truth: nothing scored in its group, which is then a constant."""
    prompt = [{"role": "user", "content": "Nobody knows."}]
    with ThreadPoolExecutor(2) as threads:
        found = list(threads.map(lambda text: episode(text, None, prompt), [SPAM, HAM]))
    assert [output["reward"] for output, _ in found] == [0.0, 0.0]
    assert [metrics["gavel/unscored"] for _, metrics in found] == [1.0, 1.0]


def test_the_file_that_connect_writes_registers_this_environment(url: str, tmp_path: Path) -> None:
    from tests.trainers.clients.serving import connect

    out = tmp_path / "main_gavel.py"
    connect("skyrl", "--url", url, "--out", str(out))
    text = out.read_text(encoding="utf-8")
    options = text.partition("options = ")[2].splitlines()[0]
    from trainer_adapters.skyrl.environment import GavelEnv

    env = GavelEnv(env_config={}, extras={}, **eval(options))
    assert env._options[0].url == url
