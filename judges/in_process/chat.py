"""Messages as the tokens a model was trained to see them in. The tokenizer is given: nothing is imported."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from judges.backend import BackendError
from judges.request import Messages
from rubrics.cause import Cause
from rubrics.problems import ConfigError
from rubrics.rollout import Json

_LONGEST_TOKEN = 64
"""Characters. A prompt that is too long even if all its tokens were this long is not tokenized at all."""
_SAMPLE = [{"role": "system", "content": "Judge."}, {"role": "user", "content": "Is it so?"}]


class Tokenizer(Protocol):
    """What is used of a transformers tokenizer."""

    chat_template: object

    def apply_chat_template(
        self,
        conversation: list[dict[str, str]],
        *,
        tokenize: bool,
        add_generation_prompt: bool,
        **variables: Json,
    ) -> str: ...

    def __call__(
        self, text: list[str], *, add_special_tokens: bool, verbose: bool
    ) -> Mapping[str, list[list[int]]]: ...


class Chat:
    """A model's chat template and tokenizer, and how much the model reads."""

    def __init__(self, tokenizer: Tokenizer, variables: Mapping[str, Json], limit: int) -> None:
        """Raise ConfigError where the template cannot ask a question."""
        self._tokenizer = tokenizer
        self._variables = dict(variables)
        self._limit = limit
        self._check()

    def encode(self, prompts: Sequence[Messages], room: Sequence[int]) -> list[list[int] | BackendError]:
        """The tokens of each prompt, which leave `room` for the answer; or what is wrong with it."""
        texts = [self._text(messages) for messages in prompts]
        sound = [text for text in texts if isinstance(text, str)]
        tokens = iter(
            self._tokenizer(sound, add_special_tokens=False, verbose=False)["input_ids"] if sound else []
        )
        found = [next(tokens) if isinstance(text, str) else text for text in texts]
        return [self._fitting(each, places) for each, places in zip(found, room, strict=True)]

    def _text(self, messages: Messages) -> str | BackendError:
        characters = sum(len(message["content"]) for message in messages)
        if characters > self._limit * _LONGEST_TOKEN:
            return _rejected(f"the prompt has {characters} characters; this judge reads {self._limit} tokens")
        try:
            text = self._render(list(messages))
            text.encode()
        except UnicodeEncodeError:
            return _rejected("the prompt holds a lone surrogate")
        except Exception as error:  # noqa: BLE001 - a template is its author's code and may raise anything
            return _rejected(f"the model's chat template raised {type(error).__name__}")
        return text

    def _render(self, messages: list[dict[str, str]]) -> str:
        template = self._tokenizer.apply_chat_template
        return template(messages, tokenize=False, add_generation_prompt=True, **self._variables)

    def _fitting(self, tokens: list[int] | BackendError, room: int) -> list[int] | BackendError:
        if isinstance(tokens, BackendError) or len(tokens) + room <= self._limit:
            return tokens
        size = f"{len(tokens)} tokens, with {room} for the answer"
        return _rejected(f"the prompt has {size}; this judge reads {self._limit}")

    def _check(self) -> None:
        if self._tokenizer.chat_template is None:
            hint = "a base model is no judge: take the version tuned for chat"
            raise ConfigError("the model has no chat template", hint=hint)
        try:
            shown = self._render(_SAMPLE)
        except Exception as error:
            raise ConfigError(f"the model's chat template refuses a question: {error!s:.100}") from error
        if any(message["content"] not in shown for message in _SAMPLE):
            raise ConfigError("the model's chat template leaves out the system or the user message")


def _rejected(detail: str) -> BackendError:
    return BackendError(Cause.JUDGE_REJECTED, detail)
