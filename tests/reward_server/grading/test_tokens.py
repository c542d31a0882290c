from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers

from reward_server.grading.tokens import TokenCounter, completion_tokens
from rubrics.cause import Cause
from rubrics.completion import Completion
from rubrics.outcome import Unscored
from rubrics.rollout import Rollout


def saved(directory: Path, *, truncated: bool = False) -> Path:
    """A tokenizer of one token for each whitespace-separated word."""
    tokenizer = Tokenizer(models.WordLevel({"[UNK]": 0, "[CLS]": 1}, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    if truncated:
        tokenizer.enable_truncation(4)
        tokenizer.enable_padding(length=16)
    path = directory / "tokenizer.json"
    tokenizer.save(str(path))
    return path


@pytest.mark.parametrize("truncated", [False, True])
def test_the_whole_text_is_counted_whatever_the_file_says(tmp_path: Path, truncated: bool) -> None:
    counter = TokenCounter.load(saved(tmp_path, truncated=truncated))
    assert counter.count("one two three") == 3
    assert counter.count("word " * 1000) == 1000
    assert counter.count("") == 0


def test_lone_surrogates_are_counted_like_any_other_character(tmp_path: Path) -> None:
    counter = TokenCounter.load(saved(tmp_path))
    assert counter.count("a \ud800 b\udfff") == 3


def test_what_is_not_a_tokenizer_is_refused(tmp_path: Path) -> None:
    for content in ("", "{}", "[1]", "not json"):
        path = tmp_path / "wrong.json"
        path.write_text(content)
        with pytest.raises(ValueError, match=r"."):
            TokenCounter.load(path)
    with pytest.raises(OSError, match="No such file"):
        TokenCounter.load(tmp_path / "absent.json")


def test_the_digest_tells_files_apart(tmp_path: Path) -> None:
    plain = TokenCounter.load(saved(tmp_path)).digest
    assert TokenCounter.load(saved(tmp_path)).digest == plain
    assert TokenCounter.load(saved(tmp_path, truncated=True)).digest != plain


def test_the_trainers_count_comes_first(tmp_path: Path) -> None:
    counter = TokenCounter.load(saved(tmp_path))
    counted = Rollout(id="r", completion=Completion("a b c"), completion_tokens=0)
    uncounted = Rollout(id="r", completion=Completion("a b c"))
    assert completion_tokens(counted, counter) == 0
    assert completion_tokens(uncounted, counter) == 3
    missing = completion_tokens(uncounted, None)
    assert isinstance(missing, Unscored)
    assert missing.cause is Cause.MISSING_FIELD


@pytest.mark.parametrize("truncated", [False, True])
def test_a_token_that_lies_across_two_pieces_belongs_to_the_later(tmp_path: Path, truncated: bool) -> None:
    counter = TokenCounter.load(saved(tmp_path, truncated=truncated))
    # "one tw|o |three": `two` is cut, and ends in the second piece
    assert counter.count_each(["one tw", "o ", "three"]) == [1, 1, 1]
    assert counter.count_each(["", "one two three four five six", ""]) == [0, 6, 0]
    assert counter.count_each(["a \ud800", "b \udfff"]) == [1, 2]
    assert counter.count_each([]) == []
    assert counter.count_each(["", ""]) == [0, 0]


def byte_level() -> TokenCounter:
    """A tokenizer of the kind that Qwen and Llama have: bytes, a space belongs to the word behind it."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.post_processor = processors.ByteLevel(trim_offsets=True)
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(vocab_size=300, initial_alphabet=alphabet, show_progress=False)
    tokenizer.train_from_iterator(["the post names the clause that the post breaks"] * 9, trainer)
    return TokenCounter(tokenizer, "")


BYTES = byte_level()


@given(st.lists(st.text(st.sampled_from("the post\U0001f600\u4e2d\u0301\ud800\n"))))
def test_the_pieces_add_up_to_the_whole(pieces: list[str]) -> None:
    assert sum(BYTES.count_each(pieces)) == BYTES.count("".join(pieces))
