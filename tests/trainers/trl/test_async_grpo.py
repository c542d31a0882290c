"""AsyncGRPO needs vLLM on a GPU; what it does with a reward function is all of it that runs here."""

import asyncio
import math
import multiprocessing
import pickle
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

pytest.importorskip("trl")

from accelerate import PartialState
from trl.trainer.utils import get_callable_name, is_async_callable

from tests.trainers.trl.serving import FLAKY, root_url, serve
from trainer_adapters.trl import component, components, reward

pytestmark = [pytest.mark.trainers, pytest.mark.filterwarnings("default")]

FORMED = '<think>it asks for money</think>{"label": "spam"}'
GROUP = 4
SEQUENCE = SimpleNamespace(input_ids=[1, 2], completion_mask=[0, 1], old_log_probs=[0.0, 0.0])


def group(*texts: str) -> Any:
    """A group as AsyncGRPO's worker collects it."""
    prompt = [{"role": "user", "content": "win money now"}]
    return SimpleNamespace(
        prompts=[prompt] * len(texts),
        completions=[[{"role": "assistant", "content": text}] for text in texts],
        completions_ids=[[1, 2]] * len(texts),
        completions_sequences=[[] for _ in texts],
        reward_kwargs={"ground_truth": [{"label": "spam"}] * len(texts)},
        tool_call_counts=[0] * len(texts),
        tool_failure_counts=[0] * len(texts),
        group_id=0,
        model_version=0,
    )


def score(pickled: bytes, texts: tuple[str, ...]) -> list[list[float | None]]:
    """What each function says of a group, called as `_score_group` calls it. Runs in a spawned process."""
    given = group(*texts)

    async def every() -> list[list[float | None]]:
        calls = [
            function(
                completions=given.completions,
                prompts=given.prompts,
                completion_ids=given.completions_ids,
                **given.reward_kwargs,
            )
            for function in pickle.loads(pickled)
        ]
        return list(await asyncio.gather(*calls))

    return asyncio.run(every())


def in_child(functions: list[Any], *texts: str) -> list[list[float | None]]:
    """The same, where AsyncGRPO does it: in a process that only got the pickled functions."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        found: list[list[float | None]] = pool.apply(score, (pickle.dumps(functions), texts))
        return found


def test_functions_are_async_named_and_survive_the_way_to_the_child(url: str) -> None:
    functions, _ = components(url=url)
    bound = [partial(reward, url=url, group_size=GROUP), *functions]
    assert [get_callable_name(function) for function in bound] == ["reward", "format", "accuracy"]
    assert all(is_async_callable(function) for function in bound)
    assert in_child(bound, FORMED, "spam") == [[1.0, 0.0], [1.0, 0.0], [1.0, 0.0]]


def test_the_workers_own_arithmetic_masks_a_hole(tmp_path: Path) -> None:
    from trl.experimental.async_grpo.async_rollout_worker import _AsyncRolloutLoop

    PartialState(cpu=True)  # the worker's logger wants one
    with serve(tmp_path, FLAKY) as server:
        worker = _AsyncRolloutLoop.__new__(_AsyncRolloutLoop)
        worker.reward_funcs = [partial(reward, url=root_url(server), group_size=20)]
        worker.reward_func_names = ["reward"]
        worker._env_reward_types = []
        whole = group(*[FORMED] * 10, *["spam"] * 10)
        whole.completions_sequences = [[SEQUENCE] for _ in range(20)]
        samples = asyncio.run(worker._score_group(whole))
    PartialState._reset_state()
    advantages = [sample.advantage for sample in samples]
    assert advantages[19] == 0  # the twentieth call of FLAKY
    scored = [sample.metrics["reward"] for sample in samples[:19]]
    assert sum(advantages[:19]) == pytest.approx(0, abs=1e-4)
    assert min(scored[:10]) > max(scored[10:])
    assert math.isnan(samples[19].metrics["reward"])


def test_a_component_that_there_is_not_is_named(url: str) -> None:
    with pytest.raises(Exception, match=r"no component 'tone'\. Its components: format, accuracy"):
        score(pickle.dumps([partial(component.tone, url=url)]), (FORMED,))
