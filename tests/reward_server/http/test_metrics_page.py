"""What docs/metrics.md is made of: names by Prometheus' conventions, and closed sets that are closed."""

import re

import pytest
from prometheus_client.parser import text_string_to_metric_families

from reward_server.metrics_page.families import Family
from reward_server.metrics_page.labels import OF_ONE, label
from reward_server.metrics_page.page import ORDER, SECTIONS, UNITS, page, section_of, served, unit
from tests.reward_server.http.serving import Served, batch, rollout

FAMILIES = served()
every_family = pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.name)

UNIT_WORDS = ("second", "byte", "ratio", "meter", "gram", "volt", "celsius")
NOT_BASE = r"_(ms|millis\w*|micros\w*|nanos\w*|minutes?|hours?|days?|kb|mb|gb|kib|mib|gib|bits|percent)(_|$)"


@every_family
def test_names_keep_to_the_conventions(family: Family) -> None:
    """https://prometheus.io/docs/practices/naming: prefix, base units last, _total on counters only."""
    assert re.fullmatch(r"(gavel|process)(_[a-z]+)+", family.name)
    assert family.name.endswith("_total") == (family.kind == "counter")
    assert not re.search(NOT_BASE, family.name)
    stem = family.name.removesuffix("_total")
    assert not re.search(rf"({'|'.join(UNIT_WORDS)})s?_", stem), "a unit goes last"
    assert not re.search(r"_(count|sum|bucket|total|gauge|counter|histogram)(_|$)", stem)
    assert not {*family.labels} & {"le", "quantile", "job", "instance"}


@every_family
def test_every_metric_says_what_it_means(family: Family) -> None:
    assert family.meaning
    assert all(label(family.name, name).meaning for name in family.labels)
    assert unit(family)


def test_nothing_is_described_that_is_not_there() -> None:
    pairs = {(family.name, name) for family in FAMILIES for name in family.labels}
    assert OF_ONE.keys() <= pairs
    assert UNITS.keys() <= {family.name for family in FAMILIES}
    assert {title for title, _ in SECTIONS} == {*ORDER}


def test_an_undescribed_label_is_an_error() -> None:
    with pytest.raises(KeyError):
        page([Family("gavel_x", "gauge", ("colour",), "X.")])


def test_the_most_specific_section_has_the_metric() -> None:
    assert section_of("gavel_judge_replica_up") == "Judges' replicas"
    assert section_of("gavel_judge_hedges_total") == "Judges"
    assert section_of("gavel_rollouts_total") == "Rollouts, groups and rewards"


def test_a_row_of_the_page() -> None:
    assert (
        "| `gavel_unscored_rollouts_total` | counter | `reward`, `cause` | count | "
        "rollouts that got null instead of a number, by cause |"
    ) in page(FAMILIES)


def test_label_values_of_a_real_server_are_of_the_closed_sets(server: Served) -> None:
    server.score(batch())
    server.score([rollout("unscored", "x", ground_truth=None)])
    server.refusal(b"no json", 400)
    assert server.client.get("/no/such/route").status_code == 404
    assert server.client.post("/openrlhf", json={"query": ["x"], "prompts": ["x"]}).status_code in {
        200,
        422,
        503,
    }
    exported = {name: family for family in FAMILIES for name in family.samples}
    seen = set()
    for found in text_string_to_metric_families(server.client.get("/metrics").text):
        for sample in found.samples:
            family = exported[sample.name]
            assert {*sample.labels} == {*family.samples[sample.name]}
            for name, value in sample.labels.items():
                closed = label(family.name, name).values
                seen.add((family.name, name))
                assert not closed or value in closed, (sample.name, name)
    assert {("gavel_http_requests_total", "route"), ("gavel_unscored_rollouts_total", "cause")} <= seen
    assert {("gavel_judge_questions_total", "outcome"), ("gavel_judge_tokens_total", "kind")} <= seen
