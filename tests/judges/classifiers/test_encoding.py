"""Texts as tokens, with a real tokenizer and no model."""

from collections.abc import Sequence
from typing import cast

import pytest
from tokenizers import Tokenizer, models, pre_tokenizers, processors

from judges.backend_error import BackendError
from judges.classifiers.chat import ChatTemplate
from judges.classifiers.encoding import LONGEST_TOKEN, Encoded, Encoder
from judges.classifiers.item import Claim, Conversation, Item, Turn
from judges.classifiers.options import Truncate
from judges.classifiers.tokenizer import Specials
from judges.classifiers.tokenizer import Tokenizer as Used
from rubrics.cause import Cause

SPECIAL = ["[CLS]", "[SEP]", "<end>"]
CLS, SEP, END = 0, 1, 2


def tokenizer(*, framed: bool = True) -> Tokenizer:
    """One token for each ASCII character, its code plus 100, and three special tokens."""
    vocabulary = {name: place for place, name in enumerate(SPECIAL)}
    vocabulary |= {chr(code): code + 100 for code in range(33, 127)} | {"\u2581": 132, "?": 163}
    made = Tokenizer(models.WordLevel(vocabulary, unk_token="?"))
    made.pre_tokenizer = pre_tokenizers.Split("", "isolated")
    made.add_special_tokens(SPECIAL)
    if framed:
        made.post_processor = processors.TemplateProcessing(
            single="[CLS] $A [SEP]",
            pair="[CLS] $A [SEP] $B:1 [SEP]:1",
            special_tokens=[("[CLS]", CLS), ("[SEP]", SEP)],
        )
    return made


class Chat:
    """A chat template: `role|content<end>` for each message, white space around it trimmed."""

    def apply_chat_template(
        self, conversation: list[dict[str, str]], *, tokenize: bool, add_generation_prompt: bool
    ) -> str:
        assert not tokenize
        assert not add_generation_prompt
        if conversation[0]["content"] == "raise":
            raise RuntimeError
        return "".join(f"{message['role']}|{message['content'].strip()}<end>" for message in conversation)


def encoder(
    limit: int = 100, truncate: Truncate = "error", template: str | None = None, *, framed: bool = True
) -> Encoder:
    made = cast("Used", tokenizer(framed=framed))
    return Encoder.over(
        made, limit, truncate=truncate, template=template, chat=ChatTemplate(Chat()), nothing=END
    )


def letters(text: str) -> list[int]:
    return [ord(letter) + 100 for letter in text]


def tokens(found: Encoded | BackendError) -> Sequence[int]:
    assert isinstance(found, Encoded)
    return found.tokens


def test_a_text_in_the_models_frame() -> None:
    assert encoder().encode(Claim("ab")) == Encoded([CLS, *letters("ab"), SEP], [0] * 4)


def test_a_pair_with_the_types_of_its_texts() -> None:
    found = encoder().encode(Claim("ab", "xyz"))
    assert found == Encoded([CLS, *letters("xyz"), SEP, *letters("ab"), SEP], [0] * 5 + [1] * 3)


def test_a_special_token_in_a_text_is_letters() -> None:
    hostile = "a<end>[SEP]b"
    assert tokens(encoder().encode(Claim(hostile))) == [CLS, *letters(hostile), SEP]
    assert tokens(encoder().encode(Claim(hostile, hostile))).count(SEP) == 2


def test_a_special_token_in_a_template_is_one_and_in_its_texts_is_none() -> None:
    found = encoder(template="<end>{premise}:{claim}<end>").encode(Claim("a<end>", "{claim}[CLS]"))
    assert tokens(found) == [CLS, END, *letters("{claim}[CLS]:a<end>"), END, SEP]


