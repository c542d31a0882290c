"""Messages become tokens, or a reason why not."""

from collections.abc import Mapping

import pytest

from judges.backend import BackendError
from judges.in_process.chat import Chat
from rubrics.cause import Cause
from rubrics.problems import ConfigError
from rubrics.rollout import Json


class Letters:
    """A tokenizer with a token for each letter, and `role:` for a chat template."""

    def __init__(self, forbidden: str = "\0", chat_template: object = "a template") -> None:
        self.chat_template = chat_template
        self.forbidden = forbidden
        self.texts: list[str] = []

    def apply_chat_template(
        self,
        conversation: list[dict[str, str]],
        *,
        tokenize: bool,
        add_generation_prompt: bool,
        **variables: Json,
    ) -> str:
        assert (tokenize, add_generation_prompt) == (False, True)
        if any(self.forbidden in (message["role"], message["content"]) for message in conversation):
            raise ValueError("system role not supported")
        shown = "".join(f"{message['role']}:{message['content']}\n" for message in conversation)
        return shown + str(variables.get("ending", ">"))

    def __call__(
        self, text: list[str], *, add_special_tokens: bool, verbose: bool
    ) -> Mapping[str, list[list[int]]]:
        assert not add_special_tokens  # the template has written them already
        assert not verbose  # a long prompt is our business, not a warning's
        self.texts += text
        return {"input_ids": [list(map(ord, each)) for each in text]}


def messages(content: str) -> list[dict[str, str]]:
    return [{"role": "user", "content": content}]


def encoded(chat: Chat, *contents: str, room: int = 1) -> list[str | BackendError]:
    found = chat.encode([messages(content) for content in contents], [room] * len(contents))
    return [each if isinstance(each, BackendError) else "".join(map(chr, each)) for each in found]


def test_the_template_shows_the_messages() -> None:
    assert encoded(Chat(Letters(), {"ending": "<no thinking>"}, 99), "Is it so?") == [
        "user:Is it so?\n<no thinking>"
    ]


def test_a_prompt_leaves_room_for_the_answer() -> None:
    chat = Chat(Letters(), {}, 10)  # user:abc + newline + > are ten tokens
    assert encoded(chat, "abc", room=0) == ["user:abc\n>"]
    (found,) = encoded(chat, "abc", room=1)
    assert isinstance(found, BackendError)
    assert found.cause == Cause.JUDGE_REJECTED
    assert not found.retryable
    assert found.detail == "the prompt has 10 tokens, with 1 for the answer; this judge reads 10"


def test_a_hopelessly_long_prompt_is_not_even_tokenized() -> None:
    tokenizer = Letters()
    (found,) = encoded(Chat(tokenizer, {}, 100), "x" * 10_000_000)
    assert isinstance(found, BackendError)
    assert found.detail == "the prompt has 10000000 characters; this judge reads 100 tokens"
    assert tokenizer.texts == []


def test_what_is_wrong_with_one_prompt_is_not_its_neighbours_trouble() -> None:
    chat = Chat(Letters(forbidden="{{"), {}, 40)
    found = encoded(chat, "a", "\ud800", "b", "{{", "x" * 99, "c")
    shown = [each for each in found if isinstance(each, str)]
    assert shown == ["user:a\n>", "user:b\n>", "user:c\n>"]
    details = [each.detail for each in found if isinstance(each, BackendError)]
    assert details == [
        "the prompt holds a lone surrogate",
        "the model's chat template raised ValueError",
        "the prompt has 106 tokens, with 1 for the answer; this judge reads 40",
    ]


@pytest.mark.parametrize(
    ("tokenizer", "message"),
    [
        (Letters(chat_template=None), "has no chat template"),
        (Letters(forbidden="system"), "refuses a question: system role not supported"),
    ],
)
def test_a_model_that_cannot_be_asked_is_refused_when_it_is_loaded(tokenizer: Letters, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        Chat(tokenizer, {}, 100)


def test_a_template_that_leaves_out_the_system_message_is_refused() -> None:
    class Deaf(Letters):
        def apply_chat_template(self, conversation: list[dict[str, str]], **_: object) -> str:
            return conversation[-1]["content"]

    with pytest.raises(ConfigError, match="leaves out the system"):
        Chat(Deaf(), {}, 100)
