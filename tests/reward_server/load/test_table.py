from io import StringIO

from msgspec.structs import replace
from rich.console import Console

from reward_server.load.figures.summary import report
from reward_server.load.report import Report
from reward_server.load.table import render
from tests.reward_server.load.figures.making import closed, figures_of, run


def text(found: Report, width: int = 110) -> str:
    out = StringIO()
    Console(file=out, width=width).print(render(found))
    return out.getvalue()


FOUND = report(closed([1, 8, 32], slots=8, service_s=0.25), slo_s=0.4)


def test_the_verdict_comes_first_and_the_knee_is_marked() -> None:
    lines = text(FOUND).splitlines()
    assert lines[0].startswith("This judge sustains 32 rollouts/s")
    row = next(line for line in lines if line.split()[:1] == ["8"])
    assert row.split() == ["8", "32", "±0%", "32", *["250", "ms"] * 3, "0%", "knee"]
    assert any(line.strip() == "limit: judge" for line in lines)


def test_figures_that_nobody_has_get_no_column() -> None:
    assert "cache hits" not in text(FOUND)
    assert "step" not in text(replace(FOUND, verdict="")).splitlines()[1]


def test_what_the_client_limited_is_marked() -> None:
    limited = replace(FOUND, knee=None, phases=[figures_of(8, 32, limited_by=["too busy"])])
    assert "client" in text(limited)


def test_an_empty_report_has_a_table_without_rows() -> None:
    assert "Nothing was measured" in text(report(run([], [])))


def test_names_from_outside_are_inert() -> None:
    shown = text(replace(FOUND, verdict="with \x1b[2Jevil\nrubric [bold]", notes=["\x07"]))
    assert "\x1b" not in shown
    assert "\x07" not in shown
    assert "[bold]" in shown