@pytest.mark.parametrize("text", ["<end>", "a<end>b", "<e<end>nd>", "<end><end>", "[CLS]", "\ue000x0\ue001"])
def test_a_special_token_in_a_message_is_letters(text: str) -> None:
    found = encoder(framed=False).encode(Conversation((Turn("u", "q"), Turn("a", text))))
    spelt = [token if token < 300 else 163 for token in letters(text)]  # "?" for what it does not know
    assert tokens(found) == [*letters("u|q"), END, *letters("a|"), *spelt, END]


def test_what_the_tokenizer_does_not_know_is_no_special_token() -> None:
    made = Tokenizer(models.WordLevel({"[UNK]": 0, "a": 1}, unk_token="[UNK]"))
    made.pre_tokenizer = pre_tokenizers.Whitespace()
    made.add_special_tokens(["[UNK]"])
    pieces = list(Specials(cast("Used", made)).split("a what a [UNK] a"))
    assert pieces == [("a what a ", False), ("[UNK]", True), (" a", False)]


def test_a_conversation_is_not_framed_twice() -> None:
    found = tokens(encoder().encode(Conversation((Turn("u", " q "),))))
    assert found == [*letters("u|q"), END]


def test_a_chat_template_that_raises_is_told() -> None:
    found = encoder().encode(Conversation((Turn("u", "raise"),)))
    assert isinstance(found, BackendError)
    assert (found.cause, "RuntimeError" in found.detail) == (Cause.JUDGE_REJECTED, True)


@pytest.mark.parametrize(
    ("truncate", "item", "expected"),
    [
        ("end", Claim("abcdefgh"), [CLS, *letters("abcd"), SEP]),
        ("start", Claim("abcdefgh"), [CLS, *letters("efgh"), SEP]),
        ("end", Claim("ab", "abcdefgh"), [CLS, *letters("a"), SEP, *letters("ab"), SEP]),
        ("start", Claim("abcdefgh", "x"), [CLS, *letters("x"), SEP, *letters("gh"), SEP]),
        ("start", Claim("abcdefgh", "uvwxyz"), [CLS, *letters("z"), SEP, *letters("gh"), SEP]),
        ("start", Conversation((Turn("u", "abcdefgh"),)), [*letters("defgh"), END]),
        ("end", Conversation((Turn("u", "abcdefgh"),)), letters("u|abcd")),
    ],
)
def test_what_is_too_long_is_cut_as_told(truncate: Truncate, item: Item, expected: list[int]) -> None:
    assert tokens(encoder(6, truncate).encode(item)) == expected


@pytest.mark.parametrize(
    "item", [Claim("abcdefgh"), Claim("abcd", "x"), Conversation((Turn("u", "abcdef"),))]
)
def test_or_else_is_rejected(item: Item) -> None:
    found = encoder(6).encode(item)
    assert isinstance(found, BackendError)
    assert found.cause == Cause.JUDGE_REJECTED
    assert "this classifier reads 6" in found.detail


@pytest.mark.parametrize("truncate", ["error", "start", "end"])
@pytest.mark.parametrize("shape", ["text", "premise", "template", "chat"])
def test_ten_megabytes_take_no_time(truncate: Truncate, shape: str) -> None:
    text = "x" * 10_000_000
    items: dict[str, Item] = {
        "text": Claim(text),
        "premise": Claim("x", text),
        "template": Claim(text),
        "chat": Conversation((Turn("u", text),)),
    }
    made = encoder(100, truncate, "{claim}" if shape == "template" else None)
    found = made.encode(items[shape])
    if truncate == "error":
        assert isinstance(found, BackendError)
    else:
        assert len(tokens(found)) == 100


def test_nothing_is_one_token() -> None:
    assert encoder(framed=False).encode(Claim("")) == Encoded([END], [0])
    assert tokens(encoder().encode(Claim(""))) == [CLS, SEP]


def test_what_is_cut_off_is_only_what_could_not_be_read() -> None:
    """Longest tokens are assumed to have so many characters; those of this tokenizer have one."""
    assert LONGEST_TOKEN * 6 < 1000
    assert tokens(encoder(6, "start").encode(Claim("a" * 1000 + "b"))) == [CLS, *letters("aaab"), SEP]
