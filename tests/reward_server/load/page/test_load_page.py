"""The page says what the report says, draws what it has, fetches nothing, lets nothing hostile in."""

import re
from base64 import b64encode
from collections.abc import Callable
from hashlib import sha256

import msgspec
import pytest
from msgspec.structs import replace

from reward_server.load.page.load_page import load_page
from reward_server.load.report import Report
from tests.reward_server.load.page import making
from tests.reward_server.report.reading import Page

HOSTILE = "</style></title><script>alert(1)</script><img src=x onerror='a()'>\u202e\ud800\x00"
ALL = [
    making.sweep,
    making.single,
    making.burst,
    making.interrupted,
    making.all_failed,
    making.mixed,
    making.nothing,
]


@pytest.fixture(scope="module")
def sweep() -> Page:
    return Page(load_page(making.sweep()))


def test_the_verdict_comes_first(sweep: Page) -> None:
    title, heading, target, verdict = [text for text in sweep.texts if not text.startswith(":root")][:4]
    assert title == heading == "What this judge bears"
    assert target == "http://127.0.0.1:8901/v1 · gavel-sim · moderation/reasoning, version 3"
    assert verdict == making.sweep().verdict
    assert sweep.texts.index("The judge is the limit") > sweep.texts.index(verdict)
    assert making.sweep().limit.evidence[0] in sweep.texts


def test_the_key_figures_are_those_of_the_knee(sweep: Page) -> None:
    at = sweep.texts.index("sustained")
    assert sweep.texts[at : at + 6] == [
        "sustained",
        "42.7/s",
        "rollouts; 41.4 to 43.9",
        "knee",
        "64 in flight",
        "beyond it only latency grows",
    ]
    at = sweep.texts.index("p99 of a rollout")
    assert sweep.texts[at + 1 : at + 3] == ["792 ms", "p50 360 ms, at 64 in flight"]


def test_a_sweep_has_all_its_pictures(sweep: Page) -> None:
    assert (
        sweep.count("svg") == 3 + 4 + 11
    )  # curve, tokens, failures; the timeline; a histogram for each load
    assert sweep.count("circle", "p50") == sweep.count("circle", "p99") == 11
    assert sweep.count("line", "knee") == sweep.count("line", "limit") == 1
    assert sweep.count("line", "begins") == 11 * 4
    assert sweep.count("rect", "warm") == 11 * 4
    assert "64 in flight: 42.7 rollouts/s, p99 792 ms" in sweep.texts
    assert "knee: 42.7 rollouts/s at 64 in flight" in sweep.texts


def test_what_the_client_limited_is_hollow_and_said_to_be_so(sweep: Page) -> None:
    assert sweep.count("circle", "hollow") == 2
    assert sweep.count("rect", "hollow") == 3 + 3 + 6  # tokens, failures, the histogram's filled bins
    assert sweep.texts.count("512 in flight (client-limited)") == 1 + 4  # its histogram and four tables
    assert any(
        text.startswith("512 in flight (client-limited): It used 97% of a core") for text in sweep.texts
    )
    assert "hollow" not in _marked(load_page(making.single()))


def test_the_tables_have_figures_and_their_intervals(sweep: Page) -> None:
    at = sweep.texts.index("16 in flight", sweep.texts.index("All figures"))
    assert sweep.texts[at : at + 4] == ["16 in flight", "10.7", "10.3 to 11", "10.3"]
    assert "fairness" not in sweep.texts  # nothing is known of it
    assert "fairness" in Page(load_page(making.mixed())).texts


def test_one_rate_is_enough() -> None:
    read = Page(load_page(making.single()))
    assert read.count("svg") == 3 + 3 + 1
    assert read.count("circle", "p99") == 1
    assert read.count("path", "p50") == 3  # over time only: one dot is no curve
    assert {"20/s, Poisson", "No limit was met", "One load shows no knee: sweep finds it."} <= set(read.texts)


