"""docs/metrics.md, made of what the server exports.

python -m reward_server.metrics_page > docs/metrics.md
"""

import re
from collections.abc import Iterable, Iterator, Sequence

from reward_server.http.app import make_app
from reward_server.limits import Limits
from reward_server.metrics.metrics import Metrics
from reward_server.metrics_page.families import Family, families
from reward_server.metrics_page.labels import OF_ONE, Label, label
from reward_server.service import Service

HEAD = """\
# Metrics

<!-- Written by `python -m reward_server.metrics_page > docs/metrics.md`: edit the metrics, not the page. -->

`GET /metrics` answers in Prometheus' text format, with the bearer token where the server has one:

```yaml
scrape_configs:
  - job_name: gavel
    authorization: {credentials_file: gavel-token}
    static_configs: [{targets: ["127.0.0.1:8900"]}]
```

`examples/grafana/gavel.json` is a dashboard over all of it, for Grafana 11 and later: *Dashboards > New >
Import*, then choose your Prometheus at its top. `examples/grafana/panels.py` describes its panels, and
`python examples/grafana/dashboard.py` writes it.

Names follow [Prometheus' conventions](https://prometheus.io/docs/practices/naming/): base units (seconds,
bytes) at the end of the name, `_total` for what only goes up, `_info` for what is always 1 and says it in
its labels. Labels come from the configuration and from the closed sets [below](#labels), never from a
request: no completion, prompt, id or path becomes one, so no policy and no trainer can fill the memory of
your Prometheus.
"""

SECTIONS = (
    ("Requests", r"gavel_(http_|requests_|repeated_requests)"),
    ("Judges' replicas", r"gavel_judge_replica_"),
    ("Judges", r"gavel_judge_"),
    ("The rollout store", r"gavel_store_"),
    ("Alarms", r"gavel_alarm"),
    ("Rollouts, groups and rewards", r"gavel_"),
    ("The process", r"process_"),
)
"""Headings, and what the names of their metrics begin with; the first that fits."""
ORDER = (
    "Requests",
    "Rollouts, groups and rewards",
    "Judges",
    "Judges' replicas",
    "The rollout store",
    "Alarms",
    "The process",
)

UNITS = {
    "gavel_component_mean": "that of the component",
    "gavel_judge_disagreement": "0 to 1",
    "gavel_judge_replica_up": "0 or 1",
    "gavel_judge_tokens_total": "tokens",
    "gavel_rubric_info": "1",
}
"""Units that no name tells."""
BASE_UNITS = ("seconds", "bytes")


def served() -> list[Family]:
    """Every metric of a server, in the order of their registration."""
    metrics = Metrics()
    make_app(Service({}, Limits()), metrics)
    return families(metrics.registry)


def page(found: Sequence[Family]) -> str:
    """The page on these metrics. Raises KeyError for a label that `metric_labels` does not describe."""
    return "\n".join([HEAD, *(line for title in ORDER for line in _section(title, found)), *_sets(found)])


def section_of(name: str) -> str:
    """The heading under which a metric stands."""
    return next(title for title, prefix in SECTIONS if re.match(prefix, name))


def unit(family: Family) -> str:
    """What the values of a metric are counted in."""
    if family.name in UNITS:
        return UNITS[family.name]
    words = family.name.removesuffix("_total").split("_")
    return words[-1] if words[-1] in BASE_UNITS else "count"


def _section(title: str, found: Sequence[Family]) -> Iterator[str]:
    here = [family for family in found if section_of(family.name) == title]
    if not here:
        return
    yield from (f"## {title}", "", "| metric | type | labels | unit | |", "|---|---|---|---|---|")
    yield from map(_row, here)
    yield ""


def _row(family: Family) -> str:
    labels = ", ".join(f"`{name}`" for name in family.labels)
    return f"| `{family.name}` | {family.kind} | {labels} | {unit(family)} | {_clause(family.meaning)} |"


def _clause(text: str) -> str:
    return (text[0].lower() + text[1:] if text[1:2].islower() else text).removesuffix(".")


def _sets(found: Iterable[Family]) -> Iterator[str]:
    yield from ("## Labels", "", "| label | of | | closed set |", "|---|---|---|---|")
    seen: set[tuple[str, str]] = set()
    for family in found:
        for name in family.labels:
            of = f"`{family.name}`" if (family.name, name) in OF_ONE else ""
            if (name, of) not in seen:
                seen.add((name, of))
                yield _label_row(name, of, label(family.name, name))
    yield ""


def _label_row(name: str, of: str, found: Label) -> str:
    values = ", ".join(f"`{value}`" for value in found.values)
    return f"| `{name}` | {of} | {found.meaning} | {values} |"
