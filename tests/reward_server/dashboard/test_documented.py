"""docs/dashboard.md says what there is: every page, every parameter of its URL, every chart, every key."""

import re

import pytest

from reward_server.dashboard.page import AnyPage
from reward_server.dashboard.pages import overview
from reward_server.dashboard.parts.curves import curves
from reward_server.dashboard.shell import KEYS
from reward_server.dashboard.tabs import PAGES
from tests.pages import text_of
from tests.reward_server.alarms.making import step

PAGE = text_of("docs/dashboard.md")


def section(path: str) -> str:
    """What stands below the heading of a page."""
    found = re.search(rf"^### `{re.escape(path)}`\n(.*?)(?=^##)", PAGE, re.MULTILINE | re.DOTALL)
    assert found is not None, path
    return found[1]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.path)
def test_every_parameter_of_a_page_is_there(page: AnyPage) -> None:
    told = section(page.path)
    inside = re.findall(r"\{(\w+)\}", page.path)
    fields = [name for name in page.query.__struct_fields__ if name not in inside]
    assert [name for name in fields if f"`{name}`" not in told] == []


def test_no_other_page_is_there() -> None:
    assert set(re.findall(r"^### `([^`]+)`$", PAGE, re.MULTILINE)) == {page.path for page in PAGES}


def test_every_chart_of_the_overview_is_there() -> None:
    told = re.findall(r"^\| ([^|]+) \|", section("/"), re.MULTILINE)
    assert [chart.title for chart in overview.charts(curves([step(0)]), [])] == [
        each for each in told if each not in ("Chart", "Parameter", "`run`") and "-" not in each
    ]


def test_every_key_is_there() -> None:
    rows = re.findall(
        r"^\| ([^|]+) \| [^|]+ \|$", PAGE.partition("## Keys")[2].partition("\n## ")[0], re.MULTILINE
    )
    keys = " ".join(rows).replace("`", "")
    assert [key for words, _ in KEYS for key in words.split(" / ") if key not in keys] == []
    told = dict(re.findall(r"`(\w)` (\w+)", PAGE.partition("| `g` and a letter")[2].partition("\n")[0]))
    assert set(told) == {page.key for page in PAGES if page.tab}
