"""A transformers model that answers with the next token's log-probabilities. Imports torch."""

import math
from collections.abc import Sequence
from functools import cache

import torch
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from judges.backend import BackendError
from judges.in_process.chat import Chat
from judges.in_process.forward import Forward
from judges.in_process.model import Asked
from judges.in_process.passes import Row, families
from judges.in_process.writing import Writer
from judges.request import Alternatives, Reply, Request, Usage
from rubrics.cause import Cause


class CausalModel:
    """A causal language model on one device."""

    def __init__(
        self, model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase, chat: Chat, name: str, top: int
    ) -> None:
        self._forward = Forward(model)
        self._writer = Writer(model, tokenizer, name)
        self._chat = chat
        self._name = name
        self._top = top
        self._spelling = cache(lambda token: str(tokenizer.decode([token])))

    def encode(self, requests: Sequence[Request]) -> list[Asked | BackendError]:
        """Tokenize prompts."""
        room = [request.max_tokens for request in requests]
        found = self._chat.encode([request.messages for request in requests], room)
        return [
            tokens if isinstance(tokens, BackendError) else Asked(request, tokens)
            for request, tokens in zip(requests, found, strict=True)
        ]

    def answer(self, asked: Sequence[Asked]) -> list[Reply]:
        """Answer prompts, all in `token` form or none. Raises BackendError when memory runs out."""
        try:
            with torch.inference_mode():
                return self._score(asked) if asked[0].request.form == "token" else self._writer.write(asked)
        except torch.OutOfMemoryError:
            torch.cuda.empty_cache()
            size = f"{len(asked)} prompts of up to {max(len(each.tokens) for each in asked)} tokens"
            detail = f"out of memory over {size}: lower max_tokens_in_batch"
            raise BackendError(Cause.JUDGE_ERROR, detail, retryable=True) from None

    def close(self) -> None:
        """Release the memory."""
        del self._forward, self._writer
        if torch.cuda.is_available():
            torch.cuda.empty_cache()

    def _score(self, asked: Sequence[Asked]) -> list[Reply]:
        shares = self._forward.shares
        rows = [
            Row(each.request.prompt.shared if shares else place, each.tokens)
            for place, each in enumerate(asked)
        ]
        alike = families(rows)
        logits = self._forward.logits([row.tokens for row in rows], alike)
        best = logits.float().log_softmax(-1).topk(min(self._top, logits.shape[-1]))
        inherited = {place: len(family.prefix) for family in alike for place in family.members[1:]}
        tops = zip(rows, best.indices.tolist(), best.values.tolist(), strict=True)
        return [
            self._reply(tokens, logprobs, Usage(len(row.tokens), inherited.get(place, 0), 1))
            for place, (row, tokens, logprobs) in enumerate(tops)
        ]

    def _reply(self, tokens: list[int], logprobs: list[float], usage: Usage) -> Reply:
        alternatives: Alternatives = [
            (self._spelling(token), logprob)
            for token, logprob in zip(tokens, logprobs, strict=True)
            if logprob != -math.inf
        ]
        return Reply(alternatives[0][0], alternatives, self._name, usage, echoes=True)
