"""Answers in words, where no probability is wanted. Imports torch.

`choice` and `json` are the same thing: one of finitely many texts, and at each token only those that lead
to one of them may be taken.
"""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor
from transformers import GenerationConfig, PreTrainedModel, PreTrainedTokenizerBase

from judges.in_process.model import Asked, texts_allowed
from judges.request import Reply, Usage
from rubrics.problems import ConfigError

Allowed = Callable[[int, Tensor], list[int]]
"""The tokens that may follow, by the number of the prompt and all its tokens so far."""


class Writer:
    """Writes the most probable answer, token by token."""

    def __init__(self, model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase, name: str) -> None:
        self._model = model
        self._tokenizer = tokenizer
        self._name = name
        self._ends = _ends(model, tokenizer)
        if not self._ends:
            raise ConfigError(f"the model {name} names no token that ends an answer (`eos_token_id`)")
        # What a model's authors recommend for chatting, such as a penalty on repetitions, is not for a judge.
        model.generation_config = GenerationConfig()

    def write(self, asked: Sequence[Asked]) -> list[Reply]:
        """Answer prompts that are all in one form."""
        width = max(len(each.tokens) for each in asked)
        gaps = [width - len(each.tokens) for each in asked]
        tokens = [[0] * gap + each.tokens for gap, each in zip(gaps, asked, strict=True)]
        mask = [[0] * gap + [1] * (width - gap) for gap in gaps]
        written = self._model.generate(
            input_ids=torch.tensor(tokens, device=self._model.device),
            attention_mask=torch.tensor(mask, device=self._model.device),
            generation_config=self._config(max(each.request.max_tokens for each in asked)),
            prefix_allowed_tokens_fn=self._allowed(asked, width),
        )
        return [self._reply(*pair) for pair in zip(asked, written[:, width:].tolist(), strict=True)]

    def _config(self, max_tokens: int) -> GenerationConfig:
        ends = sorted(self._ends)
        return GenerationConfig(
            max_new_tokens=max_tokens, do_sample=False, eos_token_id=ends, pad_token_id=ends[0]
        )

    def _allowed(self, asked: Sequence[Asked], width: int) -> Allowed | None:
        found = [texts_allowed(each.request) for each in asked]
        texts = [self._tokens(each) for each in found if each is not None]
        if not texts:
            return None

        def allowed(number: int, tokens: Tensor) -> list[int]:
            so_far = tokens[width:].tolist()
            following = {text[len(so_far)] for text in texts[number] if _leads_to(so_far, text)}
            may_end = not following or so_far in texts[number]
            return sorted(following | self._ends if may_end else following)

        return allowed

    def _tokens(self, texts: list[str]) -> list[list[int]]:
        tokens: list[list[int]] = self._tokenizer(texts, add_special_tokens=False)["input_ids"]
        return tokens

    def _reply(self, asked: Asked, tokens: list[int]) -> Reply:
        written = tokens[: asked.request.max_tokens]
        length = next((place for place, token in enumerate(written) if token in self._ends), None)
        text = str(self._tokenizer.decode(written[:length], skip_special_tokens=True))
        usage = Usage(len(asked.tokens), 0, len(written[:length]))
        return Reply(text, None, self._name, usage, truncated=length is None, echoes=True)


def _leads_to(tokens: list[int], text: list[int]) -> bool:
    return len(tokens) < len(text) and text[: len(tokens)] == tokens


def _ends(model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase) -> set[int]:
    """The tokens that end an answer, by the model's generation settings and by its tokenizer."""
    named = model.generation_config.eos_token_id if model.generation_config is not None else None
    several = named if isinstance(named, list) else [named]
    return {token for token in [*several, tokenizer.eos_token_id] if token is not None}