def test_a_burst_tells_its_step() -> None:
    read = Page(load_page(making.burst()))
    at = read.texts.index("a step")
    assert read.texts[at : at + 3] == ["a step", "24.3 s", "of 1,024 rollouts"]


def test_what_was_interrupted_says_so() -> None:
    assert "Interrupted: this is what there was until then." in Page(load_page(making.interrupted())).texts


def test_where_all_failed_there_are_no_latencies() -> None:
    read = Page(load_page(making.all_failed()))
    assert "100%" in read.texts
    assert read.count("svg") == 1 + 3  # failures; throughput, in flight and failures over time
    assert "Latency of calls" not in read.texts
    assert {"unreachable", "http 503", "deadline"} <= set(read.texts)


def test_failures_beyond_the_colours_are_taken_together() -> None:
    causes = {f"cause {number}": 0.01 * number for number in range(1, 8)}
    phase = replace(making.phase("closed", 16), failures=causes)
    read = Page(load_page(making.report([phase])))
    assert "16 in flight: cause 7 7%" in read.texts
    assert "16 in flight: other causes 6%" in read.texts  # 1 + 2 + 3
    assert "16 in flight: abstained 1%" in read.texts


def test_the_date_stands_there_only_if_given() -> None:
    assert "2026-01-02" in Page(load_page(making.single(), "2026-01-02")).texts
    assert "date" not in Page(load_page(making.single())).texts


@pytest.mark.parametrize("make", ALL)
def test_the_same_report_gives_the_same_page_and_no_number_is_missing(make: Callable[[], Report]) -> None:
    made = load_page(make())
    assert made == load_page(make())
    assert not re.search(r"\b(?:nan|inf|None)\b", made)


@pytest.mark.parametrize("make", ALL)
def test_a_report_from_its_json_gives_the_same_page(make: Callable[[], Report]) -> None:
    again = msgspec.json.decode(msgspec.json.encode(make()), type=Report)
    assert load_page(again) == load_page(make())


def test_nothing_is_fetched_and_nothing_is_run() -> None:
    made = load_page(making.sweep())
    read = Page(made)
    names = {name for name, _ in read.elements}
    assert names & {"script", "link", "img", "iframe", "object", "base"} == set()
    attributes = {key for _, found in read.elements for key in found}
    assert {key for key in attributes if key.startswith("on") or key in ("src", "href", "style")} == set()
    (style,) = re.findall(r"<style>(.*?)</style>", made, re.DOTALL)
    assert not re.search(r"url\(|@import|://", style)
    digest = b64encode(sha256(style.encode()).digest()).decode()
    (policy,) = (found["content"] for _, found in read.elements if "http-equiv" in found)
    assert policy == f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"


def test_hostile_text_is_text() -> None:
    whole = making.sweep()
    target = replace(whole.target, url=HOSTILE, model=HOSTILE, rubric=HOSTILE, digest=HOSTILE, layout=HOSTILE)
    client = replace(whole.phases[0].client, limited_by=[HOSTILE])
    phase = replace(whole.phases[0], failures={HOSTILE: 0.1}, client=client)
    hostile = replace(
        whole,
        target=target,
        phases=[phase],
        knee=None,
        no_knee=HOSTILE,
        verdict=HOSTILE,
        notes=[HOSTILE],
        limit=replace(whole.limit, evidence=[HOSTILE]),
    )
    made = load_page(hostile, HOSTILE)
    made.encode()  # no surrogate is left
    read = Page(made)
    assert {"script", "img"} & {name for name, _ in read.elements} == set()
    assert read.count("style") == 1
    assert not re.search("[\u202e\x00]", made)
    assert sum("<script>alert(1)</script>" in text for text in read.texts) >= 10  # after unescaping


def test_a_page_of_a_day_is_small() -> None:
    whole = making.mixed()
    day = [replace(whole.timeline[n % 3600], at=float(n)) for n in range(86_400)]
    assert len(load_page(replace(whole, timeline=day))) < 100_000


def _marked(page: str) -> str:
    return page[page.index("<body>") :]
