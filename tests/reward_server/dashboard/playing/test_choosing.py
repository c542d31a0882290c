from pathlib import Path

import pytest

from reward_server.dashboard.page import PageError
from reward_server.dashboard.playing.choosing import MOST, Choice, pasted, stored
from reward_server.store.keeping import Numbers
from rubrics.layout import PLAIN
from tests.reward_server.dashboard.looking import HOSTILE, keep, sources
from tests.reward_server.dashboard.playing.making import served_from
from tests.reward_server.making import rollout_of


def test_a_plain_text_is_one_completion() -> None:
    for text in ("Hello.\nWorld.", '{"label": "spam"}', "{not json", "[1]", HOSTILE):
        ((_, rollout),) = pasted(text, PLAIN, 1000).rollouts
        assert rollout.completion.text == text


def test_jsonl_is_read_as_gavel_score_reads_it() -> None:
    lines = '{"completion": "a", "prompt": "p", "id": "x"}\n\n{"completion": "b", "prompt": "p"}\n'
    found = pasted(lines, PLAIN, 1000)
    assert [(rollout.id, rollout.completion.text) for _, rollout in found.rollouts] == [
        ("x", "a"),
        ("#1", "b"),
    ]
    assert len(found.groups) == 1


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"completion": "a"}\n{"completion": 1}', "line 2: Expected .* at \\$.completion"),
        ('{"completion": "a"}\nb', "line 2: this is not valid JSON"),
        ('{"completion": "a", "ids": 1}', "line 1: unknown field `ids`"),
        ('{"completion": "a", "id": "x"}\n{"completion": "b", "id": "x"}', "the id 'x' stands twice"),
        ('{"completion": "a"}\n' * (MOST + 1), f"more than {MOST} rollouts"),
    ],
)
def test_mistakes_in_what_was_pasted_are_told_with_their_line(text: str, said: str) -> None:
    with pytest.raises(PageError, match=said) as found:
        pasted(text, PLAIN, 1000)
    assert found.value.status == 422


def test_a_long_line_is_refused_by_itself() -> None:
    ((_, rollout),) = pasted("x" * 1001, PLAIN, 1000).rollouts
    assert rollout.refused is not None


@pytest.mark.parametrize("numbers", ["x", "-1", "1e3", "9" * 16, "1;2", " ".join(["1"] * 257), "\u0661"])
def test_what_is_no_number_of_a_rollout_is_refused(tmp_path: Path, numbers: str) -> None:
    with sources(_empty(tmp_path)) as found, pytest.raises(PageError, match="numbers of rollouts"):
        stored(found, "played", Choice(numbers=numbers), PLAIN)


def test_where_nothing_is_stored_that_is_said(tmp_path: Path) -> None:
    with sources(_empty(tmp_path)) as found:
        with pytest.raises(PageError, match="no rollout of `played` is stored yet"):
            stored(found, "played", Choice(), PLAIN)
        with pytest.raises(PageError, match="no stored rollout is like that"):
            stored(found, "played", Choice(numbers="7"), PLAIN)


async def test_a_store_without_texts_has_nothing_to_score(tmp_path: Path) -> None:
    path = tmp_path / "store.sqlite3"
    await keep(path, served_from(tmp_path), rollout_of("a", "one"), keeping=Numbers())
    with sources(path) as found, pytest.raises(PageError, match="keeps no texts"):
        stored(found, "played", Choice(), PLAIN)


def _empty(folder: Path) -> Path:
    from reward_server.store.database import open_to_write

    path = folder / "empty.sqlite3"
    open_to_write(path).close()
    return path
