"""Tokens by estimate: additive over the pieces of a text, and never less than the text has."""

from hypothesis import given
from hypothesis import strategies as st

from judges.prompts.token_count import estimated
from judges.sim.latency import count_tokens


def test_a_token_that_lies_across_two_pieces_is_counted_once() -> None:
    # 10 bytes are 3 tokens: the first piece's 5 bytes begin 2 of them, the second's end the third
    assert estimated(["12345", "67890"]) == [2, 1]
    assert estimated(["", "abcd", "", "e"]) == [0, 1, 0, 1]
    assert estimated([]) == []


def test_text_beyond_ascii_counts_by_its_bytes() -> None:
    assert estimated(["\u4e2d\u6587\u5b57"]) == [3]  # 9 bytes
    assert estimated(["\ud800"]) == [1]  # a lone surrogate is no error


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]))))
def test_the_pieces_add_up_to_the_simulated_judges_own_count(pieces: list[str]) -> None:
    assert sum(estimated(pieces)) == count_tokens("".join(pieces).encode())
