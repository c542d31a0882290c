"""The page of one rollout."""

import re
from contextlib import closing
from html import unescape
from pathlib import Path

import pytest

from reward_server.dashboard import rendering
from reward_server.dashboard.pages import group, rollout, rollouts
from reward_server.store.database import open_to_write
from reward_server.store.keeping import keeping
from reward_server.store.options import StoreOptions
from reward_server.wire.origin import Origin
from rubrics.cause import Cause
from rubrics.outcome import Unscored
from rubrics.rollout import Message, Rollout
from tests.reward_server.dashboard.looking import HOSTILE, html, judged, keep, refuse_harm, shown, sources
from tests.reward_server.making import rollout_of
from tests.reward_server.storing import of_rollouts, scored, stored, two

RUBRIC = """
schema: rubric/v1
id: r
criteria:
  - {id: clear, ask: It is clear., weight: 3}
  - {id: rude, ask: It is rude., importance: pitfall}
  - {id: labelled, ask: It is so., when: metadata.nothing}
"""


def hostile() -> Rollout:
    return rollout_of(
        HOSTILE[:200].replace("\ud800", ""),
        HOSTILE,
        prompt=[Message(HOSTILE[:50], HOSTILE, HOSTILE)],
        ground_truth=HOSTILE,
        metadata={HOSTILE: {HOSTILE: [HOSTILE]}},
    )


async def test_nothing_hostile_is_obeyed_and_everything_is_seen(tmp_path: Path) -> None:
    function = judged(tmp_path, RUBRIC)
    group = HOSTILE[:200].replace("\ud800", "")
    await keep(tmp_path / "s", function, hostile(), group=group, run=group)
    for parameters in ({}, {"all": "true"}, {"copy": "true", "call": "0"}):
        page = html(rollout.PAGE, tmp_path / "s", function, number="1", **parameters)
        refuse_harm(page)
        assert page.count("\u27e8U+202E\u27e9</span>evil") >= 5
        assert "\u27e8ESC\u27e9" in page
        assert "\u27e8NUL\u27e9" in page


async def test_the_reward_is_a_sum_with_its_reasons(tmp_path: Path) -> None:
    stored(tmp_path / "s", scored(two(), {"g": [{"a": 2.0, "b": -4.0}]}, Origin(None, "r", 3)))
    read = shown(rollout.PAGE, tmp_path / "s", number="1")
    assert "0.5 reward" in read  # 0.75 * 2 - 0.25 * 4
    assert "a20.751.5" in read.replace(" ", "")
    assert "b-40.25-1" in read.replace(" ", "")
    assert "another version than is served" in read


async def test_an_unscored_rollout_says_why_and_what_to_do(tmp_path: Path) -> None:
    stored(tmp_path / "s", scored(two(), {"g": [{"a": None, "b": 1.0}]}, Origin(None, "r", 3)))
    read = shown(rollout.PAGE, tmp_path / "s", number="1")
    assert "unscored: judge_timeout a: as told" in read
    assert "add replicas" in read
    assert "0 reward" not in read


async def test_verdicts_with_their_statements(tmp_path: Path) -> None:
    function = judged(tmp_path, RUBRIC)
    await keep(tmp_path / "s", function, rollout_of("a", "b", prompt="c"))
    page = html(rollout.PAGE, tmp_path / "s", function, number="1")
    rows = [re.sub(r"<[^>]*>", " ", row).split() for row in re.findall(r"<tr><th scope.*?</tr>", page)]
    assert ["clear", "It", "is", "clear.", "met", "0.9", "0.9", "3"] in [row[:8] for row in rows]
    assert 'class="found for">met' in page
    assert 'class="found against">met' in page  # a pitfall that it falls into
    assert 'class="found none">skipped' in page
    assert "It is clear." not in shown(rollout.PAGE, tmp_path / "s", number="1")  # nobody serves it


async def test_the_reasoning_is_told_from_the_answer_and_faults_are_named(tmp_path: Path) -> None:
    function = judged(tmp_path, RUBRIC, completion="{reasoning: {tag: think}, answer: {json: {a: integer}}}")
    text = "<think>one two</think> {'a'}"
    await keep(tmp_path / "s", function, rollout_of("a", text, layout=function.layout, prompt="c"))
    for served in ([function], []):  # and from the text of its reward file, when that is gone
        read = shown(rollout.PAGE, tmp_path / "s", *served, number="1")
        assert "Reasoning 2 words, 23 characters <think>one two</think>" in read
        assert "Answer 1 word, 5 characters {'a'}" in read
        assert "Faults of its layout: answer_not_json" in read


async def test_calls_with_what_was_sent_and_said(tmp_path: Path) -> None:
    function = judged(tmp_path, RUBRIC)
    await keep(tmp_path / "s", function, rollout_of("a", "b", prompt="c"))
    read = shown(rollout.PAGE, tmp_path / "s", function, number="1")
    assert "prompt as sent: its digest is that of the call" in read
    assert "Criterion: It is clear." in read
    gone = shown(rollout.PAGE, tmp_path / "s", number="1")
    assert "prompt not available: the reward that is served is not the one that asked" in gone


