"""The rollouts of a group in one table: a row for each number, a column for each rollout."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

from reward_server.dashboard.parts import summary
from reward_server.report.markup import Markup, element, visible
from reward_server.report.tables import MISSING
from reward_server.report.words import number
from reward_server.store.query import Summary, mark_names
from reward_server.store.reading import StoredRollout
from rubrics.verdict import Verdict

CLOSE = 1e-6
_LEVELS = 5


class Line(NamedTuple):
    """One row: a value for each rollout."""

    told: str
    values: Sequence[float | None]
    higher_is_better: bool | None = None
    """None where neither is."""


def comparison(
    rollouts: Sequence[StoredRollout], fields: Sequence[Mapping[str, object] | None], start: int = 0
) -> Markup:
    """The table. `fields` are those of the rollouts' answers; `start` is how many rollouts stand before."""
    heads = [
        element(
            "th",
            element("a", f"#{place}", href=summary.rollout_href(each.number, each.run_number)),
            scope="col",
        )
        for place, each in enumerate(rollouts, start + 1)
    ]
    rows = [*map(_numbers, _lines(rollouts)), *_words(rollouts, fields)]
    whole = element(
        "table",
        element("thead", element("tr", element("th", ""), *heads)),
        element("tbody", *rows),
        class_="list compare",
    )
    return element("div", whole, class_="scroll", tabindex="0")


def _lines(rollouts: Sequence[StoredRollout]) -> Iterator[Line]:
    results = [each.content.result for each in rollouts]
    yield Line("reward", [result.reward for result in results], higher_is_better=True)
    names = dict.fromkeys(name for result in results for name in result.components or {})
    for name in names:
        found = [(result.components or {}).get(name) for result in results]
        yield Line(visible(name), [None if c is None else c.value for c in found], higher_is_better=True)
    yield from _criteria([{v.criterion: v for v in result.verdicts or ()} for result in results])
    yield Line("words of reasoning", [each.words for each in rollouts])
    yield Line("tokens", [each.tokens for each in rollouts])


def _criteria(verdicts: Sequence[Mapping[str, Verdict]]) -> Iterator[Line]:
    for name in dict.fromkeys(name for found in verdicts for name in found):
        own = [found.get(name) for found in verdicts]
        pitfall = any(verdict is not None and (verdict.weight or 0.0) < 0 for verdict in own)
        values = [None if verdict is None else verdict.value for verdict in own]
        yield Line(f"\u00b7 {visible(name)}", values, higher_is_better=not pitfall)


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def _numbers(line: Line) -> Markup:
    there = [value for value in line.values if value is not None]
    low, high = (min(there), max(there)) if there else (0.0, 0.0)
    alike = len(there) == len(line.values) and high - low <= CLOSE
    cells = [
        element("td", number(value), class_=_heat(line, value, min(low, 0), max(high, 1)))
        for value in line.values
    ]
    return element("tr", element("th", line.told, scope="row"), *cells, class_="alike" if alike else None)


def _heat(line: Line, value: float | None, low: float, high: float) -> str | None:
    """How good it is: from `heat0`, nothing, to `heat4`, all that can be had."""
    if value is None or line.higher_is_better is None:
        return None
    share = (value - low) / (high - low)
    level = round((share if line.higher_is_better else 1 - share) * (_LEVELS - 1))
    return f"heat{level}"


def _words(
    rollouts: Sequence[StoredRollout], fields: Sequence[Mapping[str, object] | None]
) -> Iterator[Markup]:
    for key in dict.fromkeys(key for each in fields for key in each or {}):
        told = [MISSING if each is None or key not in each else _json(each[key]) for each in fields]
        yield _said(f"answer: {visible(key, 24)}", told)
    finish: Callable[[StoredRollout], str] = lambda each: each.content.finish_reason or MISSING  # noqa: E731
    yield _said("finish", list(map(finish, rollouts)))
    yield _said("marks", [", ".join(mark_names(each.marks)) or MISSING for each in rollouts])
    yield _said("cause", [each.content.result.cause or MISSING for each in rollouts])


def _said(told: str, values: Sequence[str]) -> Markup:
    cells = [element("td", visible(value, 24)) for value in values]
    alike = len(set(values)) == 1
    return element("tr", element("th", told, scope="row"), *cells, class_="alike" if alike else None)


def texts_alike(rollouts: Sequence[Summary], texts: Sequence[str | None]) -> Mapping[int, int]:
    """By place, the first place before it whose text is the same, spaces aside."""
    first: dict[str, int] = {}
    found: dict[int, int] = {}
    for place, text in enumerate(texts[: len(rollouts)]):
        key = None if text is None else " ".join(text.split())
        if key is not None and first.setdefault(key, place) != place:
            found[place] = first[key]
    return found
