"""The overview's numbers, by hand, and what it says of alarms."""

from pathlib import Path

import pytest

from reward_server.dashboard.page import Page
from reward_server.dashboard.pages import overview
from reward_server.dashboard.pages.overview import PAGE, Query, View
from reward_server.report.markup import joined
from reward_server.store.database import StoreError
from tests.reward_server.dashboard.filling import HOSTILE, alarm, inert, raise_alarms, sources, step
from tests.reward_server.storing import stored


def shown(path: Path, run: str | None = None) -> View:
    with sources(path) as found:
        return overview.view(found, Query(run))


def drawn(path: Path) -> str:
    return joined(overview.body(shown(path), Query()))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Three steps of a run: mixed, dead and partly unscored."""
    file = tmp_path / "s"
    stored(
        file,
        step("r", 0, (1.0, 0.0), (0.0, 1.0)),
        step("r", 1, (1.0, 1.0), (1.0, 1.0)),
        step("r", 2, (1.0, 1.0), (None, 1.0)),
    )
    return file


def test_its_curves_by_hand(path: Path) -> None:
    found = shown(path).curves
    # rewards .75 a + .25 b: .75 and .25; 1 and 1; 1 and none
    assert found.mean["reward"] == [(0, 0.5), (1, 1.0), (2, 1.0)]
    assert found.mean["a"] == [(0, 0.5), (1, 1.0), (2, 1.0)]
    assert found.mean["b"] == [(0, 0.5), (1, 1.0), (2, 1.0)]
    # of .75 and .25: deviations of .25, squares of .0625 twice, over one: the root of .125
    assert found.within["reward"] == [(0, pytest.approx(0.125**0.5)), (1, 0.0), (2, None)]
    # cov(.75 a, r) / var(r) = (.375 x .25) / (.25 x .25) = 1.5 and -.5
    assert found.advantage_share["a"] == [(0, pytest.approx(1.5)), (1, None), (2, None)]
    assert found.advantage_share["b"] == [(0, pytest.approx(-0.5)), (1, None), (2, None)]
    assert found.dead_groups == {
        "right": [(0, 0.0), (1, 0.0), (2, 0.0)],
        "wrong": [(0, 0.0), (1, 0.0), (2, 0.0)],
        "equal": [(0, 0.0), (1, 1.0), (2, 0.0)],  # a reward of 1 out of 10
        "unscored": [(0, 0.0), (1, 0.0), (2, 1.0)],
    }
    assert found.unscored == {"judge_timeout": [(0, 0.0), (1, 0.0), (2, 0.5)]}
    assert found.odd["duplicates"] == [(0, 0.5), (1, 0.5), (2, 0.5)]
    assert found.odd["copies"] == [(0, 0.0), (1, 0.0), (2, 0.0)]


def test_the_newest_run_is_shown_unless_one_is_named(path: Path) -> None:
    stored(path, step("later", 0, (1.0, 0.0), (0.0, 0.0)))
    assert shown(path).run.name == "later"
    assert shown(path, "r").run.name == shown(path, "1").run.name == "r"
    assert [choice.name for choice in shown(path).runs] == ["later / test", "r / test"]
    with pytest.raises(StoreError, match="there is no run 'nobody'"):
        shown(path, "nobody")


def test_a_run_without_alarms_says_so_quietly(path: Path) -> None:
    text = drawn(path)
    assert "No alarm is raised." in text
    assert 'class="span"' not in text
    assert "<details" not in text


def test_raised_alarms_stand_on_top_the_worst_first_and_those_that_are_over_are_folded(path: Path) -> None:
    raise_alarms(
        path,
        alarm("dead_groups", subject="wrong", since=0, last=1, until=2, seen="gone by now"),
        alarm("duplicates_rising", since=1, seen="many are alike"),
        alarm("length_collapse", level="critical", since=1, seen="a median of 20 words", rollouts=[3, 1]),
    )
    text = drawn(path)
    assert "2 alarms are raised" in text
    collapse, alike, folded = map(text.index, ("length_collapse", "duplicates_rising", "<details>"))
    assert collapse < alike < folded < text.index("dead_groups: wrong") < text.index("Mean of each component")
    assert "A median of 20 words." in text
    assert "Read some of them." in text
    assert '<a href="/rollouts/3?run=1">3</a>, <a href="/rollouts/1?run=1">1</a>' in text
    assert "1 is over" in text


def test_charts_mark_the_steps_of_their_alarms(path: Path) -> None:
    raise_alarms(path, alarm(since=0, last=1, until=None), alarm("store_failing"))
    _, *pictures = drawn(path).split("<figure")
    marked = [
        picture.partition("<figcaption>")[2].partition("<")[0]
        for picture in pictures
        if 'class="span"' in picture
    ]
    assert marked == ["Length of the reasoning"]


def test_every_alarm_that_can_be_seen_in_the_overview_marks_one_of_its_charts(path: Path) -> None:
    from reward_server.alarms.rules import HISTORY_RULES

    elsewhere = {"judge_false_positives", "judge_drift"}
    found = shown(path).curves
    for rule in HISTORY_RULES:
        marked = [chart.title for chart in overview.charts(found, [alarm(rule.name)]) if chart.spans]
        assert bool(marked) == (rule.name not in elsewhere), rule.name


def test_names_from_outside_are_inert(tmp_path: Path) -> None:
    path = tmp_path / "s"
    stored(path, step(HOSTILE, 0, (1.0, 0.0), (0.0, 1.0)))
    raise_alarms(path, alarm(subject=HOSTILE, seen=HOSTILE.replace("\u202e", "")))
    text = inert(overview.body(shown(path), Query()))
    assert "alert(1)" in text


def test_it_follows_a_run(path: Path) -> None:
    assert isinstance(PAGE, Page)
    assert PAGE.live
    before = shown(path).curves.mean["reward"]
    stored(path, step("r", 3, (0.0, 0.0), (0.0, 0.0)))
    assert shown(path).curves.mean["reward"] == [*before, (3, 0.0)]


def test_what_was_computed_just_now_is_drawn_as_what_is_read_back(path: Path) -> None:
    first = drawn(path)
    assert drawn(path) == first
