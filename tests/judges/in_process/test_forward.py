"""Sharing beginnings changes no logits, in any kind of model. Needs torch: `make test-local`."""

import random
from collections.abc import Sequence
from functools import cache

import pytest

pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")

import torch  # noqa: E402
from torch import Tensor  # noqa: E402
from transformers import AutoModelForCausalLM, PretrainedConfig, PreTrainedModel  # noqa: E402

from judges.in_process.forward import Forward  # noqa: E402
from judges.in_process.passes import Row, families  # noqa: E402

pytestmark = pytest.mark.local

SMALL = {
    "vocab_size": 300,
    "hidden_size": 64,
    "num_hidden_layers": 4,
    "num_attention_heads": 2,
    "num_key_value_heads": 2,
    "head_dim": 32,
    "intermediate_size": 128,
    "max_position_embeddings": 512,
    "pad_token_id": 0,
    "bos_token_id": 1,
    "eos_token_id": 2,
    "initializer_range": 0.2,
}
WINDOW = {"sliding_window": 16}
KINDS = {
    "Qwen3": SMALL,
    "Llama": SMALL,
    "Mistral": SMALL | WINDOW,
    "Phi3": SMALL,
    "Gemma3Text": SMALL | WINDOW | {"query_pre_attn_scalar": 32},
    "GptOss": SMALL | WINDOW | {"num_local_experts": 4, "num_experts_per_tok": 2},
    "GPT2": {"vocab_size": 300, "n_embd": 64, "n_layer": 3, "n_head": 2, "initializer_range": 0.2},
}
UNSHARED = {
    "Bloom": {"vocab_size": 300, "hidden_size": 64, "n_layer": 2, "n_head": 2},
    "Mamba": {"vocab_size": 300, "hidden_size": 64, "num_hidden_layers": 2, "state_size": 8},
}


@cache
def model(kind: str) -> PreTrainedModel:
    torch.manual_seed(0)
    config: PretrainedConfig = getattr(transformers, f"{kind}Config")(**(KINDS | UNSHARED)[kind])
    return AutoModelForCausalLM.from_config(config).eval()


def rollouts(seed: int, most: int) -> list[Row[int]]:
    """Up to `most` prompts about each of four texts, in no order."""
    chance = random.Random(seed)
    rows = []
    for text in range(4):
        beginning = tokens(chance, chance.randrange(5, 90))
        endings = [tokens(chance, chance.randrange(1, 20)) for _ in range(chance.randrange(1, most + 1))]
        rows += [Row(text, beginning + ending) for ending in endings]
    chance.shuffle(rows)
    return [*rows, rows[0]]


def tokens(chance: random.Random, number: int) -> list[int]:
    return [chance.randrange(3, 300) for _ in range(number)]


@torch.inference_mode()
def one_by_one(kind: str, rows: Sequence[Row[int]]) -> Tensor:
    """Next-token log-probabilities from plain calls of the model, a prompt each."""
    whole = model(kind)
    return torch.stack([whole(torch.tensor([row.tokens])).logits[0, -1] for row in rows]).log_softmax(-1)


@torch.inference_mode()
def together(kind: str, rows: Sequence[Row[int]], *, share: bool) -> Tensor:
    alike = families([row if share else Row(place, row.tokens) for place, row in enumerate(rows)])
    return Forward(model(kind)).logits([row.tokens for row in rows], alike).log_softmax(-1)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("seed", range(3))
def test_sharing_changes_no_logits(kind: str, seed: int) -> None:
    rows = rollouts(seed, most=4)
    assert Forward(model(kind)).shares
    expected = one_by_one(kind, rows)
    assert expected.std() > 0.5
    assert torch.allclose(together(kind, rows, share=True), expected, atol=1e-4)


@pytest.mark.parametrize("kind", [*KINDS, *UNSHARED])
def test_neither_do_neighbours(kind: str) -> None:
    rows = rollouts(7, most=4)
    assert torch.allclose(together(kind, rows, share=False), one_by_one(kind, rows), atol=1e-4)


@pytest.mark.parametrize("kind", UNSHARED)
def test_what_cannot_be_shared_is_not(kind: str) -> None:
    assert not Forward(model(kind)).shares


def test_sharing_computes_fewer_tokens() -> None:
    beginning = list(range(10, 110))
    rows = [Row(0, [*beginning, 200 + number]) for number in range(8)]
    computed = []
    watched = model("Qwen3").register_forward_pre_hook(
        lambda _, __, given: computed.append(given["input_ids"].numel()), with_kwargs=True
    )
    together("Qwen3", rows, share=True)
    together("Qwen3", rows, share=False)
    watched.remove()
    assert computed == [100, 8, 808]
