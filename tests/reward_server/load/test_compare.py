from collections.abc import Sequence
from io import StringIO
from random import Random

import msgspec
import pytest
from msgspec.structs import replace
from rich.console import Console

from reward_server.load.compare import ComparedFigure, compare
from reward_server.load.compare_text import CAVEAT, render
from reward_server.load.comparison import difference
from reward_server.load.figures.summary import report
from reward_server.load.report import Report
from tests.reward_server.load.figures.making import closed, figures_of

FAST = report(closed([1, 8, 32], slots=8, service_s=0.25))
SLOW = report(closed([1, 8, 64], slots=8, service_s=0.5))


def figures(a: Report, b: Report, load: int = 0) -> dict[str, ComparedFigure]:
    return {figure.name: figure for figure in compare(a, b).loads[load].figures}


def test_a_judge_half_as_fast() -> None:
    found = figures(FAST, SLOW, load=1)
    assert (found["p50"].ratio, found["p50"].change) == (2, "worse")
    assert found["rollouts_s"].ratio == pytest.approx(0.5)
    assert found["rollouts_s"].change == "worse"
    assert found["rollouts_s"].interval is not None
    assert found["rollouts_s"].interval.high < 0
    assert figures(SLOW, FAST, load=1)["rollouts_s"].change == "better"


def test_a_test_against_itself_changes_nothing() -> None:
    for load in range(3):
        found = figures(FAST, FAST, load)
        assert {each.change for each in found.values()} <= {"none", "untested"}
        assert {each.ratio for each in found.values()} <= {1, None}


def test_only_loads_that_both_have_are_compared() -> None:
    found = compare(FAST, SLOW)
    assert [(each.shape, each.load) for each in found.loads] == [("closed", 1), ("closed", 8)]
    assert (found.only_a, found.only_b) == (["32 calls in flight"], ["64 calls in flight"])
    assert found.knees == (32, 16)


def test_what_the_client_limited_is_refused() -> None:
    limited = replace(FAST, phases=[figures_of(8, 30, limited_by=["too busy"])], knee=None)
    (load,) = compare(limited, SLOW).loads
    assert load.refused == "the client limited it in the first test"
    assert load.figures == []


def test_different_targets_are_told() -> None:
    other = replace(
        SLOW, target=replace(SLOW.target, model="gpt", layout="listed"), slo_s=8, interrupted=True
    )
    assert compare(FAST, other).differences == [
        "model: gavel-sim and gpt",
        "layout: None and listed",
        "limit on latency: none and 8 s",
        "the second test was stopped before its end",
    ]


def of_repeats(rates: Sequence[float]) -> Report:
    phase = figures_of(8, sum(rates) / len(rates), samples={"rollouts_s": rates}, sampled="repeat")
    return replace(FAST, phases=[phase], knee=None)


def test_repeats_are_compared_by_welchs_t() -> None:
    """Means 10 and 13, both variances 1: the error is sqrt(2/3), of 4 degrees of freedom."""
    found = figures(of_repeats([9, 10, 11]), of_repeats([12, 13, 14]))["rollouts_s"]
    half = 2.776445 * (2 / 3) ** 0.5
    assert found.interval is not None
    assert [found.interval.low, found.interval.high] == pytest.approx([3 - half, 3 + half])
    assert found.change == "better"
    assert figures(of_repeats([9, 10, 11]), of_repeats([10, 11, 12]))["rollouts_s"].change == "none"


@pytest.mark.parametrize("rates", [[9, 10], [9]])
def test_two_repeats_are_too_few(rates: list[float]) -> None:
    found = figures(of_repeats(rates), of_repeats([12, 13, 14]))["rollouts_s"]
    assert (found.change, found.interval) == ("untested", None)
    assert found.ratio is not None


def test_repeats_and_seconds_are_not_alike() -> None:
    assert figures(FAST, of_repeats([1, 2, 3]), load=0)["rollouts_s"].change == "untested"


def test_the_bootstrap_is_seldom_wrong_and_finds_what_is_there() -> None:
    random = Random(7)
    wrong = found = 0
    for seed in range(12):
        a, b = ([random.gauss(40, 4) for _ in range(40)] for _ in range(2))
        same, more = difference(a, b, "second", seed), difference(a, [x + 5 for x in b], "second", seed)
        assert same is not None
        assert more is not None
        wrong += same.significant
        found += more.significant
    assert wrong <= 3
    assert found >= 11


def test_its_text() -> None:
    out = StringIO()
    Console(file=out, width=100).print(render(compare(FAST, SLOW)))
    text = out.getvalue()
    assert "sustained at the knee: 32 and 16 rollouts/s (0.50 times)" in text
    assert "block bootstrap of the difference of means over seconds" in text
    assert "only in the first: 32 calls in flight" in text
    assert CAVEAT in text
    row = next(line for line in text.splitlines() if line.strip().startswith("call p50"))
    assert row.split() == ["call", "p50", "250", "ms", "500", "ms", "2.00", "worse"]


def test_tests_without_a_common_load() -> None:
    out = StringIO()
    other = replace(SLOW, phases=SLOW.phases[2:], knee=None)
    Console(file=out, width=100).print(render(compare(FAST, other)))
    assert "nothing can be compared" in out.getvalue()


def test_its_json_names_its_schema() -> None:
    assert msgspec.to_builtins(compare(FAST, SLOW))["schema"] == "loadtest-comparison/v1"
