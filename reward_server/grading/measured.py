"""The options and the measuring that components share whose value depends on a length."""

from typing import TYPE_CHECKING, Literal

from pydantic import PrivateAttr, model_validator

from reward_server.grading.tokens import TokenCounter, completion_tokens, open_tokenizer
from reward_server.reward.component import Component
from rubrics.completion import Part
from rubrics.outcome import Unscored
from rubrics.rollout import Json, Rollout
from rubrics.text_length import count_words

if TYPE_CHECKING:
    from typing import Self

    from reward_server.reward.surroundings import Surroundings

Unit = Literal["words", "characters", "tokens"]


class Tokenized(Component):
    """A component that may count tokens by a tokenizer file."""

    tokenizer: str | None = None
    """Path of a Hugging Face `tokenizer.json`, relative to the reward file. It counts the tokens where the
    rollout's `completion_tokens` does not; takes 1 to 2 ms for 1,000 tokens and the package `tokenizers`."""

    _counter: TokenCounter | None = PrivateAttr(None)

    def with_tokenizer(self, surroundings: "Surroundings") -> "Self":
        """This component with its tokenizer file opened, where it names one."""
        opened = self.model_copy()
        if self.tokenizer is not None:
            opened._counter = open_tokenizer(self.tokenizer, surroundings)  # noqa: SLF001 - a copy of self
        return opened

    def count(self, rollout: Rollout) -> int | Unscored:
        """Tokens of the whole completion: the trainer's count, or else the tokenizer's."""
        return completion_tokens(rollout, self._counter)

    def identity(self) -> Json:
        return self.model_dump(mode="json") | {"tokenizer": self._counter and self._counter.digest}


class Measured(Tokenized):
    """A component whose value depends on how long a part of the completion is."""

    of: Part = "reasoning"
    """What is measured: the `reasoning` between its tags, the `answer` after it, or `all` the text."""
    unit: Unit = "words"
    """`words` (whitespace-separated; two characters each in scripts without spaces), `characters` (Unicode
    code points) or `tokens` (the policy's: `completion_tokens` for `of: all`, the `tokenizer` otherwise)."""

    @model_validator(mode="after")
    def _tokens_can_be_counted(self) -> "Self":
        if self.unit == "tokens" and self.of != "all" and self.tokenizer is None:
            raise ValueError(
                f"`unit: tokens` of the {self.of} needs a `tokenizer`, because the trainer counts whole "
                "completions only: name a tokenizer.json, or use `of: all`, or another unit"
            )
        if self.unit != "tokens" and self.tokenizer is not None:
            raise ValueError(f"a `tokenizer` is only used with `unit: tokens`, not {self.unit}")
        return self

    def measure(self, rollout: Rollout) -> int | Unscored:
        """The length of the part, a missing part being 0 long; Unscored without a way to count tokens."""
        if self.unit == "tokens":
            return self._tokens(rollout)
        text = rollout.completion.part(self.of)
        return count_words(text) if self.unit == "words" else len(text)

    def _tokens(self, rollout: Rollout) -> int | Unscored:
        if self.of == "all":
            return self.count(rollout)
        assert self._counter is not None, "bind() opens the tokenizer"
        return self._counter.count(rollout.completion.part(self.of))
