"""Rollouts by filter, in order, a page at a time: held against sorting and filtering them by hand."""

import contextlib
import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given as given_any
from hypothesis import settings
from hypothesis import strategies as st
from msgspec.structs import replace

from reward_server.store.database import StoreError, open_to_write
from reward_server.store.features import Mark
from reward_server.store.query import RolloutFilter, Summary, mark_names, numbers, rollouts, summaries
from reward_server.store.reading import Store
from reward_server.wire.origin import Origin
from rubrics.problems import ConfigError
from rubrics.rollout import Rollout
from tests.reward_server.making import rollout_of
from tests.reward_server.storing import columns, of_rollouts, opened, stored, two

RUN = 1
SORTS = ("step", "arrival", "value", "words", "tokens", "disagreement")


def rollout(chance: random.Random, name: str) -> Rollout:
    values = {column: chance.choice([None, 0.0, 0.5, 1.0, -1.0]) for column in ("a", "b")}
    return rollout_of(
        name,
        "word " * chance.choice([1, 1, 2, 30]),
        metadata=values,
        completion_tokens=chance.choice([None, 4, 9]),
        finish_reason=chance.choice([None, "stop", "length"]),
    )


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """Two runs of some steps; steps come out of order, and groups in two requests."""
    path = tmp_path_factory.mktemp("query") / "s"
    chance = random.Random(7)
    entries = []
    for run, step, group in [(r, s, g) for s in (3, 1, 2, 1) for g in ("g1", "g0") for r in ("one", "two")]:
        of_group = [rollout(chance, f"{step}{group}{number}") for number in range(4)]
        entries.append(of_rollouts(two(), of_group, Origin(None, run, step), group))
    stored(path, *entries)
    with contextlib.closing(open_to_write(path)) as db:  # as if several votes had been counted for some
        db.execute("UPDATE rollouts SET disagreement = (id % 5) / 5.0 WHERE id % 3")
    with opened(path) as found:
        yield found


@pytest.fixture(scope="module")
def known(store: Store) -> list[Summary]:
    """All rollouts of the run, which a filter that restricts nothing gives."""
    return summaries(store, numbers(store, RolloutFilter(run=RUN, sort="arrival")))


def test_a_summary_is_what_was_stored(store: Store, known: list[Summary]) -> None:
    assert len(known) == 32
    for each in known:
        whole = store.rollout(each.number)
        result = whole.content.result
        assert (each.name, each.reward, each.cause) == (result.id, result.reward, result.cause)
        assert (each.group, each.step, each.at) == (whole.group, whole.step, whole.at)
        assert (each.words, each.tokens, each.version) == (whole.words, whole.tokens, whole.reward_version)
        assert result.components is not None
        assert each.components == {name: found.value for name, found in result.components.items()}
        assert each.marks == (["truncated"] if whole.content.finish_reason == "length" else [])


Keep = Callable[[Summary], bool]
FILTERS: list[tuple[dict[str, Any], Keep]] = [
    ({}, lambda _: True),
    ({"first_step": 2}, lambda each: each.step >= 2),
    ({"last_step": 1}, lambda each: each.step <= 1),
    ({"first_step": 2, "last_step": 2}, lambda each: each.step == 2),
    ({"group": "g0", "first_step": 1, "last_step": 1}, lambda each: each.group == "g0" and each.step == 1),
    ({"least": 0.5}, lambda each: each.reward is not None and each.reward >= 0.5),
    ({"most": 0.0}, lambda each: each.reward is not None and each.reward <= 0.0),
    ({"component": "b", "least": 0.5}, lambda each: (each.components["b"] or 0) >= 0.5),
    ({"component": "a", "most": -1.0}, lambda each: each.components["a"] == -1.0),
    ({"unscored": True}, lambda each: each.reward is None),
    ({"component": "b", "unscored": True}, lambda each: each.components["b"] is None),
    ({"cause": "judge_timeout"}, lambda each: each.cause == "judge_timeout"),
    ({"cause": "shutdown"}, lambda _: False),
    ({"least_words": 2}, lambda each: each.words >= 2),
    ({"most_words": 1}, lambda each: each.words == 1),
    ({"mark": "truncated"}, lambda each: "truncated" in each.marks),
    ({"mark": "copy"}, lambda _: False),
    ({"disagreement": 0.4}, lambda each: each.disagreement is not None and each.disagreement >= 0.4),
]


def key(each: Summary, wanted: RolloutFilter) -> tuple[object, ...]:
    by_name = {
        "step": (each.step, each.group),
        "arrival": (),
        "value": (each.reward if wanted.component is None else each.components[wanted.component],),
        "words": (each.words,),
        "tokens": (each.tokens,),
        "disagreement": (each.disagreement,),
    }
    return (*by_name[wanted.sort], each.number)


