"""What judging took, by hand, what it costs, and what came of probing judges."""

from pathlib import Path

import pytest

from judges.call import Call
from reward_server.dashboard.page import PageError, parse
from reward_server.dashboard.pages import judge
from reward_server.dashboard.pages.judge import Query, View
from reward_server.report.markup import joined
from reward_server.wire.origin import Origin
from rubrics.cause import Cause
from tests.reward_server.dashboard.filling import (
    HOSTILE,
    alarm,
    anchor,
    call,
    canary,
    inert,
    probe,
    raise_alarms,
    sources,
    step,
)
from tests.reward_server.storing import scored, stored, two


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Two steps: three calls, one of which failed, and two answers without one; then none at all."""
    file = tmp_path / "s"
    calls = [
        call("g/0/c", 0.5, cached=80),
        call("g/0/d", 1.5),
        call("g/1/c", 2.0, cause=Cause.JUDGE_TIMEOUT),
        *(Call(name=f"g/1/{name}", how="cached", started=0.0) for name in "de"),
    ]
    values = {"g": [{"a": 1.0, "b": 0.0}, {"a": 0.0, "b": 0.0}]}
    stored(file, scored(two(), values, Origin(None, "r", 0), calls), step("r", 1, (1.0, 1.0)))
    return file


def shown(path: Path, query: Query = Query()) -> View:  # noqa: B008 - immutable
    with sources(path) as found:
        return judge.view(found, query)


def test_totals_by_hand(path: Path) -> None:
    found = shown(path).totals
    assert (found.calls, found.failed, found.spared) == (3, 1, 2)
    assert (found.prompt_tokens, found.cached_tokens, found.completion_tokens) == (300, 80, 6)
    assert found.money is None


def test_its_curves_by_hand(path: Path) -> None:
    found = shown(path).curves
    assert found.seconds["p50"] == [(0, 1.5), (1, None)]
    assert found.seconds["p99"] == [(0, 2.0), (1, None)]
    assert found.questions == {"calls": [(0, 3), (1, 0)], "without a call": [(0, 2), (1, 0)]}
    assert found.failed["failed"] == [(0, pytest.approx(1 / 3)), (1, None)]
    assert found.cached["cached"] == [(0, pytest.approx(80 / 300)), (1, None)]


def test_money_by_hand(path: Path) -> None:
    # a million prompt tokens for 10, of cached ones for 1, of replies for 100: 220 and 80 and 6
    query = parse(Query, {"price_in": "10", "price_cached": "1", "price_out": "100"})
    assert shown(path, query).totals.money == pytest.approx((220 * 10 + 80 * 1 + 6 * 100) / 1e6)
    without = parse(Query, {"price_in": "10", "price_out": "100"})
    assert shown(path, without).totals.money == pytest.approx((300 * 10 + 6 * 100) / 1e6)


@pytest.mark.parametrize("price", ["-1", "x", "nan", "1e7", "inf"])
def test_prices_are_numbers(price: str) -> None:
    with pytest.raises(PageError):
        parse(Query, {"price_in": price})


def test_without_probes_it_says_how_to_have_them(path: Path) -> None:
    text = joined(judge.body(shown(path), Query()))
    assert "were not probed" in text
    assert "<code>watch</code>" in text


def test_probes_by_hand(path: Path) -> None:
    probe(path, canary(0, 1), anchor(0, 0.06), canary(1, 5, rollouts=[2]), anchor(1, 0.30))
    raise_alarms(path, alarm("judge_drift", subject="c", since=1, last=1))
    found = shown(path)
    text = joined(judge.body(found, Query()))
    assert [each.found for each in found.probes] == [1, 0.06, 5, 0.30]
    for told in ("25%", "5 of 20", "0.3", "0.05", "0.25 \u00b1 0.01", '<a href="/rollouts/2?run=1">2</a>'):
        assert told in text, told
    (told_of,) = text.partition("newest rounds")[2].partition("</table>")[0].split("<tr>")[1:]
    assert "5 of 20, step 1" in told_of
    assert "over 10, step 1" in told_of
    canaries, anchors = text.split("<figure")[-2:]
    assert '[["c",[[0,0.05],[1,0.25]]]]' in canaries.replace("&quot;", '"').replace(".0,", ",")
    assert '[["c",[[0,0.06],[1,0.3]]]]' in anchors.replace("&quot;", '"').replace(".0,", ",")
    assert "span" not in canaries.partition("legend")[0].replace("<span", "")
    assert 'class="span"' in anchors


def test_alarms_about_judging_alone_are_its_own(path: Path) -> None:
    raise_alarms(path, alarm(), alarm("unscored_fraction", subject="judge_timeout", since=0, last=0))
    found = shown(path)
    assert [each.name for each in found.alarms] == ["unscored_fraction"]
    marked = [chart.title for chart in judge.charts(found.curves, found.alarms) if chart.spans]
    assert marked == ["Calls that brought nothing"]


def test_names_from_outside_are_inert(tmp_path: Path) -> None:
    path = tmp_path / "s"
    stored(path, step(HOSTILE, 0, (1.0, 0.0), (0.0, 1.0)))
    probe(path, canary(0, 1, criterion=HOSTILE))
    assert "alert(1)" in inert(judge.body(shown(path), Query()))
