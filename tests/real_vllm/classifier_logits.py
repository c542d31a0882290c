"""What a classification model says of texts, with transformers: no vLLM, and none of our code.

    python -m tests.real_vllm.classifier_logits MODEL TEXTS LOGITS

TEXTS holds JSON lines: `{"text": ...}`, `{"text": ..., "premise": ...}` or `{"messages": [...]}`. LOGITS gets
a JSON list of numbers for each.
"""

import json
import sys
from collections.abc import Mapping
from pathlib import Path

import torch
from transformers import AutoModelForSequenceClassification, AutoTokenizer, PreTrainedTokenizerBase


def main(model_folder: str, texts: str, logits: str) -> None:
    """Score all texts, one at a time."""
    tokenizer = AutoTokenizer.from_pretrained(model_folder)
    model = AutoModelForSequenceClassification.from_pretrained(model_folder, dtype=torch.float32).eval()
    lines = [json.loads(line) for line in Path(texts).read_text().splitlines()]
    with torch.inference_mode():
        found = [model(**_inputs(tokenizer, line)).logits[0].tolist() for line in lines]
    Path(logits).write_text("".join(f"{json.dumps(each)}\n" for each in found))


def _inputs(tokenizer: PreTrainedTokenizerBase, line: Mapping[str, object]) -> Mapping[str, object]:
    if "messages" in line:
        found: Mapping[str, object] = tokenizer.apply_chat_template(
            line["messages"], return_tensors="pt", return_dict=True
        )
        return found
    texts = [line["premise"], line["text"]] if "premise" in line else [line["text"]]
    encoded: Mapping[str, object] = tokenizer(*texts, return_tensors="pt")
    return encoded


if __name__ == "__main__":
    main(*sys.argv[1:])