def by_hand(known: list[Summary], wanted: RolloutFilter, keep: Keep) -> list[int]:
    """Filtered and sorted: what has nothing to be sorted by comes last."""
    kept = [each for each in known if keep(each)]
    there = [each for each in kept if key(each, wanted)[0] is not None]
    lacking = [each for each in kept if key(each, wanted)[0] is None]
    parts = [
        sorted(there, key=lambda each: key(each, wanted), reverse=wanted.descending),
        sorted(lacking, key=lambda each: each.number, reverse=wanted.descending),
    ]
    return [each.number for part in parts for each in part]


@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize("sort", SORTS)
@pytest.mark.parametrize(("given", "keep"), FILTERS, ids=[str(given) for given, _ in FILTERS])
def test_every_filter_in_every_order(
    store: Store, known: list[Summary], given: dict[str, Any], keep: Keep, sort: Any, descending: bool
) -> None:
    wanted = RolloutFilter(run=RUN, sort=sort, descending=descending, **given)
    assert list(numbers(store, wanted)) == by_hand(known, wanted, keep)


@given_any(st.sampled_from(FILTERS), st.sampled_from(SORTS), st.booleans(), st.integers(1, 40))
@settings(deadline=None)
def test_pages_one_after_the_other_are_the_whole(
    store: Store, told: tuple[dict[str, Any], Keep], sort: Any, descending: bool, limit: int
) -> None:
    wanted = RolloutFilter(run=RUN, sort=sort, descending=descending, limit=limit, **told[0])
    whole = list(numbers(store, wanted))
    pages = [rollouts(store, wanted)]
    while (after := pages[-1].after) is not None:
        assert len(pages[-1].rollouts) == limit
        pages.append(rollouts(store, replace(wanted, after=after)))
    assert [each.number for page in pages for each in page.rollouts] == whole
    assert len(pages) == max(1, -(-len(whole) // limit))


def test_a_run_or_all_of_them(store: Store) -> None:
    assert len(numbers(store, RolloutFilter())) == 64
    assert {each.run for each in rollouts(store, RolloutFilter(run=2)).rollouts} == {2}
    assert list(numbers(store, RolloutFilter(run=99))) == []


def test_a_component_that_there_is_not_is_a_mistake_that_says_which_there_are(store: Store) -> None:
    with pytest.raises(ConfigError, match="no component 'c' is stored") as raised:
        rollouts(store, RolloutFilter(run=RUN, component="c"))
    assert "known here: a, b" in str(raised.value)


def test_a_component_is_found_where_each_version_has_put_it(tmp_path: Path) -> None:
    """The second version has `b` first, the third none of it."""
    path = tmp_path / "s"
    made = [rollout_of(str(value), metadata={"a": -value, "b": value, "c": 9.0}) for value in (1.0, 2.0)]
    rewards = [columns(a=0.5, b=0.5), columns(b=0.5, c=0.5), columns(c=1.0)]
    stored(path, *(of_rollouts(reward, made, Origin(None, "r", step)) for step, reward in enumerate(rewards)))
    with opened(path) as store:
        found = rollouts(store, RolloutFilter(component="b", sort="value", descending=True))
        least = rollouts(store, RolloutFilter(run=1, component="b", least=2.0)).rollouts
        lacking = rollouts(store, RolloutFilter(run=1, component="b", unscored=True)).rollouts
    told = [(each.step, each.components.get("b")) for each in found.rollouts]
    assert told == [(1, 2.0), (0, 2.0), (1, 1.0), (0, 1.0), (2, None), (2, None)]
    assert [each.step for each in least] == [0, 1]
    assert [each.step for each in lacking] == [2, 2]


def test_a_page_after_a_rollout_that_is_gone_is_an_error_that_says_so(store: Store) -> None:
    with pytest.raises(StoreError, match="no rollout 12345 any more"):
        rollouts(store, RolloutFilter(run=RUN, after=12345))
    assert rollouts(store, RolloutFilter(run=RUN, sort="arrival", after=12345)).rollouts == []


def test_summaries_keep_the_order_asked_for_and_leave_out_what_is_gone(store: Store) -> None:
    assert [each.number for each in summaries(store, [5, 3, 9999, 4])] == [5, 3, 4]
    assert len(summaries(store, range(1, 2000))) == 64


def test_what_is_asked_for_is_bound_and_never_read_as_sql(store: Store) -> None:
    evil = "x' OR 1=1 --"
    assert rollouts(store, RolloutFilter(run=RUN, group=evil)).rollouts == []
    with pytest.raises(ConfigError):
        rollouts(store, RolloutFilter(run=RUN, component=evil))


def test_marks_by_their_names() -> None:
    assert mark_names(Mark.COPY | Mark.MALFORMED) == ["copy", "malformed"]
    assert mark_names(0) == []
