"""Prompts are grouped so that memory is bounded and what they share is computed once."""

from hypothesis import given
from hypothesis import strategies as st

from judges.in_process.passes import Family, Row, families, plan

rows = st.lists(
    st.builds(Row[int], st.integers(0, 3), st.lists(st.integers(0, 2), min_size=1, max_size=12)), max_size=20
)


def row(key: str, *tokens: int) -> Row[str]:
    return Row(key, list(tokens))


def test_rows_of_one_rollout_stay_together_and_long_ones_come_first() -> None:
    asked = [row("short", 1), row("long", 1, 2, 3), row("short", 2), row("long", 1, 2, 4)]
    assert plan(asked, 100) == [[1, 3, 0, 2]]


def test_a_pass_is_as_wide_as_its_longest_row() -> None:
    asked = [row("a", 1, 2, 3), row("a", 1, 2), row("a", 1)]
    assert plan(asked, 6) == [[0, 1], [2]]
    assert plan(asked, 5) == [[0], [1, 2]]


def test_a_row_that_is_longer_than_a_pass_goes_alone() -> None:
    assert plan([row("a", 1, 2, 3), row("b", 1)], 2) == [[0], [1]]


@given(rows, st.integers(1, 40))
def test_every_row_is_in_one_pass_and_no_pass_is_too_big(asked: list[Row[int]], most: int) -> None:
    passes = plan(asked, most)
    assert sorted(place for places in passes for place in places) == list(range(len(asked)))
    for places in passes:
        width = max(len(asked[place].tokens) for place in places)
        assert len(places) == 1 or len(places) * width <= most


def test_a_family_is_what_its_members_begin_with() -> None:
    asked = [row("a", 5, 6, 7), row("b", 5, 6), row("a", 5, 6, 8, 9)]
    assert families(asked) == [Family([5, 6], [0, 2]), Family([5], [1])]


def test_equal_prompts_still_have_a_token_each_to_compute() -> None:
    assert families([row("a", 5, 6), row("a", 5, 6)]) == [Family([5], [0, 1])]
    assert families([row("a", 5, 6), row("a", 5, 6, 7)]) == [Family([5], [0, 1])]


@given(rows)
def test_families_cover_all_rows_and_leave_each_something(asked: list[Row[int]]) -> None:
    found = families(asked)
    assert sorted(place for family in found for place in family.members) == list(range(len(asked)))
    for family in found:
        prompts = [asked[place].tokens for place in family.members]
        length = len(family.prefix)
        assert all(prompt[:length] == family.prefix and len(prompt) > length for prompt in prompts)
        parting = {prompt[length] for prompt in prompts}
        assert len(parting) > 1 or min(map(len, prompts)) == length + 1
