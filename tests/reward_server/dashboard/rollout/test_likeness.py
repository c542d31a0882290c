"""Sentences that siblings have in common."""

import time

from reward_server.dashboard.rollout.likeness import LEAST, MOST, shared

ONE = "The clause is about vehicles. A bicycle is one of them."
OTHER = "A  bicycle is one of them. The clause is about vehicles, they say."


def test_what_another_text_holds_is_set_off_spaces_aside() -> None:
    first, second = shared([ONE, OTHER])
    assert [ONE[start:end] for start, end, *_ in first] == ["A bicycle is one of them."[:-1] + "."]
    assert [OTHER[start:end].strip() for start, end, *_ in second] == ["A  bicycle is one of them."]


def test_sentences_one_after_another_are_one_stretch() -> None:
    assert [(each.start, each.end) for each in shared([ONE, ONE])[0]] == [(0, len(ONE))]


def test_what_a_text_says_twice_is_not_shared() -> None:
    assert shared([ONE + " " + ONE, "Something else altogether."]) == [[], []]


def test_short_sentences_are_left_alone() -> None:
    assert shared(["Yes. " * 3, "Yes. " * 4]) == [[], []]
    assert len("Yes.") < LEAST


def test_a_long_text_has_no_more_stretches_than_a_page_can_hold() -> None:
    begun = time.perf_counter()
    text = "".join(
        f"This is the sentence {number % 7}.{'' if number % 2 else 'x' * 13 + str(number) + '.'}"
        for number in range(20_000)
    )
    other = "".join(f"This is the sentence {number}. " for number in range(7))
    assert len(shared([text, other])[0]) == MOST
    assert time.perf_counter() - begun < 5
