from pathlib import Path

import msgspec
import pytest

from reward_server.dashboard.page import PageError
from reward_server.dashboard.playing import choosing
from reward_server.dashboard.playing.choosing import Choice, stored
from reward_server.store.database import open_to_write
from reward_server.store.keeping import Numbers
from rubrics.layout import PLAIN
from tests.reward_server.dashboard.looking import keep, sources
from tests.reward_server.dashboard.playing.making import served_from
from tests.reward_server.making import rollout_of


@pytest.mark.parametrize("numbers", ["x", "-1", "1e3", "9" * 16, "1;2", " ".join(["1"] * 257), "\u0661"])
def test_what_is_no_number_of_a_rollout_is_refused(tmp_path: Path, numbers: str) -> None:
    with sources(_empty(tmp_path)) as found, pytest.raises(PageError, match="numbers of rollouts"):
        stored(found, "played", Choice(numbers=numbers), PLAIN)


def test_a_step_beyond_any_that_can_be_sent_is_refused() -> None:
    with pytest.raises(msgspec.ValidationError, match="<= 9007199254740992"):
        msgspec.convert({"step": 2**63}, Choice)


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


async def test_p14_long_rollouts_are_tried_as_far_as_there_is_room(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(choosing, "MOST_CHARS", 50)
    path = tmp_path / "store.sqlite3"
    await keep(path, served_from(tmp_path), *(rollout_of(f"{each}", "x" * 20) for each in range(4)))
    with sources(path) as found:
        chosen = stored(found, "played", Choice(), PLAIN)
    assert [rollout.id for _, rollout in chosen.rollouts] == ["4", "3"]
    assert "only the first 2 are tried: all of them have more than 50 characters" in chosen.notices


def _empty(folder: Path) -> Path:
    path = folder / "empty.sqlite3"
    open_to_write(path).close()
    return path
