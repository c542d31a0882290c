"""Make a tiny sequence classification model on the spot, with random weights.

    python -m tests.environments.tiny_classifier reward|labels|pairs FOLDER

`reward`: a Qwen3 with one logit and a ChatML template. `labels`: the same with three labels and no template.
`pairs`: a BERT with one logit that takes two texts. Runs where torch, transformers and tokenizers are.
"""

import argparse
from collections.abc import Iterator
from pathlib import Path
from random import Random

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers
from transformers import (
    BertConfig,
    BertForSequenceClassification,
    PreTrainedModel,
    PreTrainedTokenizerFast,
    Qwen3Config,
    Qwen3ForSequenceClassification,
)

from tests.environments.prose import prose

LONGEST = 512
LABELS = {0: "contradiction", 1: "neutral", 2: "entailment"}
TEMPLATE = (
    "{% for message in messages %}"
    "<|im_start|>{{ message.role }}\n{{ message.content }}<|im_end|>\n"
    "{% endfor %}"
)
CHAT_TOKENS = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
PAIR_TOKENS = ["[PAD]", "[CLS]", "[SEP]"]
SPREAD = 0.5
"""Standard deviation of the last layer's weights, so that texts differ by whole logits."""


def main() -> None:
    """Write the tokenizer and the model."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("kind", choices=["reward", "labels", "pairs"])
    parser.add_argument("folder", type=Path)
    wanted = parser.parse_args()
    make(wanted.kind, wanted.folder)


def make(kind: str, folder: Path) -> Path:
    """Save a model of this kind in the folder."""
    torch.manual_seed(0)
    tokenizer = _pair_tokenizer() if kind == "pairs" else _chat_tokenizer(templated=kind == "reward")
    model = _bert(len(tokenizer)) if kind == "pairs" else _qwen(len(tokenizer), 1 if kind == "reward" else 3)
    tokenizer.save_pretrained(folder)
    model.save_pretrained(folder)
    return folder


def _qwen(vocabulary: int, labels: int) -> PreTrainedModel:
    names = LABELS if labels == len(LABELS) else {0: "LABEL_0"}
    config = Qwen3Config(
        vocab_size=vocabulary,
        hidden_size=128,
        intermediate_size=384,
        num_hidden_layers=2,
        num_attention_heads=2,
        num_key_value_heads=1,
        head_dim=64,
        max_position_embeddings=LONGEST,
        tie_word_embeddings=False,
        bos_token_id=None,
        eos_token_id=CHAT_TOKENS.index("<|im_end|>"),
        pad_token_id=CHAT_TOKENS.index("<|endoftext|>"),
        id2label=names,
        label2id={name: place for place, name in names.items()},
    )
    model = Qwen3ForSequenceClassification(config).eval()
    torch.nn.init.normal_(model.score.weight, std=SPREAD)
    return model


def _bert(vocabulary: int) -> PreTrainedModel:
    config = BertConfig(
        vocab_size=vocabulary,
        hidden_size=128,
        intermediate_size=384,
        num_hidden_layers=2,
        num_attention_heads=2,
        max_position_embeddings=LONGEST,
        pad_token_id=PAIR_TOKENS.index("[PAD]"),
        num_labels=1,
    )
    model = BertForSequenceClassification(config).eval()
    for weights in model.parameters():
        if weights.ndim > 1:
            torch.nn.init.normal_(weights, std=0.1)
    torch.nn.init.normal_(model.classifier.weight, std=SPREAD)
    return model


def _trained(special: list[str]) -> Tokenizer:
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=600, special_tokens=special, initial_alphabet=pre_tokenizers.ByteLevel.alphabet()
    )
    tokenizer.train_from_iterator(_corpus(), trainer)
    return tokenizer


def _corpus() -> Iterator[str]:
    chance = Random(0)
    yield from (prose(chance, 50) for _ in range(20))
    yield from ("user assistant system premise hypothesis " * 20,)


def _chat_tokenizer(*, templated: bool) -> PreTrainedTokenizerFast:
    return PreTrainedTokenizerFast(
        tokenizer_object=_trained(CHAT_TOKENS),
        eos_token="<|im_end|>",
        pad_token="<|endoftext|>",
        chat_template=TEMPLATE if templated else None,
        model_max_length=LONGEST,
    )


def _pair_tokenizer() -> PreTrainedTokenizerFast:
    tokenizer = _trained(PAIR_TOKENS)
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]",
        pair="[CLS] $A [SEP] $B:1 [SEP]:1",
        special_tokens=[("[CLS]", 1), ("[SEP]", 2)],
    )
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        pad_token="[PAD]",
        cls_token="[CLS]",
        sep_token="[SEP]",
        model_max_length=LONGEST,
        model_input_names=["input_ids", "token_type_ids", "attention_mask"],
    )


if __name__ == "__main__":
    main()
