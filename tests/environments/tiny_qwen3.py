"""Make a tiny judge on the spot: a random Qwen3 whose first token is one of the answers it is offered.

    python -m tests.environments.tiny_qwen3 QUESTIONS FOLDER [--hidden 128] [--layers 2] [--vocabulary 1024]

QUESTIONS holds JSON lines, `{"messages": [...], "choices": ["yes", "no"]}`, of the kind it will be asked.
Runs where torch, transformers and tokenizers are (not in gavel's own environment) and takes seconds, so no
weights are kept. Everything is random but the output layer: it is fitted so that the answers on offer get
most of the probability, and which of them depends on the prompt, as with any judge. It understands nothing,
not even which answers are on offer: let all questions offer the same.
"""

import argparse
import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TypedDict

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import PreTrainedTokenizerFast, Qwen3Config, Qwen3ForCausalLM


class Question(TypedDict):
    """What a judge is asked: chat messages, and the answers that they offer."""

    messages: list[dict[str, str]]
    choices: list[str]


LONGEST = 32_768
SPECIAL = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
TEMPLATE = (
    "{% for message in messages %}"
    "<|im_start|>{{ message.role }}\n{{ message.content }}<|im_end|>\n"
    "{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
LIKELY, LEANING, SPELT = 12.0, 1.5, 0.7
"""Logits: of an answer, and their spread by what the prompt says and by how the answer is spelt."""


def main() -> None:
    """Write the tokenizer and the model."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("questions", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--hidden", type=int, default=128, help="width, a multiple of 64")
    parser.add_argument("--layers", type=int, default=2)
    parser.add_argument("--vocabulary", type=int, default=1024, help="tokens")
    wanted = parser.parse_args()
    questions = [json.loads(line) for line in wanted.questions.read_text().splitlines()]
    torch.manual_seed(0)
    tokenizer = make_tokenizer(questions, wanted.vocabulary)
    model = Qwen3ForCausalLM(config(wanted.hidden, wanted.layers, len(tokenizer))).eval()
    fit(model, tokenizer, questions)
    tokenizer.save_pretrained(wanted.folder)
    model.save_pretrained(wanted.folder)


def config(hidden: int, layers: int, vocabulary: int) -> Qwen3Config:
    """A Qwen3 with heads of 64 and twice as many for queries as for keys."""
    heads = hidden // 64
    return Qwen3Config(
        vocab_size=vocabulary,
        hidden_size=hidden,
        intermediate_size=3 * hidden,
        num_hidden_layers=layers,
        num_attention_heads=heads,
        num_key_value_heads=max(1, heads // 2),
        head_dim=64,
        max_position_embeddings=LONGEST,
        tie_word_embeddings=False,
        bos_token_id=None,
        eos_token_id=SPECIAL.index("<|im_end|>"),
        pad_token_id=SPECIAL.index("<|endoftext|>"),
    )


def make_tokenizer(questions: Sequence[Question], vocabulary: int) -> PreTrainedTokenizerFast:
    """A byte-level BPE with a ChatML template, in which the answers have several spellings of one token."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=vocabulary, special_tokens=SPECIAL, initial_alphabet=pre_tokenizers.ByteLevel.alphabet()
    )
    tokenizer.train_from_iterator(corpus(questions), trainer)
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        eos_token="<|im_end|>",
        pad_token="<|endoftext|>",
        chat_template=TEMPLATE,
        model_max_length=LONGEST,
    )


def corpus(questions: Sequence[Question]) -> Iterator[str]:
    """The questions, and their answers in every case, with and without a space, as frequent words."""
    for question in questions:
        yield from (message["content"] for message in question["messages"])
    for answer in answers(questions):
        yield from (
            f"{word} {word}" for word in (answer, answer.title(), answer.upper()) for _ in range(1000)
        )


def answers(questions: Sequence[Question]) -> list[str]:
    """Every answer on offer, once."""
    return sorted({choice for question in questions for choice in question["choices"]})


@torch.inference_mode()  # type: ignore[untyped-decorator, unused-ignore]
def fit(model: Qwen3ForCausalLM, tokenizer: PreTrainedTokenizerFast, questions: Sequence[Question]) -> None:
    """Set the output rows of the answers: likely after any prompt, each along a random direction."""
    states = torch.stack([_last_state(model, tokenizer, question["messages"]) for question in questions])
    mean = states.mean(0)
    for answer in answers(questions):
        row = LIKELY * mean / (mean @ mean) + LEANING * _direction(states)
        for token in tokens_of(tokenizer, answer):
            model.lm_head.weight[token] = row + SPELT * _direction(states)


def _last_state(
    model: Qwen3ForCausalLM, tokenizer: PreTrainedTokenizerFast, messages: list[dict[str, str]]
) -> torch.Tensor:
    ids = tokenizer.apply_chat_template(
        messages, add_generation_prompt=True, return_tensors="pt", return_dict=True
    )
    return model.model(**ids).last_hidden_state[0, -1]


def _direction(states: torch.Tensor) -> torch.Tensor:
    """A random direction along which the states have mean 0 and deviation 1."""
    direction, mean = torch.randn(states.shape[1]), states.mean(0)
    direction -= (direction @ mean) / (mean @ mean) * mean
    return direction / (states @ direction).std()


def tokens_of(tokenizer: PreTrainedTokenizerFast, answer: str) -> Iterable[int]:
    """The tokens that spell an answer, with or without a space; words of several letters in any case."""
    for token in range(len(tokenizer)):
        text = tokenizer.decode([token]).strip()
        if text == answer or (len(answer) > 1 and text.lower() == answer):
            yield token


if __name__ == "__main__":
    main()
