"""ms-swift loads the plug-in that `gavel connect` writes, and computes with what its functions give."""

from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests.trainers.clients.serving import COMPLETIONS, TRUTH, connect, serve_labels

pytest.importorskip("swift")
pytestmark = [pytest.mark.trainers, pytest.mark.filterwarnings("default")]

SPAM, HAM, BROKEN = COMPLETIONS


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with serve_labels(tmp_path_factory.mktemp("served")) as root:
        yield root


@pytest.fixture
def functions(url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[Any]]:
    """Reward functions by `--external_plugins` and `--reward_funcs`, made as the trainer makes them."""
    monkeypatch.setenv("GAVEL_URL", url)

    def load(args: Any, *flags: str) -> list[Any]:
        from swift.rewards import orms
        from swift.utils.utils import import_external_file

        out = tmp_path / "gavel_plugin.py"
        command = connect("ms-swift", "--url", url, "--out", str(out), "--force", *flags)
        import_external_file(str(out))
        named = command.partition("--reward_funcs ")[2].split("\\")[0].split("\n")[0].split()
        return [orms[name](args=args) for name in named]

    return load


def samples(*rows: tuple[str, Any]) -> list[Any]:
    """Groups of two."""
    from swift.rl_core.data import OnPolicySample

    return [
        OnPolicySample.from_row(
            {
                "messages": [
                    {"role": "user", "content": f"prompt {place // 2}"},
                    {"role": "assistant", "content": text},
                ],
                "prompt_id": f"prompt_{place // 2}",
                "request_id": f"request-{place}",
                "solution": truth,
                "finish_reason": "stop",
            }
        )
        for place, (text, truth) in enumerate(rows)
    ]


def scored(batch: list[Any], made: list[Any], step: int) -> Any:
    from swift.rl_core.grpo_algorithm import compute_rewards_per_func

    state = SimpleNamespace(global_step=step)
    return compute_rewards_per_func(batch, made, [None] * len(made), "cpu", trainer_state=state)


def test_a_hole_has_no_advantage(functions: Callable[..., list[Any]]) -> None:
    import torch
    from swift.rl_core.advantage import compute_advantages

    made = functions(SimpleNamespace(num_generations=2, output_dir="a", scale_rewards="group"))
    batch = samples((SPAM, TRUTH), (HAM, TRUTH), (SPAM, TRUTH), (SPAM, None))
    rewards = scored(batch, made, 1)
    assert rewards.tolist() == [[1.0], [0.25], [1.0], [1.0]]
    advantages, _ = compute_advantages(rewards, torch.ones(1), 2)
    # mean 0.625, sample standard deviation 0.375 * sqrt(2)
    expected = 0.375 / (0.375 * 2**0.5 + 1e-4)
    assert advantages.tolist() == pytest.approx([expected, -expected, 0.0, 0.0], abs=1e-5)


def test_under_gdpo_each_component_is_a_function_and_a_hole_is_masked(
    functions: Callable[..., list[Any]],
) -> None:
    import torch
    from swift.rl_core.advantage import compute_advantages

    args = SimpleNamespace(num_generations=2, output_dir="b", scale_rewards="gdpo")
    made = functions(args, "--components")
    assert [type(function).__name__ for function in made] == ["accuracy", "format"]
    batch = samples((SPAM, TRUTH), (HAM, TRUTH), (SPAM, TRUTH), (SPAM, None))
    rewards = scored(batch, made, 2)
    assert rewards[:3].tolist() == [[1.0, 1.0], [0.0, 1.0], [1.0, 1.0]]
    assert torch.isnan(rewards[3]).all()
    advantages, _ = compute_advantages(rewards, torch.tensor([0.75, 0.25]), 2, scale_rewards="gdpo")
    assert advantages.tolist() == pytest.approx([1.2247, -1.2247, 0.0, 0.0], abs=1e-3)
