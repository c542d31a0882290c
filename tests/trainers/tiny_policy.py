"""Make a tiny policy on the spot: a two-layer Qwen3 that knows a spam task by half.

    python -m tests.trainers.tiny_policy FOLDER

Runs where torch, transformers and tokenizers are and takes some seconds, so no weights are kept. It is taught
by imitation of `examples`: a little under half of what it writes is well-formed, and the labels are a coin's.
What is left to learn is for the reward, and so little that ten steps of GRPO show it.
"""

import random
import sys
from collections.abc import Iterator
from pathlib import Path

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import PreTrainedTokenizerFast, Qwen3Config, Qwen3ForCausalLM

SPAM = ["win money now", "free prize call now", "cheap pills reply now", "urgent claim your prize"]
HAM = ["see you at ten", "lunch is at noon", "my train is late", "thanks for the book"]
MESSAGES = [*SPAM, *HAM]
REASONING = ["it asks for money", "it is a plan of friends", "the sender is unknown"]
LABELS = ["spam", "ham"]

SPECIAL = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
TEMPLATE = (
    "{% for message in messages %}"
    "<|im_start|>{{ message.role }}\n{{ message.content }}<|im_end|>\n"
    "{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
STEPS, BATCH = 120, 32


def main() -> None:
    """Write the tokenizer and the model."""
    make(Path(sys.argv[1]))


def make(folder: Path) -> None:
    """Write a policy into a folder."""
    torch.set_num_threads(1)
    torch.manual_seed(0)
    tokenizer = make_tokenizer()
    model = Qwen3ForCausalLM(_config(len(tokenizer)))
    teach(model, tokenizer, random.Random(0))
    tokenizer.save_pretrained(folder)
    model.save_pretrained(folder)


def examples(draw: random.Random) -> Iterator[tuple[str, str]]:
    """Prompts and completions without end: 45 % are well-formed, others lack a tag or a quotation mark."""
    while True:
        thought, label = draw.choice(REASONING), draw.choice(LABELS)
        opening = "<think> " if draw.random() < 0.7 else ""
        quote = '"' if draw.random() < 0.65 else ""
        yield draw.choice(MESSAGES), f'{opening}{thought} </think> {{"label": {quote}{label}{quote}}}'


def conversation(message: str) -> list[dict[str, str]]:
    """The prompt of a message, as chat messages."""
    return [{"role": "user", "content": message}]


def make_tokenizer() -> PreTrainedTokenizerFast:
    """A byte-level BPE of the task's words, each about a token long."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=512, special_tokens=SPECIAL, initial_alphabet=pre_tokenizers.ByteLevel.alphabet()
    )
    drawn = examples(random.Random(1))
    tokenizer.train_from_iterator((f"{prompt}\n{text}" for prompt, text in _first(drawn, 2000)), trainer)
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, eos_token="<|im_end|>", pad_token="<|endoftext|>", chat_template=TEMPLATE
    )


def _first(drawn: Iterator[tuple[str, str]], count: int) -> list[tuple[str, str]]:
    return [next(drawn) for _ in range(count)]


def _config(vocabulary: int) -> Qwen3Config:
    return Qwen3Config(
        vocab_size=vocabulary,
        hidden_size=64,
        intermediate_size=128,
        num_hidden_layers=2,
        num_attention_heads=2,
        num_key_value_heads=1,
        head_dim=32,
        max_position_embeddings=512,
        tie_word_embeddings=True,
        bos_token_id=None,
        eos_token_id=SPECIAL.index("<|im_end|>"),
        pad_token_id=SPECIAL.index("<|endoftext|>"),
    )


def teach(model: Qwen3ForCausalLM, tokenizer: PreTrainedTokenizerFast, draw: random.Random) -> None:
    """Imitate the examples, on what the assistant says only."""
    optimizer = torch.optim.AdamW(model.parameters(), lr=5e-3)
    drawn = examples(draw)
    for _ in range(STEPS):
        batch = [_tokens(tokenizer, *example) for example in _first(drawn, BATCH)]
        model(**_padded(batch)).loss.backward()
        optimizer.step()
        optimizer.zero_grad()


def _tokens(tokenizer: PreTrainedTokenizerFast, message: str, completion: str) -> tuple[list[int], list[int]]:
    asked = tokenizer.apply_chat_template(conversation(message), add_generation_prompt=True, tokenize=False)
    prompt = tokenizer(asked).input_ids
    answer = tokenizer(completion + "<|im_end|>").input_ids
    return prompt, answer


def _padded(batch: list[tuple[list[int], list[int]]]) -> dict[str, torch.Tensor]:
    longest = max(len(prompt) + len(answer) for prompt, answer in batch)
    ids, labels = torch.zeros(len(batch), longest, dtype=torch.long), torch.full((len(batch), longest), -100)
    for row, (prompt, answer) in enumerate(batch):
        end = len(prompt) + len(answer)
        ids[row, :end] = torch.tensor(prompt + answer)
        labels[row, len(prompt) : end] = torch.tensor(answer)
    return {"input_ids": ids, "labels": labels}


if __name__ == "__main__":
    main()
