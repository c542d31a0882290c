"""docs/alarms.md says of each alarm what the code does."""

import re
from collections.abc import Iterator

import pytest
from prometheus_client import CollectorRegistry

from reward_server.alarms.rule import Rule
from reward_server.alarms.rules import RULES
from reward_server.metrics.alarms import AlarmMetrics
from reward_server.reward.alarm_options import AlarmOptions, WatchOptions
from rubrics.field_docs import field_docs
from rubrics.options import Options
from tests.pages import fences, text_of

PAGE = text_of("docs/alarms.md")
SECTIONS = {part.partition("`\n")[0]: part for part in PAGE.partition("\n## Probing")[0].split("\n### `")[1:]}


def option_rows(options: Options, prefix: str = "") -> Iterator[str]:
    docs = field_docs(type(options))
    for name in type(options).model_fields:
        yield f"| `{prefix}{name}` | {getattr(options, name):g} | {' '.join(docs[name].split())} |"


def flat(text: str) -> str:
    return " ".join(text.split())


def test_every_alarm_has_a_section_in_the_order_in_which_they_are_told() -> None:
    assert list(SECTIONS) == [rule.name for rule in RULES]


@pytest.mark.parametrize("rule", RULES, ids=[rule.name for rule in RULES])
def test_a_section_has_the_limits_the_subject_and_what_to_do(rule: Rule[Options]) -> None:
    section = SECTIONS[rule.name]
    rows = list(option_rows(getattr(AlarmOptions(), rule.name)))
    assert [row for row in section.splitlines() if row.startswith("| `")] == rows
    assert (f"Subject: {rule.subject}." in section) == bool(rule.subject)
    told = [] if rule.name == "unscored_fraction" else rule.advice.values()  # its own page says it
    assert [advice for advice in told if advice not in flat(section)] == []


def test_the_rule_for_prometheus_asks_for_the_metric_by_its_own_labels() -> None:
    (found,) = fences("docs/alarms.md", "yml")
    rule = dict(re.findall(r"^ +(?:- )?(\w+): (.+)$", found, re.MULTILINE))
    registry = CollectorRegistry()
    AlarmMetrics(registry).active({("made", "dead_groups", "right"): 1})
    sample = next(each for metric in registry.collect() for each in metric.samples if each.value == 1)
    labels = ", ".join(sample.labels)
    assert rule["expr"] == f"max by ({labels}) ({sample.name}) > 0"
    assert set(re.findall(r"\$labels\.(\w+)", rule["summary"])) == set(sample.labels)


def test_the_options_of_the_sections_are_there() -> None:
    assert [row for row in option_rows(WatchOptions(), "watch.") if row not in PAGE] == []
    assert f"| `baseline` | {AlarmOptions().baseline} |" in PAGE
