"""The Grafana dashboard: panels ask for what the server exports, and all of that has its panel."""

import importlib.util
import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from reward_server.metrics_page.families import Family, families
from reward_server.metrics_page.page import served
from tests import promql
from tests.processes import ROOT

FOLDER = ROOT / "examples" / "grafana"
TARGET_LABELS = {"job", "instance"}
"""What Prometheus adds to every series by itself."""
NOT_SHOWN = {
    "process_virtual_memory_bytes": "resident memory tells more, and Python reserves what it never uses",
}
"""Metrics without a panel, and why."""

Json = dict[str, Any]

DASHBOARD: Json = json.loads((FOLDER / "gavel.json").read_text(encoding="utf-8"))
FAMILIES = served()
SAMPLES = {name: (family, labels) for family in FAMILIES for name, labels in family.samples.items()}


def panels() -> Iterator[Json]:
    """Every panel that shows something."""
    return (panel for panel in DASHBOARD["panels"] if panel["type"] != "row")


TARGETS = [
    pytest.param(target, id=f"{panel['title']}-{target['refId']}")
    for panel in panels()
    for target in panel["targets"]
]
every_target = pytest.mark.parametrize("target", TARGETS)


def problems(expression: str, legend: str = "") -> list[str]:
    """What is wrong with an expression, against what the server exports."""
    found = promql.read(expression)
    wrong = [f"no metric {name}" for name in found.metrics - SAMPLES.keys()]
    if wrong:
        return wrong
    for selector in found.selectors:
        family, labels = SAMPLES[selector.metric]
        unknown = {*selector.labels} - {*labels} - TARGET_LABELS
        wrong += [f"{selector.metric} has no label {name}" for name in unknown]
        if (family.kind != "gauge") != (
            "rate" in selector.within
        ) and selector.metric != "process_start_time_seconds":
            wrong.append(f"{selector.metric} is a {family.kind}")
        if selector.metric.endswith("_bucket") != ("histogram_quantile" in selector.within):
            wrong.append(f"{selector.metric} and histogram_quantile go together")
    for names, selectors in found.grouped:
        wrong += [
            f"by {name}: not of {s.metric}"
            for s in selectors
            for name in names
            if name not in SAMPLES[s.metric][1]
        ]
        wrong += [
            f"by without le: {s.metric}"
            for s in selectors
            if s.metric.endswith("_bucket") and "le" not in names
        ]
    shown = {*re.findall(r"\{\{(\w+)\}\}", legend)}
    return wrong + [f"the legend's {name} is gone" for name in shown - _left(found)]


def _left(found: promql.Found) -> set[str]:
    """The labels that a curve still has."""
    if found.grouped:
        return {name for names, _ in found.grouped for name in names if name != "le"}
    return {label for s in found.selectors for label in SAMPLES[s.metric][1]} | TARGET_LABELS


@every_target
def test_every_expression_names_only_what_the_server_exports(target: Json) -> None:
    assert problems(target["expr"], target["legendFormat"]) == []


@every_target
def test_curves_of_one_panel_are_told_apart(target: Json) -> None:
    """Several series under one name would be one colour and one riddle."""
    found = promql.read(target["expr"])
    kept = _left(found) if found.grouped or re.search(r"\{\{", target["legendFormat"]) else set()
    shown = {*re.findall(r"\{\{(\w+)\}\}", target["legendFormat"])}
    assert kept - shown - TARGET_LABELS <= {"reward"}, "the replica and its judge say enough"


def test_every_metric_is_in_a_panel_or_has_a_reason_not_to_be() -> None:
    shown = {SAMPLES[name][0].name for target in _targets() for name in promql.read(target["expr"]).metrics}
    exported = {family.name for family in FAMILIES}
    assert exported - shown - NOT_SHOWN.keys() == set()
    assert NOT_SHOWN.keys() <= exported - shown


