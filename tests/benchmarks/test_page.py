"""The page of figures is made of results and prose, and nobody writes a figure by hand."""

import pytest

from benchmarks.page import PAGE, PROSE, load, render
from benchmarks.report import Result, Target, table

RESULT = Result(
    "pace",
    "B1: pace",
    [Target("B1 pace", 0.94, 0.96, at_least=True), Target("B0 cost", 12.0, 30, unit=" us")],
    [("who", "name", ""), ("wall s", "wall_s", ".2f")],
    [{"name": "gavel", "wall_s": 3.456}, {"name": "somebody else", "wall_s": None}],
    {"floor_ms": 14.26},
    ["Other: no wheel"],
)


def test_the_page_says_what_the_last_results_say() -> None:
    # after `make bench`, or a change of page.md: python -m benchmarks.page
    assert PAGE.read_text() == render(PROSE.read_text(), load())


def test_a_table_has_text_to_the_left_and_numbers_to_the_right() -> None:
    assert table(RESULT.columns, RESULT.rows) == [
        "| who           | wall s |",
        "| ------------- | -----: |",
        "| gavel         |   3.46 |",
        "| somebody else |        |",
    ]


def test_a_target_that_is_not_reached_stands_out() -> None:
    shown = render("{{targets}}", {"pace": RESULT}).splitlines()[2:]
    assert [line.split(" | ")[-1].strip(" |") for line in shown] == ["met", "**missed**"]
    assert shown[0].startswith("| B0 cost | 12 us")
    assert "at least 0.96" in shown[1]


def test_figures_and_what_did_not_run_find_their_places() -> None:
    prose = "{{pace.floor_ms:.0f}} ms; not run: {{pace.missing}}; {{other.floor_ms:.0f}}"
    assert render(prose, {"pace": RESULT}) == "14 ms; not run: Other: no wheel; not measured"


def test_a_figure_that_does_not_exist_is_no_empty_place() -> None:
    with pytest.raises(KeyError):
        render("{{pace.speed}}", {"pace": RESULT})
