"""The list of rollouts: filters, order, and pages one after the other."""

import re
from html import unescape
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pytest

from reward_server.dashboard import rendering
from reward_server.dashboard.page import parse
from reward_server.dashboard.pages import rollouts
from reward_server.dashboard.pages.rollouts import SIZE, Query, View
from reward_server.wire.origin import Origin
from tests.reward_server.dashboard.looking import HOSTILE, html, refuse_harm, shown, sources
from tests.reward_server.making import rollout_of
from tests.reward_server.storing import of_rollouts, scored, stored, two

MANY = 2 * SIZE + 7


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("rollouts") / "s"
    values = [{"a": float(n % 10), "b": 1.0 if n % 3 else None} for n in range(MANY)]
    stored(path, scored(two(), {"g": values}, Origin(None, "r", 1)))
    words = [
        rollout_of(
            f"w{n}", "word " * n, metadata={"a": 0.0, "b": 0.0}, finish_reason="length" if n == 3 else None
        )
        for n in range(1, 6)
    ]
    stored(path, of_rollouts(two(), words, Origin(None, "r", 2), "of words"))
    stored(path, scored(two(), {"g": [{"a": 1.0, "b": 1.0}]}, Origin(None, "other", 1)))
    return path


def found(path: Path, **said: str) -> View:
    with sources(path) as read:
        return rollouts.view(read, parse(Query, {"run": "r", **said}))


def names(path: Path, **said: str) -> list[str]:
    return [each.name for each in found(path, **said).rollouts]


def test_the_newest_come_first(path: Path) -> None:
    page = found(path)
    assert [each.name for each in page.rollouts[:5]] == ["w5", "w4", "w3", "w2", "w1"]
    assert page.among == MANY + 5
    assert page.components == ["a", "b"]
    assert len(page.rollouts) == SIZE


@pytest.mark.parametrize(
    ("said", "names_found"),
    [
        ({"name": "w2"}, ["w2"]),
        ({"group": "of words", "least_words": "4"}, ["w5", "w4"]),
        ({"step": "2", "most_words": "2"}, ["w2", "w1"]),
        ({"first": "2", "last": "9", "mark": "truncated"}, ["w3"]),
        ({"step": "2", "sort": "words", "ascending": "true"}, ["w1", "w2", "w3", "w4", "w5"]),
        (
            {
                "component": "a",
                "least": "9",
                "sort": "arrival",
                "ascending": "true",
                "last": "1",
                "unscored": "false",
            },
            None,
        ),
        ({"cause": "judge_error"}, []),
        ({"step": "7"}, []),
    ],
)
def test_filters(path: Path, said: dict[str, str], names_found: list[str] | None) -> None:
    if names_found is None:
        names_found = [f"g/{n}" for n in range(MANY) if n % 10 == 9]
    assert names(path, **said) == names_found


def test_the_unscored_of_a_component(path: Path) -> None:
    lost = [f"g/{n}" for n in range(MANY) if n % 3 == 0]
    assert names(path, component="b", unscored="true", ascending="true") == lost
    assert names(path, cause="judge_timeout", ascending="true") == lost
    assert names(path, component="a", unscored="true") == []


def following(path: Path, rel: str, page: str) -> str | None:
    """The page that a link leads to."""
    links = re.findall(rf'<a href="([^"]*)" rel="{rel}">', page)
    if not links:
        return None
    assert len(set(links)) == 1
    said = dict(parse_qsl(urlsplit(unescape(links[0])).query))
    return html(rollouts.PAGE, path, **said)


@pytest.mark.parametrize("sort", ["step", "arrival", "value", "words", "tokens", "disagreement"])
@pytest.mark.parametrize("ascending", ["true", "false"])
def test_to_the_end_and_all_the_way_back(path: Path, sort: str, ascending: str) -> None:
    def numbers(page: str) -> list[str]:
        return re.findall(r'<a href="/rollouts/(\d+)\?run=1">', page)

    pages = [html(rollouts.PAGE, path, run="r", sort=sort, ascending=ascending)]
    while (onward := following(path, "next", pages[-1])) is not None:
        pages.append(onward)
    assert len({number for page in pages for number in numbers(page)}) == MANY + 5
    assert [len(numbers(page)) for page in pages] == [SIZE, SIZE, MANY + 5 - 2 * SIZE]
    last = pages[-1]
    for before in reversed(pages[:-1]):
        back = following(path, "prev", last)
        assert back is not None
        assert numbers(back) == numbers(before)
        last = back
    assert following(path, "prev", last) is None


def test_a_heading_sorts_and_turns_round(path: Path) -> None:
    page = html(rollouts.PAGE, path, run="r", sort="words", mark="truncated")
    words = 'href="/rollouts?run=1&amp;mark=truncated&amp;sort=words&amp;ascending=true">words \u2193</a>'
    assert f'<th scope="col" class="number" aria-sort="descending"><a {words}' in page
    assert '<a href="/rollouts?run=1&amp;component=b&amp;mark=truncated&amp;sort=value">b</a>' in page


def test_what_is_absent_is_a_dash(path: Path) -> None:
    page = html(rollouts.PAGE, path, run="r", name="g/0")
    (row,) = re.findall(r"<tr data-row.*?</tr>", page)
    cells = re.sub(r"<[^>]*>", " ", row).split()
    assert cells[:5] == ["1", "1", "g", "g/0", "judge_timeout"]
    assert cells[5:] == ["0", "\u2013", "0", "\u2013", "malformed"]


def test_the_form_says_what_the_url_says(path: Path) -> None:
    page = html(
        rollouts.PAGE, path, run="r", step="2", component="b", least="-0.5", mark="copy", unscored="true"
    )
    assert 'name="first" value="2"' in page
    assert 'name="least" value="-0.5"' in page
    assert '<option value="b" selected="">' in page
    assert '<option value="copy" selected="">' in page
    assert 'name="unscored" value="true" checked=""' in page


@pytest.mark.parametrize(
    ("said", "status", "told"),
    [
        ({"component": "nobody"}, 422, "no component"),
        ({"sort": "colour"}, 422, "sort"),
        ({"after": "999999"}, 404, "begin again with the first page"),
        ({"first": "-1"}, 422, "first"),
        ({"first": str(2**70)}, 422, "first"),
        ({"trail": "1-x"}, 422, "trail"),
        ({"mark": "' OR 1"}, 422, "mark"),
        ({"run": "nobody"}, 404, "there is no run"),
    ],
)
def test_mistakes_are_told(path: Path, said: dict[str, str], status: int, told: str) -> None:
    with sources(path) as read:
        drawn = rendering.html(rollouts.PAGE, read, {"run": "r", **said})
    assert drawn.status == status
    assert told in drawn.content.decode()


def test_hostile_names_are_inert(tmp_path: Path) -> None:
    name = HOSTILE[:250].replace("\ud800", "")
    hostile = rollout_of(name, "x", metadata={"a": 1.0, "b": 1.0})
    stored(tmp_path / "s", of_rollouts(two(), [hostile], Origin(None, name, 1), name))
    page = html(rollouts.PAGE, tmp_path / "s", group=name, name=name)
    assert "data-row" in page
    refuse_harm(re.sub(r' value="[^"]*"', "", page))  # a field holds what was asked for, as it was asked for


def test_nothing_there_is_said(path: Path) -> None:
    assert "No such rollout." in shown(rollouts.PAGE, path, run="r", step="99")
