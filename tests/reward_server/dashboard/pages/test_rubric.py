"""Criteria of a run, by hand: base rates, spreads, weights, and agreement with labels."""

from pathlib import Path

import pytest

from reward_server.dashboard.pages import rubric
from reward_server.dashboard.pages.rubric import Query, View
from reward_server.dashboard.sources import Live
from reward_server.report.markup import joined
from reward_server.reward.loading import load_reward
from reward_server.wire.origin import Origin
from tests.reward_server.dashboard.filling import HOSTILE, inert, judged, sources, step, verdict
from tests.reward_server.storing import stored


def shown(path: Path) -> View:
    with sources(path) as found:
        return rubric.view(found, Query())


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Two steps of two criteria; in the second, four rollouts that people labelled."""
    file = tmp_path / "s"
    first = judged(
        Origin(None, "r", 0),
        [verdict("c", 0.0), verdict("d", 1.0)],
        [verdict("c", 1.0), verdict("d", 1.0)],
    )
    second = judged(
        Origin(None, "r", 1),
        [verdict("c", 1.0, 2.0), verdict("d", 1.0)],
        [verdict("c", 1.0, 2.0), verdict("d", 1.0)],
        [verdict("c", 1.0, 2.0), verdict("d", None)],
        [verdict("c", 0.0, 2.0), verdict("d", 1.0)],
        labels=[{"c": True}, {"c": True}, {"c": False}, {"c": False}],
    )
    stored(file, first, second)
    return file


def test_base_rates_and_spreads_by_hand(path: Path) -> None:
    found = shown(path)
    assert found.met == {"c": [(0, 0.5), (1, 0.75)], "d": [(0, 1.0), (1, 1.0)]}
    # 0 and 1: the root of .5; 1, 1, 1, 0: squares of .0625 x 3 + .5625 = .75, over 3
    assert found.within["c"] == [(0, pytest.approx(0.5**0.5)), (1, 0.5)]
    assert found.within["d"] == [(0, 0.0), (1, 0.0)]
    assert (found.newest["c"].met, found.newest["c"].verdicts) == (0.75, 4)


def test_the_sample_by_hand(path: Path) -> None:
    found = shown(path).sampled
    c, d = found["c"], found["d"]
    assert (c.verdicts, c.unscored, c.least_weight, c.greatest_weight) == (6, 0, 1.0, 2.0)
    # three of four as labelled; by chance .75 x .5 + .25 x .5 = .5
    assert (c.labelled, c.agreement) == (4, 0.75)
    assert c.kappa == pytest.approx(0.5)
    assert (d.verdicts, d.unscored, d.labelled, d.agreement, d.kappa) == (6, 1, 0, None, None)


def test_a_criterion_that_tells_nobody_apart_is_named(path: Path) -> None:
    text = joined(rubric.body(shown(path), Query()))
    row_of_c, row_of_d = text.partition("<tbody>")[2].split("<tr>")[1:3]
    assert "always met" in row_of_d
    assert "always met" not in row_of_c
    assert "1 to 2" in row_of_c


def test_more_criteria_than_colours_get_charts_of_their_own(tmp_path: Path) -> None:
    path = tmp_path / "s"
    verdicts = [verdict(f"c{number}", 1.0) for number in range(11)]
    stored(path, judged(Origin(None, "r", 0), verdicts, verdicts))
    assert [chart.title for chart in rubric.charts(shown(path))] == [
        "Base rate, 1 to 8",
        "Spread within a group, 1 to 8",
        "Base rate, 9 to 11",
        "Spread within a group, 9 to 11",
    ]


def test_a_reward_without_a_rubric_says_so(tmp_path: Path) -> None:
    path = tmp_path / "s"
    stored(path, step("r", 0, (1.0, 0.0)))
    assert "No component of this reward has a rubric." in joined(rubric.body(shown(path), Query()))


def test_names_from_outside_are_inert(tmp_path: Path) -> None:
    path = tmp_path / "s"
    stored(path, judged(Origin(None, HOSTILE, 0), [verdict(HOSTILE, 1.0)], [verdict(HOSTILE, 0.0)]))
    assert "alert(1)" in inert(rubric.body(shown(path), Query()))


def test_what_is_asked_stands_under_its_name_where_the_rubric_is_served(path: Path, tmp_path: Path) -> None:
    (tmp_path / "rubric.yaml").write_text(
        "schema: rubric/v1\nid: x\nversion: '1'\ninputs: {text: {from: completion}}\n"
        "criteria: [{id: c, ask: Does it hold <b>up</b>?}]\n"
    )
    (tmp_path / "reward.yaml").write_text(
        "name: r\ncomponents: {rubric: {use: rubric, rubric: rubric.yaml, judge: j}}\n"
        "judges: {j: {use: scripted, chances: {}}}\n"
    )
    function = load_reward(tmp_path / "reward.yaml")
    with sources(path) as found:
        run = found.run(None)
        live = Live({run.reward: function}, {}, 0)
        view = rubric.view(found._replace(live=live), Query())
    assert view.statements == {"c": "Does it hold <b>up</b>?"}
    assert "Does it hold &lt;b&gt;up&lt;/b&gt;?" in joined(rubric.body(view, Query()))
