"""OpenRLHF's own client of a reward URL, from its package, against a real server."""

import asyncio
import random
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from tests.trainers.clients.serving import COMPLETIONS, TRUTH, serve_labels

torch = pytest.importorskip("torch")
agent = pytest.importorskip("openrlhf.utils.agent")
pytestmark = [pytest.mark.trainers, pytest.mark.filterwarnings("default")]

QUESTION = "Is this message spam? Win money now, " + ", ".join(f"or {n} coins" for n in range(40))
LIMIT = 4096
Tokenizer = Any
Output = dict[str, Any]


@pytest.fixture(scope="module")
def tokenizer() -> Tokenizer:
    from tests.trainers.tiny_policy import make_tokenizer

    return make_tokenizer()


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with serve_labels(tmp_path_factory.mktemp("served")) as root:
        yield root


@dataclass
class Engine:
    """In vLLM's place: says what it is told to, up to the token that stops it."""

    tokenizer: Tokenizer
    text: str

    async def generate(self, *_: object, **__: object) -> SimpleNamespace:
        tokens = self.tokenizer.encode(f"{self.text}<|im_end|>")
        return SimpleNamespace(
            outputs=[SimpleNamespace(token_ids=tokens, finish_reason="stop", logprobs=None)]
        )


async def executed(
    url: str | list[str], tokenizer: Tokenizer, text: str, label: object = TRUTH, room: int = LIMIT
) -> Output:
    """One rollout by OpenRLHF, from the prompt to the reward. `room` is what prompt and answer share."""
    chat = [{"role": "user", "content": QUESTION}]
    prompt = tokenizer.apply_chat_template(chat, tokenize=False, add_generation_prompt=True)
    params = SimpleNamespace(max_tokens=100, logprobs=None)
    executor = agent.SingleTurnAgentExecutor(url)
    output: Output = await executor.execute(prompt, label, params, room, tokenizer, Engine(tokenizer, text))
    return output


async def test_rewards_scores_and_logs_are_right(url: str, tokenizer: Tokenizer) -> None:
    outputs = [await executed(f"{url}/openrlhf", tokenizer, text) for text in COMPLETIONS]
    assert [output["reward"] for output in outputs] == [[1.0], [0.25], [0.0]]
    assert [output["scores"] for output in outputs] == [[1.0], [0.25], [0.0]]
    assert outputs[1]["extra_logs"] == {"accuracy": [0.0], "format": [1.0], "unscored": [0.0]}


async def test_a_prompt_that_the_trainer_cut_is_taken_off(url: str, tokenizer: Tokenizer) -> None:
    whole, cut = [
        await executed(f"{url}/openrlhf", tokenizer, COMPLETIONS[0], room=room) for room in (LIMIT, 164)
    ]
    assert len(cut["observation_tokens"]) < len(whole["observation_tokens"])
    assert cut["reward"] == whole["reward"] == [1.0]


async def test_urls_share_the_work(url: str) -> None:
    executor = agent.SingleTurnAgentExecutor([f"{url}/openrlhf", f"{url}/openrlhf/test"])
    prompts = [f"prompt {number}: " for number in range(3)]
    queries = [prompt + text for prompt, text in zip(prompts, COMPLETIONS, strict=True)]
    shares = await executor._fetch_rewards_via_http(queries, prompts, [TRUTH] * 3)
    assert [reward for share in shares for reward in share["rewards"]] == [1.0, 0.25, 0.0]


async def test_5_percent_with_a_stand_in_are_told_in_the_logs(url: str, tokenizer: Tokenizer) -> None:
    labels = [TRUTH] * 19 + [None]
    random.Random(7).shuffle(labels)
    outputs = await asyncio.gather(
        *(executed(f"{url}/openrlhf?unscored=0.5", tokenizer, COMPLETIONS[0], label) for label in labels)
    )
    batch = [experience_of(output) for output in outputs]
    rewards = torch.cat([experience.rewards.flatten() for experience in batch])
    assert rewards.tolist() == [1.0 if label else 0.5 for label in labels]
    logged = torch.cat([experience.info["unscored"].flatten() for experience in batch])
    assert logged.mean().item() == pytest.approx(0.05)
    assert len({frozenset(experience.info) for experience in batch}) == 1


def experience_of(output: Output) -> Any:
    """What OpenRLHF's sampler makes of a rollout."""
    for name in ("vllm", "vllm.inputs", "vllm.utils"):
        sys.modules.setdefault(name, Absent(name))
    from openrlhf.trainer.ppo_utils.samples_generator import SamplesGenerator

    return SamplesGenerator._process_response_into_experience(None, output, max_len=LIMIT)


class Absent(ModuleType):
    """A package that is not installed here and whose classes are only named."""

    __path__: list[str] = []

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.__spec__ = ModuleSpec(name, None)

    def __getattr__(self, name: str) -> type:
        if name.startswith("__"):
            raise AttributeError(name)
        return type(name, (), {})


async def test_without_a_stand_in_an_unscored_rollout_is_tried_again_and_never_a_zero(
    url: str, tokenizer: Tokenizer
) -> None:
    output = await executed(f"{url}/openrlhf", tokenizer, COMPLETIONS[0], None)
    assert (output["reward"], output["scores"]) == (None, None)


async def test_a_server_that_comes_back_within_five_tries_is_survived(
    tmp_path: Path, tokenizer: Tokenizer
) -> None:
    with serve_labels(tmp_path) as root:
        port = int(root.rpartition(":")[2])
    rollout = asyncio.create_task(executed(f"{root}/openrlhf", tokenizer, COMPLETIONS[0]))
    again = serve_labels(tmp_path, port)
    await asyncio.to_thread(again.__enter__)
    try:
        assert (await rollout)["reward"] == [1.0]
    finally:
        again.__exit__(None, None, None)


async def test_a_server_that_is_gone_leaves_no_reward_rather_than_a_wrong_one(
    tmp_path: Path, tokenizer: Tokenizer
) -> None:
    with serve_labels(tmp_path) as root:
        pass
    assert (await executed(f"{root}/openrlhf", tokenizer, COMPLETIONS[0]))["reward"] is None
