"""gavel.json, made of panels.py: `python examples/grafana/dashboard.py`."""

import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))

from panels import ROWS, Panel, Query, Row  # noqa: E402 - beside this file

FILE = HERE / "gavel.json"
SOURCE = {"type": "prometheus", "uid": "${datasource}"}
HEIGHTS = {"timeseries": 8, "table": 8, "stat": 4}
WIDTH = 24

Json = dict[str, object]

VARIABLES: Sequence[tuple[str, str]] = (
    ("reward", "label_values(gavel_accepted_rollouts_total, reward)"),
    ("judge", "label_values(gavel_judge_replica_up, judge)"),
    ("job", "label_values(gavel_requests_in_progress, job)"),
)
"""What can be chosen at the top, and where the choices come from."""


def dashboard(rows: Sequence[Row] = ROWS) -> Json:
    """The dashboard as Grafana 11 and later import it."""
    return {
        "uid": "gavel",
        "title": "Gavel",
        "description": "Rewards, groups and judges of Gavel. Every metric is explained in docs/metrics.md.",
        "tags": ["gavel"],
        "schemaVersion": 39,
        "version": 1,
        "editable": True,
        "graphTooltip": 1,
        "time": {"from": "now-1h", "to": "now"},
        "refresh": "10s",
        "timezone": "browser",
        "annotations": {"list": []},
        "templating": {"list": [_source(), *(_variable(name, query) for name, query in VARIABLES)]},
        "panels": list(_numbered(rows)),
    }


def _source() -> Json:
    return {
        "name": "datasource",
        "label": "Prometheus",
        "type": "datasource",
        "query": "prometheus",
        "hide": 0,
    }


def _variable(name: str, query: str) -> Json:
    return {
        "name": name,
        "label": name,
        "type": "query",
        "datasource": SOURCE,
        "query": {"query": query, "refId": name},
        "definition": query,
        "refresh": 2,
        "sort": 1,
        "includeAll": True,
        "allValue": ".*",
        "multi": True,
        "current": {"text": ["All"], "value": ["$__all"]},
    }


def _numbered(rows: Sequence[Row]) -> Iterator[Json]:
    for number, panel in enumerate(_placed(rows), start=1):
        yield {"id": number, **panel}


def _placed(rows: Sequence[Row]) -> Iterator[Json]:
    """Rows below each other, panels from left to right; each line is as high as its highest panel."""
    y = 0
    for row in rows:
        yield {
            "type": "row",
            "title": row.title,
            "collapsed": False,
            "panels": [],
            "gridPos": _at(0, y, WIDTH, 1),
        }
        y, x, height = y + 1, 0, 0
        for panel in row.panels:
            if x + panel.width > WIDTH:
                x, y, height = 0, y + height, 0
            yield {**_panel(panel), "gridPos": _at(x, y, panel.width, HEIGHTS[panel.kind])}
            x, height = x + panel.width, max(height, HEIGHTS[panel.kind])
        y += height


def _at(x: int, y: int, width: int, height: int) -> Json:
    return {"x": x, "y": y, "w": width, "h": height}


def _panel(panel: Panel) -> Json:
    queries = zip("ABCDEFGH", panel.queries, strict=False)
    return {
        "type": panel.kind,
        "title": panel.title,
        "description": panel.about,
        "datasource": SOURCE,
        "fieldConfig": {"defaults": {"unit": panel.unit, **_style(panel)}, "overrides": []},
        "options": _options(panel),
        "targets": [_target(letter, query, panel.kind) for letter, query in queries],
        **({"transformations": [_LABELS]} if panel.kind == "table" else {}),
    }


_LABELS = {"id": "organize", "options": {"excludeByName": {"Time": True, "Value": True}}}


def _style(panel: Panel) -> Json:
    if panel.kind != "timeseries":
        return {}
    stacked = {"fillOpacity": 30, "stacking": {"mode": "normal", "group": "A"}} if panel.stacked else {}
    return {**panel.bounds, "custom": {"lineWidth": 1, "showPoints": "never", **stacked}}


def _options(panel: Panel) -> Json:
    if panel.kind == "stat":
        return {"reduceOptions": {"calcs": ["lastNotNull"]}, "graphMode": "area", "colorMode": "none"}
    if panel.kind == "table":
        return {"showHeader": True}
    return {
        "legend": {"displayMode": "list", "placement": "bottom"},
        "tooltip": {"mode": "multi", "sort": "desc"},
    }


def _target(letter: str, query: Query, kind: str) -> Json:
    instant = {"instant": True, "range": False, "format": "table"} if kind == "table" else {"range": True}
    return {
        "refId": letter,
        "datasource": SOURCE,
        "expr": query.expr,
        "legendFormat": query.legend,
        **instant,
    }


def rendered() -> str:
    """The file's content."""
    return json.dumps(dashboard(), indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    FILE.write_text(rendered(), encoding="utf-8")
