"""A group side by side."""

import re
from pathlib import Path

from reward_server.dashboard import rendering
from reward_server.dashboard.pages import group
from reward_server.dashboard.pages.group import AT_ONCE
from reward_server.store.keeping import keeping
from reward_server.store.options import StoreOptions
from reward_server.wire.origin import Origin
from tests.reward_server.dashboard.looking import HOSTILE, html, judged, keep, refuse_harm, shown, sources
from tests.reward_server.making import rollout_of
from tests.reward_server.storing import of_rollouts, scored, stored, two

RUBRIC = """
schema: rubric/v1
id: r
criteria:
  - {id: cites, check: {regex: "clause"}}
  - {id: shouts, check: {regex: "!"}, importance: pitfall}
"""
LAYOUT = "{reasoning: {tag: think}, answer: {json: {a: integer}}}"
FIRST = '<think>The clause is about vehicles. It applies.</think>{"a": 1}'
SECOND = '<think>The clause is about vehicles. It does not apply!</think>{"a": 2}'
THIRD = '<think>Cars are meant here and not bicycles.</think>{"a": 2}'


async def kept(folder: Path) -> Path:
    function = judged(folder, RUBRIC, completion=LAYOUT)
    texts = (FIRST, SECOND, THIRD, FIRST.replace("{", " \n{"))
    rollouts = [
        rollout_of(str(number), text, layout=function.layout, prompt="Does it?")
        for number, text in enumerate(texts)
    ]
    await keep(folder / "s", function, *rollouts, group="a/b")
    return folder / "s"


def rows(page: str) -> dict[str, list[str]]:
    """What stands in each row of the comparison."""
    found = [re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row) for row in re.findall(r"<tr.*?</tr>", page)]
    return {
        re.sub(r"<[^>]*>", "", name): [re.sub(r"<[^>]*>", "", each) for each in cells]
        for name, *cells in found
    }


async def test_the_rollouts_beside_each_other(tmp_path: Path) -> None:
    path = await kept(tmp_path)
    page = html(group.PAGE, path, step="0", name="a/b")
    found = rows(page)
    assert found["\u00b7 cites"] == ["1", "1", "0", "1"]
    assert found["\u00b7 shouts"] == ["0", "1", "0", "0"]
    assert found["answer: a"] == ["1", "2", "2", "1"]
    assert found["words of reasoning"] == ["7", "9", "7", "7"]
    assert page.count('class="column"') == 4
    assert '<tr class="alike"><th scope="row">finish</th>' in page


async def test_good_and_bad_are_told_by_colour_turned_round_for_pitfalls(tmp_path: Path) -> None:
    page = html(group.PAGE, await kept(tmp_path), step="0", name="a/b")
    heat = {
        name: re.findall(r'<td(?: class="(heat\d)")?>', cells)
        for name, cells in re.findall(r'<th scope="row">(.*?)</th>(.*?)</tr>', page)
    }
    assert heat["\u00b7 cites"] == ["heat4", "heat4", "heat0", "heat4"]
    assert heat["\u00b7 shouts"] == ["heat4", "heat0", "heat4", "heat4"]
    assert heat["words of reasoning"] == ["", "", "", ""]


async def test_what_siblings_say_as_well_is_faint(tmp_path: Path) -> None:
    page = html(group.PAGE, await kept(tmp_path), step="0", name="a/b")
    said = re.findall(r'<span class="shared">(.*?)</span>', page, re.DOTALL)
    assert any("The clause is about vehicles." in each for each in said)
    assert not any("Cars are meant" in each or "does not" in each for each in said)
    assert "The same text as #1." not in page  # it has a space that the first has not


async def test_a_text_that_another_has_is_named(tmp_path: Path) -> None:
    same = [
        rollout_of(name, text, metadata={"a": 1.0, "b": 1.0})
        for name, text in (("x", "one  two"), ("y", "one two "))
    ]
    stored(tmp_path / "s", of_rollouts(two(), same, Origin(None, "r", 5)))
    read = shown(group.PAGE, tmp_path / "s", step="5", name="g")
    assert read.count("The same text as #1.") == 1


def test_more_than_a_page_of_rollouts(tmp_path: Path) -> None:
    many = [{"a": float(n % 10), "b": 0.0} for n in range(AT_ONCE + 3)]
    stored(tmp_path / "s", scored(two(), {"g": many}, Origin(None, "r", 5)))
    page = html(group.PAGE, tmp_path / "s", step="5", name="g")
    assert page.count('class="column"') == AT_ONCE
    assert f'<a href="/group?step=5&amp;name=g&amp;run=1&amp;start={AT_ONCE}" rel="next">' in page
    last = html(group.PAGE, tmp_path / "s", step="5", name="g", start=str(AT_ONCE))
    assert last.count('class="column"') == 3
    assert f">#{AT_ONCE + 1}<" in last
    assert '<a href="/group?step=5&amp;name=g&amp;run=1" rel="prev">' in last


async def test_nothing_hostile_is_obeyed(tmp_path: Path) -> None:
    function = judged(tmp_path, RUBRIC)
    name = HOSTILE[:200].replace("\ud800", "")
    texts = [rollout_of(f"{name}{n}", HOSTILE, prompt=HOSTILE, metadata={HOSTILE: 1}) for n in range(2)]
    await keep(tmp_path / "s", function, *texts, group=name)
    refuse_harm(html(group.PAGE, tmp_path / "s", step="0", name=name))
    refuse_harm(html(group.PAGE, tmp_path / "s", step="0", name=name, all="true"))


async def test_without_texts_the_numbers_are_there(tmp_path: Path) -> None:
    function = judged(tmp_path, RUBRIC)
    none = keeping(StoreOptions(path=tmp_path / "s", text="none"))
    await keep(tmp_path / "s", function, rollout_of("a", "secret clause", prompt="p"), keeping=none)
    read = shown(group.PAGE, tmp_path / "s", step="0", name="g")
    assert "cites1" in read.replace(" ", "")
    assert "secret" not in read


def test_a_group_that_is_not_there(tmp_path: Path) -> None:
    stored(tmp_path / "s", scored(two(), {"g": [{"a": 1.0, "b": 0.0}]}, Origin(None, "r", 5)))
    with sources(tmp_path / "s") as found:
        drawn = rendering.html(group.PAGE, found, {"step": "6", "name": "<b>"})
        assert drawn.status == 404
        assert "there is no group &#x27;&lt;b&gt;&#x27; in step 6" in drawn.content.decode()
        assert rendering.html(group.PAGE, found, {"name": "g"}).status == 422
