import re
from html import unescape
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pytest

from reward_server.dashboard.page import PageError
from reward_server.dashboard.pages.playground import PAGE, Query, View, asking, body, result, view
from reward_server.dashboard.playing.checking import check
from reward_server.dashboard.playing.choosing import Choice
from reward_server.dashboard.playing.comparing import Comparison
from reward_server.dashboard.shell import shell
from reward_server.dashboard.sources import Live, Sources
from reward_server.report.markup import joined
from reward_server.store.keeping import Numbers
from tests.reward_server.dashboard.looking import HOSTILE, html, keep, refuse_harm
from tests.reward_server.dashboard.playing.making import (
    REWARD,
    RUBRIC,
    edit_of,
    fill,
    served_from,
    tried,
)
from tests.reward_server.making import rollout_of

QUALITY = "rubrics/quality.yaml"


def looked_at(folder: Path, **query: str | int) -> View:
    function = served_from(folder)
    return view(Sources(None, Live({"played": function}, {}, 0)), Query(**query))  # type: ignore[arg-type]


def test_the_page_shows_the_served_text_and_what_is_to_be_said_of_it(tmp_path: Path) -> None:
    found = looked_at(tmp_path, count=3, order="least", step=2)
    assert (found.reward, found.file, found.text) == ("played", "reward.yaml", REWARD)
    assert list(found.files) == ["reward.yaml", QUALITY]
    assert found.choice == Choice(count=3, order="least", step=2)
    assert found.checked.equation == "reward = 0.5 short + 0.5 quality"
    assert looked_at(tmp_path, file=QUALITY).text == RUBRIC


def test_there_is_nothing_to_try_in_a_report(tmp_path: Path) -> None:
    with pytest.raises(PageError, match="no server behind this report"):
        view(Sources(None), Query())


def test_the_files_are_tried_on_the_same_rollouts(tmp_path: Path) -> None:
    query: dict[str, str | int] = {
        "run": "2",
        "step": 7,
        "group": "a&b",
        "order": "least",
        "count": 3,
        "numbers": "51, 28",
    }
    page = joined(body(looked_at(tmp_path, **query), Query()))
    links = page.partition('class="files"')[2].partition("</div>")[0]
    urls = [urlsplit(unescape(url)) for url in re.findall(r'href="([^"]*)"', links)]
    said = {name: str(value) for name, value in query.items()}
    assert [(url.path, dict(parse_qsl(url.query))) for url in urls] == [
        ("/playground", {"reward": "played", "file": file, **said}) for file in ("reward.yaml", QUALITY)
    ]
    assert "One file is tried at a time" in page


def test_without_a_store_only_pasting_is_offered(tmp_path: Path) -> None:
    found = looked_at(tmp_path)
    assert found.unoffered is not None
    assert "`--store FILE`" in found.unoffered
    _only_pasting(joined(body(found, Query())))


async def test_rollouts_without_texts_are_not_offered(tmp_path: Path) -> None:
    store = tmp_path / "store.sqlite3"
    await keep(store, served_from(tmp_path), rollout_of("a", "one"), keeping=Numbers())
    page = html(PAGE, store, served_from(tmp_path))
    assert "serve with `--store-text keep`" in page
    _only_pasting(page)
    assert 'name="numbers"' in html(PAGE, store, served_from(tmp_path), run="no such run")
    await keep(store, served_from(tmp_path), rollout_of("b", "two"))
    assert 'name="numbers"' in html(PAGE, store, served_from(tmp_path))
    _only_pasting(html(PAGE, store, served_from(tmp_path), numbers="1"))


def _only_pasting(page: str) -> None:
    fields = page.partition("<fieldset>")[2].partition("</fieldset>")[0]
    assert re.findall(r'name="(\w+)"', fields) == ["pasted"]
    assert '<details open="">' in fields


async def test_the_text_stands_in_the_page_as_it_is(tmp_path: Path) -> None:
    await keep(tmp_path / "store.sqlite3", served_from(tmp_path), rollout_of("a", "one"))
    page = html(PAGE, tmp_path / "store.sqlite3", served_from(tmp_path))
    area = page.partition("<textarea")[2].partition(">")[2].partition("</textarea>")[0]
    assert area.replace("&quot;", '"') == f"\n{REWARD}"


def test_a_message_stands_beside_its_line(tmp_path: Path) -> None:
    text = REWARD.replace("wieght", "weight").replace("weight: 0.5, rubric", "wieght: 0.5, rubric")
    page = joined(body(_edited(tmp_path, text), Query()))
    notes = page.partition('id="beside"')[2].partition("</pre>")[0].partition(">")[2].splitlines()
    assert notes[0] == ""  # a browser takes the first line end of a `pre` away
    assert [number for number, note in enumerate(notes) if note] == [4]
    assert "unknown key `wieght`" in notes[4]
    assert 'data-line="4" data-column="26"' in page
    assert "did you mean `weight`?" in page


def test_a_text_cannot_end_its_box(tmp_path: Path) -> None:
    for text in (f"</textarea>{HOSTILE}", f"name: '{HOSTILE}'", f"? {HOSTILE}\n: x", HOSTILE):
        page = joined(body(_edited(tmp_path, text), Query()))
        assert page.count("</textarea>") == 2  # the text, and what is pasted
        assert "<script" not in page
        assert "<img" not in page


async def test_hostile_completions_are_inert_in_the_comparison(tmp_path: Path) -> None:
    store = tmp_path / "store.sqlite3"
    served_from(tmp_path)
    await fill(tmp_path, store, {HOSTILE.replace("\ud800", ""): HOSTILE, "</td><td>": "</small></th>"})
    found = await tried(served_from(tmp_path), store, REWARD.replace("full: [0, 2]", "full: [0, 1]"))
    refuse_harm(shell(PAGE, [PAGE], [result(found), asking(found)]))
    assert len(found.rollouts) == 2


async def test_changes_are_shown_with_their_direction(tmp_path: Path) -> None:
    found = await _compared(tmp_path, REWARD.replace("zero: [0, 4]", "zero: [0, 3]"))
    shown = result(found)
    assert '<span class="was">0.5</span> → <span class="now down">0.25</span>' in shown  # the reward of `b`
    assert '<a href="/rollouts/2">#2</a>' in shown
    assert "The same for all of these rollouts: quality, " in shown
    assert asking(found) == '<span id="asking"></span>'


async def test_the_box_that_allows_questions_says_how_many(tmp_path: Path) -> None:
    found = await _compared(tmp_path, RUBRIC.replace("is kind", "is friendly"), QUALITY)
    assert "ask the judges: at most 2 questions" in asking(found)
    assert 'value="2"' in asking(found)
    assert "not asked" in result(found)


def _edited(folder: Path, text: str) -> View:
    function = served_from(folder)
    return View(
        rewards=["played"],
        reward="played",
        files=["reward.yaml"],
        file="reward.yaml",
        text=text,
        choice=Choice(pasted=text),
        checked=check(function, edit_of(text)).checked,
        problem=text,
    )


async def _compared(folder: Path, text: str, file: str = "reward.yaml") -> Comparison:
    served_from(folder)
    await fill(folder, folder / "store.sqlite3", {"a": "one", "b": "one two three"})
    return await tried(served_from(folder), folder / "store.sqlite3", text, file)
