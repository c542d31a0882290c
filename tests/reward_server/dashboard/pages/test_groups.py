"""The groups of a step, and of several."""

import re
from pathlib import Path

import pytest

from reward_server.dashboard.pages import groups
from reward_server.dashboard.pages.groups import Query
from reward_server.dashboard.rollout.grouping import GroupLine
from reward_server.dashboard.rollout.selection import MOST_GROUPS
from reward_server.wire.origin import Origin
from tests.reward_server.dashboard.looking import HOSTILE, html, refuse_harm, shown, sources
from tests.reward_server.storing import Given, scored, stored, two

LOW: Given = {"a": -10.0, "b": -10.0}
HIGH: Given = {"a": 10.0, "b": 10.0}
MIDDLE: Given = {"a": 1.0, "b": 1.0}
LOST: Given = {"a": None, "b": 1.0}
STEP: dict[str, list[Given]] = {
    "alive": [LOW, HIGH, MIDDLE],
    "right": [HIGH, HIGH],
    "wrong": [LOW, LOW],
    "equal": [MIDDLE, MIDDLE],
    "unscored": [LOST, HIGH],
    "alone": [HIGH],
}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "s"
    for step in (3, 1, 2):
        stored(path, scored(two(), STEP, Origin(None, "r", step)))
    return path


def found(path: Path, **said: object) -> list[GroupLine]:
    with sources(path) as read:
        return list(groups.view(read, Query(**said)).groups)  # type: ignore[arg-type]


def test_a_group_in_one_line(path: Path) -> None:
    lines = {line.name: line for line in found(path)}
    alive = lines["alive"]
    assert (alive.step, alive.size, alive.unscored, alive.dead) == (3, 3, 0, None)
    assert alive.mean == pytest.approx(1 / 3)
    assert alive.spread == pytest.approx(10.0166528)  # of -10, 10 and 1
    assert alive.components == {"a": pytest.approx(1 / 3), "b": pytest.approx(1 / 3)}
    lost = lines["unscored"]
    assert (lost.mean, lost.spread, lost.unscored) == (10.0, None, 1)
    assert lost.components == {"a": 10.0, "b": 5.5}
    assert lines["alone"].spread is None


def test_why_a_group_is_dead(path: Path) -> None:
    why = {line.name: line.dead for line in found(path, step=2)}
    assert why == {
        "alive": None,
        "alone": None,
        **{kind: kind for kind in ("right", "wrong", "equal", "unscored")},
    }


@pytest.mark.parametrize("kind", ["right", "wrong", "equal", "unscored"])
def test_only_the_dead_of_a_kind_over_all_steps(path: Path, kind: str) -> None:
    assert [(line.step, line.name) for line in found(path, dead=kind)] == [(step, kind) for step in (1, 2, 3)]


def test_dead_or_alive(path: Path) -> None:
    assert {line.name for line in found(path, dead="any")} == {"right", "wrong", "equal", "unscored"}
    assert {line.name for line in found(path, dead="none")} == {"alive"}


def test_kept_statistics_change_nothing(path: Path) -> None:
    before = found(path, dead="any")
    with sources(path) as read:
        read.history(read.run(None))
    assert found(path, dead="any") == before


def test_steps(path: Path) -> None:
    def steps(**said: int) -> set[int]:
        return {line.step for line in found(path, **said)}

    assert steps() == {3}
    assert steps(step=1) == {1}
    assert steps(first=1, last=2) == {1, 2}
    assert steps(first=2) == {2, 3}
    assert steps(last=2) == {1, 2}
    assert steps(first=9) == set()


def test_sorted(path: Path) -> None:
    def names(**said: object) -> list[str]:
        return [line.name for line in found(path, step=1, **said)]

    assert names() == list(STEP)
    assert names(descending=True) == list(reversed(STEP))
    assert names(sort="name") == sorted(STEP)
    assert names(sort="mean")[0] == "wrong"
    assert names(sort="spread", descending=True)[0] == "alive"
    assert set(names(sort="spread", descending=True)[-2:]) == {"unscored", "alone"}  # without a spread: last
    assert names(sort="unscored", descending=True)[0] == "unscored"
    assert names(sort="size", descending=True)[0] == "alive"


def test_a_page_ends_with_a_step_and_the_next_begins_behind_it(tmp_path: Path) -> None:
    many = {f"g{number}": [MIDDLE, MIDDLE] for number in range(MOST_GROUPS // 2)}
    for step in range(5):
        stored(tmp_path / "s", scored(two(), many, Origin(None, "r", step)))
    with sources(tmp_path / "s") as read:
        page = groups.view(read, Query(first=0, dead="equal"))
    assert (page.first, page.last, page.before, page.after) == (0, 1, None, 2)
    links = re.findall(
        r'<a href="([^"]*)" rel="next">', html(groups.PAGE, tmp_path / "s", first="0", dead="equal")
    )
    assert links == ["/groups?run=1&amp;first=2&amp;dead=equal"]


def test_a_step_after_the_other(path: Path) -> None:
    page = html(groups.PAGE, path)
    assert re.findall(r'href="([^"]*)" rel="(\w+)"', page.partition("<main")[2]) == [
        ("/groups?run=1&amp;step=2", "prev")
    ]
    page = html(groups.PAGE, path, step="2")
    assert re.findall(r'href="([^"]*)" rel="(\w+)"', page.partition("<main")[2]) == [
        ("/groups?run=1&amp;step=1", "prev"),
        ("/groups?run=1&amp;step=3", "next"),
    ]


def test_what_is_absent_is_a_dash(path: Path) -> None:
    rows = re.findall(r"<tr data-row.*?</tr>", html(groups.PAGE, path))
    read = [re.sub(r"<[^>]*>", " ", row).split() for row in rows]
    assert ["unscored", "3", "2", "10", "\u2013", "unscored", "1", "10", "5.5"] in read
    assert ["alone", "3", "1", "10", "\u2013", "\u2013", "0", "10", "10"] in read


def test_hostile_names_are_inert(tmp_path: Path) -> None:
    name = HOSTILE[:200].replace("\ud800", "")
    stored(tmp_path / "s", scored(two(), {name: [LOW, HIGH]}, Origin(None, name, 1)))
    refuse_harm(html(groups.PAGE, tmp_path / "s"))


def test_nothing_there_is_said(path: Path) -> None:
    assert "No such group in these steps." in shown(groups.PAGE, path, first="100")
