"""The page is whole, says what the report says, fetches nothing, and lets nothing hostile through."""

import re
from base64 import b64encode
from collections.abc import Sequence
from hashlib import sha256

import pytest

from reward_server.report.asked import Asked
from reward_server.report.calibration_page import calibration_page
from rubrics.agreement.bootstrap import Bootstrap
from rubrics.agreement.matching import Matched
from rubrics.agreement.repeated import Retest
from rubrics.agreement.report import calibrate
from rubrics.agreement.sample import Item, Sample
from rubrics.agreement.stability import Found, stability
from tests.reward_server.report.reading import Page
from tests.rubrics.agreement.making import noisy, said, scale, statement

QUICK = Bootstrap(100)
ASKED = Asked("verdicts.jsonl", "labels.jsonl")
HOSTILE = (
    "</style></title><script>alert(1)</script><img src=http://evil.example/x onerror='a()'>\u202e\ud800\x00"
)


def page(samples: Sequence[Sample], retest: Retest | None = None, asked: Asked = ASKED) -> str:
    matched = Matched(samples, without_verdicts=2)
    return calibration_page(calibrate(matched, QUICK, retest), matched, asked)


@pytest.fixture(scope="module")
def whole() -> str:
    """Two statements, the second of a judge that likes yeses, a scale, and a second run."""
    shifted = Sample("refund", noisy(40, raters=2, seed=2, shift=0.2).items)
    found = [Found(str(n // 4), n % 4 / 4, n % 5 / 5, ("met", "met")) for n in range(80)]
    again = Retest([stability("cites", found, 0, QUICK)], None, 80, 3)
    tones = scale([(n % 3, min(2, n % 4)) for n in range(60)])
    return page([noisy(40, raters=2), shifted, tones], again)


def test_the_page_has_its_parts(whole: str) -> None:
    read = Page(whole)
    headings = [text for text in read.texts if text in {"Statements", "Scales", "Temperature", "Counts"}]
    assert headings == ["Statements", "Scales", "Temperature", "Counts", "Counts", "Counts", "Counts"]
    for text in (
        "cites",
        "refund",
        "tone",
        "All statements",
        "The judge, asked again",
        "Worst disagreements",
    ):
        assert text in read.texts
    assert read.count("svg") == 1 + 2 * 3  # the bars; two plots for each statement and for all
    assert read.count("circle", "better") == 1  # only `refund` is better cut elsewhere
    assert read.count("circle", "half") == 3
    assert read.count("rect", "kappa") == read.count("rect", "alpha") == 3
    assert read.count("path", "people") == 2  # the scale has one label for each rollout
    assert any(text.startswith("the judge says yes too easily: cut at 0.") for text in read.texts)
    assert "2 labelled rollouts have no verdict." in read.texts
    assert "3 rollouts stand in one of the two runs only" in read.texts
    assert "95%, of 100 resamples of groups, seed 0" in read.texts


def test_nothing_is_fetched_and_nothing_is_run(whole: str) -> None:
    read = Page(whole)
    assert {name for name, _ in read.elements} & {
        "script",
        "link",
        "img",
        "iframe",
        "object",
        "base",
    } == set()
    attributes = {key for _, found in read.elements for key in found}
    assert {key for key in attributes if key.startswith("on") or key in ("src", "href", "style")} == set()
    assert "url(" not in whole
    assert "@import" not in whole
    assert "://" not in whole


def test_the_policy_allows_this_style_and_nothing_else(whole: str) -> None:
    (style,) = re.findall(r"<style>(.*?)</style>", whole, re.DOTALL)
    digest = b64encode(sha256(style.encode()).digest()).decode()
    (policy,) = (found["content"] for _, found in Page(whole).elements if "http-equiv" in found)
    assert policy == f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    assert "prefers-color-scheme: dark" in style


def test_hostile_names_are_text() -> None:
    items = [Item(HOSTILE, (n % 2,), 1, 0.9, rollout=f"{n}{HOSTILE}") for n in range(8)]
    levels = Sample("tone", [Item(HOSTILE, (1,), 0, rollout=HOSTILE)], (HOSTILE, "b"), is_statement=False)
    found = [Found(HOSTILE, 0.1, 0.2, (HOSTILE, "met"))]
    again = Retest([stability(HOSTILE, found, 0, QUICK)], None, 1, 0)
    asked = Asked(HOSTILE, HOSTILE, retest=HOSTILE, date=HOSTILE)
    made = page([Sample(HOSTILE, items), levels], again, asked)
    made.encode()  # no surrogate is left
    read = Page(made)
    assert {"script", "img"} & {name for name, _ in read.elements} == set()
    assert read.count("style") == 1
    assert "\u202e" not in made
    assert "\x00" not in made
    assert any("<script>alert(1)</script>" in text for text in read.texts)  # after unescaping


@pytest.mark.parametrize(
    ("items", "plots"),
    [
        ([], 0),
        ([said(n, [1], None) for n in range(12)], 0),
        ([said(n, [1], 0.9) for n in range(12)], 3),
        ([said(n, [0], 0.1) for n in range(12)], 2),
        ([Item(str(n), (n % 2,), n % 2) for n in range(12)], 1),
        ([said(n, [n % 2], float(1 - n % 2)) for n in range(12)], 3),
    ],
    ids=["nothing", "not judged", "all yes", "all no", "by code", "always wrong"],
)
def test_degenerate_samples_have_a_page(items: list[Item], plots: int) -> None:
    made = page([statement(items)])
    assert Page(made).count("svg") == plots
    assert not re.search(r"\b(?:nan|inf|None)\b", made)
