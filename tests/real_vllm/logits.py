"""What a model thinks of questions, from its logits, with transformers: no vLLM, and none of our code.

    python -m tests.real_vllm.logits MODEL QUESTIONS ANSWERS

Both files hold JSON lines. A question is `{"messages": [...], "choices": [...]}`. Its answer holds `chances`,
the probability of each choice as the first token, summed over all tokens of the vocabulary that spell it, and
`exact`, the probability of the one token that is the choice to the letter.
"""

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer, PreTrainedModel, PreTrainedTokenizerBase


def main(model_folder: str, questions: str, answers: str) -> None:
    """Answer all questions, one at a time."""
    tokenizer = AutoTokenizer.from_pretrained(model_folder)
    model = AutoModelForCausalLM.from_pretrained(model_folder, dtype=torch.float32).eval()
    asked = [json.loads(line) for line in Path(questions).read_text().splitlines()]
    answered = (answer(model, tokenizer, each["messages"], each["choices"]) for each in asked)
    Path(answers).write_text("".join(f"{json.dumps(each)}\n" for each in answered))


@torch.inference_mode()  # type: ignore[untyped-decorator, unused-ignore]
def answer(
    model: PreTrainedModel,
    tokenizer: PreTrainedTokenizerBase,
    messages: Sequence[Mapping[str, str]],
    choices: Sequence[str],
) -> dict[str, dict[str, float]]:
    """The probabilities for one question."""
    ids = tokenizer.apply_chat_template(
        messages, add_generation_prompt=True, return_tensors="pt", return_dict=True
    )
    chances = model(**ids).logits[0, -1].double().softmax(-1).tolist()
    tokens = [tokenizer.decode([token]) for token in range(len(tokenizer))]
    spelt = {choice: _sum(chances, [_spells(token, choice) for token in tokens]) for choice in choices}
    exact = {choice: _sum(chances, [token == choice for token in tokens]) for choice in choices}
    return {"chances": spelt, "exact": exact}


def _sum(chances: Sequence[float], counts: Sequence[bool]) -> float:
    return sum(chance for chance, counted in zip(chances, counts, strict=True) if counted)


def _spells(token: str, choice: str) -> bool:
    """In any case, with or without space around it; a letter of a scale is the capital letter."""
    text = token.strip()
    return text == choice or (len(choice) > 1 and text.lower() == choice)


if __name__ == "__main__":
    main(*sys.argv[1:])