def _targets() -> Iterator[Json]:
    return (target for panel in panels() for target in panel["targets"])


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ("sum (rate(gavel_rollout_total[5m]))", "no metric gavel_rollout_total"),
        ("sum (rate(gavel_rollouts[5m]))", "no metric gavel_rollouts"),
        ('sum (rate(gavel_rollouts_total{cause="x"}[5m]))', "has no label cause"),
        ("sum by (judge) (rate(gavel_rollouts_total[5m]))", "by judge: not of gavel_rollouts_total"),
        ("gavel_rollouts_total", "is a counter"),
        ("rate(gavel_groups_waiting[5m])", "is a gauge"),
        ("sum (rate(gavel_judge_reply_duration_seconds_bucket[5m]))", "go together"),
        (
            "histogram_quantile(0.5, sum by (judge) (rate(gavel_judge_disagreement_bucket[5m])))",
            "by without le",
        ),
    ],
)
def test_the_check_finds(wrong: str, why: str) -> None:
    assert any(why in problem for problem in problems(wrong))


@pytest.mark.parametrize(
    "broken",
    [
        "sum(rat(gavel_rollouts_total[5m]))",
        "sum by judge (x)",
        "x{a=1}",
        "x[5m]",
        "rate(x)",
        "(x",
        "x)",
        "x y",
        "'x'",
    ],
)
def test_the_reader_refuses(broken: str) -> None:
    with pytest.raises(SyntaxError):
        promql.read(broken)


def test_a_legend_cannot_name_a_label_that_was_summed_away() -> None:
    assert problems("sum by (reward) (rate(gavel_rollouts_total[5m]))", "{{status}}") == [
        "the legend's status is gone"
    ]


def test_the_choices_at_the_top_come_from_labels_that_exist_and_are_used() -> None:
    for variable in DASHBOARD["templating"]["list"][1:]:
        metric, label = re.fullmatch(r"label_values\((\w+), (\w+)\)", variable["query"]["query"]).groups()  # type: ignore[union-attr]
        assert label in {*SAMPLES[metric][1], *TARGET_LABELS}
    named = {variable["name"] for variable in DASHBOARD["templating"]["list"]}
    used = set(re.findall(r"\$\{?(\w+)", json.dumps(DASHBOARD["panels"])))
    assert used == named | {"__rate_interval"}


def test_the_file_is_what_its_description_makes() -> None:
    made = importlib.util.spec_from_file_location("dashboard", FOLDER / "dashboard.py")
    assert made is not None
    assert made.loader is not None
    module = importlib.util.module_from_spec(made)
    made.loader.exec_module(module)
    assert (FOLDER / "gavel.json").read_text(encoding="utf-8") == module.rendered(), (
        "run `python examples/grafana/dashboard.py`"
    )


def test_grafana_would_take_it() -> None:
    """Known kinds of panels, ids and places of their own, one source that can be chosen."""
    ids = [panel["id"] for panel in DASHBOARD["panels"]]
    assert len({*ids}) == len(ids)
    assert {panel["type"] for panel in DASHBOARD["panels"]} <= {"row", "timeseries", "stat", "table"}
    cells = [cell for panel in DASHBOARD["panels"] for cell in _cells(panel["gridPos"])]
    assert len({*cells}) == len(cells), "two panels lie on each other"
    assert max(x for x, _ in cells) == 23
    sources = {json.dumps(part["datasource"]) for panel in panels() for part in (panel, *panel["targets"])}
    assert sources == {'{"type": "prometheus", "uid": "${datasource}"}'}
    for panel in panels():
        letters = [target["refId"] for target in panel["targets"]]
        assert len({*letters}) == len(letters) > 0
        assert panel["description"].endswith((".", "docs/failures.md."))


def _cells(place: dict[str, int]) -> Iterator[tuple[int, int]]:
    for y in range(place["y"], place["y"] + place["h"]):
        yield from ((x, y) for x in range(place["x"], place["x"] + place["w"]))


def test_families_know_labels_before_anything_is_counted() -> None:
    from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

    registry = CollectorRegistry()
    Counter("a", "A.", ["x"], registry=registry)
    Gauge("b", "B.", registry=registry)
    Histogram("c_seconds", "C.", ["y"], registry=registry)
    assert families(registry) == [
        Family("a_total", "counter", ("x",), "A."),
        Family("b", "gauge", (), "B."),
        Family("c_seconds", "histogram", ("y",), "C."),
    ]
    assert families(registry)[2].samples == {
        "c_seconds_bucket": ("y", "le"),
        "c_seconds_sum": ("y",),
        "c_seconds_count": ("y",),
    }
