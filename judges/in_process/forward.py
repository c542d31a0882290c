"""The next token's logits for many prompts, each shared beginning computed once. Imports torch.

    first   the shared beginnings, padded on the left      [- - a b c]
    then    what follows in each prompt, padded on the right          [d e -]

The keys and values of a beginning are handed to each prompt that continues it. So the real tokens of a
prompt stand side by side, at their true positions, which also suits a sliding window, and padding is never
attended to: in float32 a prompt's logits do not depend on its neighbours.
"""

import inspect
from collections.abc import Sequence
from typing import Literal

import torch
from torch import Tensor
from transformers import DynamicCache, PreTrainedModel
from transformers.cache_utils import DynamicLayer, DynamicSlidingWindowLayer

from judges.in_process.passes import Family

_PAD = 0


class Forward:
    """A model's forward pass over prompts of different lengths."""

    def __init__(self, model: PreTrainedModel) -> None:
        self._model = model
        self._accepts = inspect.signature(model.forward).parameters
        self.shares = "position_ids" in self._accepts and _remembers_tokens(model)
        """Whether beginnings can be shared. A recurrent state is not handed out like keys and values."""

    def logits(self, prompts: Sequence[list[int]], alike: Sequence[Family]) -> Tensor:
        """Compute the logits after each prompt, shape (prompts, vocabulary). `alike` covers all prompts."""
        if len(alike) == len(prompts):
            return self._begin(prompts, None)
        memory = DynamicCache(config=self._model.config)
        self._begin([family.prefix for family in alike], memory)
        return self._continue(prompts, alike, memory)

    def _begin(self, beginnings: Sequence[list[int]], memory: DynamicCache | None) -> Tensor:
        tokens, mask = self._padded(beginnings, side="left")
        positions = (mask.cumsum(-1) - 1).clamp(min=0)
        logits: Tensor = self._run(tokens, mask, positions, memory, keep=self._tensor([tokens.shape[1] - 1]))
        return logits[:, -1]

    def _continue(
        self, prompts: Sequence[list[int]], alike: Sequence[Family], memory: DynamicCache
    ) -> Tensor:
        family_of = {place: number for number, family in enumerate(alike) for place in family.members}
        owners = [family_of[place] for place in range(len(prompts))]
        known = [len(alike[owner].prefix) for owner in owners]
        memory.batch_select_indices(self._tensor(owners))
        rest = [tokens[start:] for tokens, start in zip(prompts, known, strict=True)]
        tokens, own = self._padded(rest, side="right")
        _, inherited = self._padded([family.prefix for family in alike], side="left")
        mask = torch.cat([inherited[self._tensor(owners)], own], dim=1)
        positions = self._tensor(known)[:, None] + self._tensor(range(tokens.shape[1]))
        ends, where = (own.sum(-1) - 1).unique(return_inverse=True)
        logits = self._run(tokens, mask, positions, memory, keep=ends)
        return logits[self._tensor(range(len(prompts))), where]

    def _run(
        self, tokens: Tensor, mask: Tensor, positions: Tensor, memory: DynamicCache | None, keep: Tensor
    ) -> Tensor:
        """Logits at the places `keep` of each row."""
        optional = {"position_ids": positions, "logits_to_keep": keep}
        accepted = {name: value for name, value in optional.items() if name in self._accepts}
        output = self._model(
            input_ids=tokens,
            attention_mask=mask,
            past_key_values=memory,
            use_cache=memory is not None,
            **accepted,
        )
        logits: Tensor = output.logits
        return logits if "logits_to_keep" in accepted else logits[:, keep]

    def _padded(self, rows: Sequence[list[int]], side: Literal["left", "right"]) -> tuple[Tensor, Tensor]:
        """Rows as a rectangle, and a mask of the same shape with a 1 for each token that is real."""
        width = max(map(len, rows))
        gaps = [width - len(row) for row in rows]
        if side == "left":
            tokens = [[_PAD] * gap + row for row, gap in zip(rows, gaps, strict=True)]
            return self._tensor(tokens), self._tensor([[0] * gap + [1] * (width - gap) for gap in gaps])
        tokens = [row + [_PAD] * gap for row, gap in zip(rows, gaps, strict=True)]
        return self._tensor(tokens), self._tensor([[1] * (width - gap) + [0] * gap for gap in gaps])

    def _tensor(self, values: Sequence[int] | Sequence[list[int]]) -> Tensor:
        return torch.tensor(values, device=self._model.device)


def _remembers_tokens(model: PreTrainedModel) -> bool:
    layers = DynamicCache(config=model.config).layers
    plain = all(type(layer) in (DynamicLayer, DynamicSlidingWindowLayer) for layer in layers)
    return plain and not getattr(model, "_is_stateful", False)
