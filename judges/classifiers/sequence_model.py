"""A transformers model that gives each text one logit for each label. Imports torch."""

import inspect
from collections.abc import Hashable, Iterator, Sequence

import torch
from torch import Tensor
from transformers import PreTrainedModel

from judges.backend import BackendError
from judges.classifiers.encoding import Encoded, Encoder
from judges.classifiers.finding import Activation, Finding, find
from judges.classifiers.item import Item
from judges.in_process.batches import Batches
from judges.in_process.passes import Row, plan
from rubrics.cause import Cause


class SequenceModel:
    """A sequence classification model on one device."""

    def __init__(
        self,
        model: PreTrainedModel,
        encoder: Encoder,
        pad: int,
        label: int,
        activation: Activation,
        *,
        types: bool,
    ) -> None:
        self._model = model
        self._encoder = encoder
        self._pad = pad
        self._label = label
        self._activation: Activation = activation
        accepts = inspect.signature(model.forward).parameters
        self._types = types and "token_type_ids" in accepts
        self._further = {"use_cache": False} if "use_cache" in accepts else {}

    def encode(self, requests: Sequence[Item]) -> list[Encoded | BackendError]:
        """Tokenize items."""
        return [self._encoder.encode(item) for item in requests]

    def answer(self, asked: Sequence[Encoded]) -> list[Finding | BackendError]:
        """Score items in one pass. Raises BackendError when memory runs out."""
        try:
            with torch.inference_mode():
                logits = self._logits(asked)
        except torch.OutOfMemoryError:
            torch.cuda.empty_cache()
            size = f"{len(asked)} texts of up to {max(len(each.tokens) for each in asked)} tokens"
            detail = f"out of memory over {size}: lower max_tokens_in_batch"
            raise BackendError(Cause.JUDGE_ERROR, detail, retryable=True) from None
        if logits.ndim != 2 or len(logits) != len(asked):
            shape = tuple(logits.shape)
            raise BackendError(Cause.JUDGE_GARBLED, f"the model gave {shape} numbers for {len(asked)} texts")
        return [self._found(row) for row in logits.float().tolist()]

    def close(self) -> None:
        """Release the memory."""
        del self._model
        if torch.cuda.is_available():
            torch.cuda.empty_cache()

    def _found(self, logits: list[float]) -> Finding | BackendError:
        try:
            return find(logits, self._label, self._activation)
        except BackendError as error:
            return error

    def _logits(self, asked: Sequence[Encoded]) -> Tensor:
        """Padded on the right, where padding reaches neither a causal model nor a position."""
        width = max(len(each.tokens) for each in asked)
        inputs = {
            "input_ids": self._tensor([_padded(each.tokens, width, self._pad) for each in asked]),
            "attention_mask": self._tensor([_padded([1] * len(each.tokens), width, 0) for each in asked]),
        }
        if self._types:
            inputs["token_type_ids"] = self._tensor([_padded(each.types, width, 0) for each in asked])
        logits: Tensor = self._model(**inputs, **self._further).logits
        return logits

    def _tensor(self, rows: list[list[int]]) -> Tensor:
        return torch.tensor(rows, device=self._model.device)


class BatchingScorer(Batches[Item, Encoded, Finding]):
    """Scores items on one model, those of like length together."""

    def __init__(self, model: SequenceModel, max_batch: int, max_tokens: int) -> None:
        super().__init__(model, max_batch, "classifier")
        self._max_tokens = max_tokens

    def _kin(self, request: Item) -> Hashable:  # noqa: ARG002 - no item begins like another
        return None

    def _passes(self, asked: Sequence[Encoded]) -> Iterator[list[int]]:
        yield from plan([Row(place, each.tokens) for place, each in enumerate(asked)], self._max_tokens)


def _padded(row: list[int], width: int, filler: int) -> list[int]:
    return row + [filler] * (width - len(row))