async def test_neighbours_are_a_key_away(tmp_path: Path) -> None:
    entries = [{"a": float(n), "b": 0.0} for n in range(3)]
    stored(tmp_path / "s", scored(two(), {"g": entries, "h": entries}, Origin(None, "r", 7)))
    page = html(rollout.PAGE, tmp_path / "s", number="2")
    assert '<a href="/rollouts/1?run=1" rel="prev">' in page
    assert '<a href="/rollouts/3?run=1" rel="next">' in page
    assert '<a href="/group?run=1&amp;step=7&amp;name=g" rel="up"' in page
    assert '<a href="/groups?run=1&amp;step=7">' in page
    assert "2 of 3 in its group" in shown(rollout.PAGE, tmp_path / "s", number="2")
    assert 'rel="prev"' not in html(rollout.PAGE, tmp_path / "s", number="4")  # another group begins


async def test_a_store_without_texts_says_so(tmp_path: Path) -> None:
    function = judged(tmp_path, RUBRIC)
    options = StoreOptions(path=tmp_path / "s", text="none")
    await keep(tmp_path / "s", function, rollout_of("a", "secret", prompt="secret"), keeping=keeping(options))
    read = shown(rollout.PAGE, tmp_path / "s", function, number="1")
    assert "The store of this server keeps no texts" in read
    assert "secret" not in read
    assert "Take it along" not in read
    assert "clear" in read  # the verdicts are there


async def test_what_was_refused_unread_is_not_shown_as_empty(tmp_path: Path) -> None:
    too_long = Rollout(
        id="a", completion=rollout_of("a").completion, refused=Unscored(Cause.COMPLETION_TOO_LONG, "long")
    )
    function = judged(tmp_path, RUBRIC)
    await keep(tmp_path / "s", function, too_long)
    read = shown(rollout.PAGE, tmp_path / "s", function, number="1")
    assert "It was refused before it was read, and is not kept." in read
    assert "As curl" not in read


async def test_a_megabyte_is_shown_when_it_is_asked_for(tmp_path: Path) -> None:
    text = "x" * 1_000_000
    stored(
        tmp_path / "s", of_rollouts(two(), [rollout_of("a", text, metadata={"a": 1.0, "b": 1.0})], Origin())
    )
    page = html(rollout.PAGE, tmp_path / "s", number="1")
    assert len(page) < 100_000
    assert "994,000 more characters are not shown" in page
    assert "As curl: show 1,000," in page
    more = unescape(re.findall(r'href="([^"]*all=true)"', page)[0])
    assert more == "/rollouts/1?all=true"
    assert text in html(rollout.PAGE, tmp_path / "s", number="1", all="true")
    assert page.count("x" * 1000) <= 8


@pytest.mark.parametrize(
    ("parameters", "status", "told"),
    [
        ({"number": "9"}, 404, "there is no rollout 9"),
        ({"number": "x"}, 422, "number"),
        ({"number": "0"}, 422, "number"),
        ({"number": str(2**64)}, 422, "number"),
        ({"number": "1", "sort": "up"}, 422, "sort"),
    ],
)
def test_what_is_not_there(tmp_path: Path, parameters: dict[str, str], status: int, told: str) -> None:
    stored(tmp_path / "s", scored(two(), {"g": [{"a": 1.0, "b": 0.0}]}, Origin()))
    with sources(tmp_path / "s") as found:
        for answer in (rendering.html, rendering.json):
            drawn = answer(rollout.PAGE, found, parameters)
            assert drawn.status == status
            assert told in drawn.content.decode()


def test_json_that_is_nested_too_deeply_is_an_answer(tmp_path: Path) -> None:
    stored(tmp_path / "s", scored(two(), {"g": [{"a": 1.0, "b": 0.0}]}, Origin()))
    start, deep = '"metadata":{', '"metadata":{"d":' + "[" * 200_000 + "]" * 200_000 + ","
    with closing(open_to_write(tmp_path / "s")) as db:
        db.execute(
            "UPDATE details SET content = CAST(replace(CAST(content AS TEXT), ?, ?) AS BLOB)", (start, deep)
        )
    with sources(tmp_path / "s") as found:
        drawn = rendering.html(rollout.PAGE, found, {"number": "1"})
    assert drawn.status == 422
    assert "nested too deeply to be shown" in drawn.content.decode()


async def test_its_twin_has_everything(tmp_path: Path) -> None:
    function = judged(tmp_path, RUBRIC)
    await keep(tmp_path / "s", function, rollout_of("a", "b", prompt="c"))
    with sources(tmp_path / "s", function) as found:
        told = rendering.json(rollout.PAGE, found, {"number": "1"}).content.decode()
    for key in (
        "stored",
        "anatomy",
        "quotes",
        "calls",
        "timing",
        "siblings",
        "curl",
        "goldens",
        "statements",
    ):
        assert f'"{key}":' in told
    assert rollout.PAGE.twin == "/rollouts/{number}.json"


async def test_another_rubric_can_be_tried_where_its_reward_is_served(tmp_path: Path) -> None:
    function = judged(tmp_path, RUBRIC)
    await keep(tmp_path / "s", function, rollout_of("a", "b", prompt="c"), rollout_of("b", "b", prompt="c"))
    link = '<a href="/playground?reward=looked_at&amp;run=1&amp;numbers='
    assert f"{link}2" in html(rollout.PAGE, tmp_path / "s", function, number="2")
    assert f"{link}1%2C2" in html(group.PAGE, tmp_path / "s", function, step="0", name="g")
    assert f"{link}2%2C1" in html(rollouts.PAGE, tmp_path / "s", function)
    for page, parameters in ((rollout.PAGE, {"number": "2"}), (rollouts.PAGE, {})):
        assert "/playground?reward" not in html(page, tmp_path / "s", **parameters)
