"""Rollouts of a run by what they have in common, a page at a time or all of them."""

import sqlite3
from array import array
from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Literal, NamedTuple

import msgspec

from reward_server.store.database import StoreError
from reward_server.store.features import Mark
from reward_server.store.reading import Store
from reward_server.store.schema import VALUES
from rubrics.problems import ConfigError, did_you_mean

Sort = Literal["step", "arrival", "value", "words", "tokens", "disagreement"]
"""By step and group; by number; by `RolloutFilter.component`'s value, or the reward; ..."""
MarkName = Literal["copy", "inconsistent", "truncated", "malformed"]

MOST = 1_000
"""Rollouts of one page."""


class RolloutFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which rollouts of a run, in which order. What is left out restricts nothing."""

    run: int | None = None
    """Its number in the store; None for all of them."""
    first_step: int | None = None
    last_step: int | None = None
    """The last that is meant, not the one after."""
    group: str | None = None
    name: str | None = None
    """Its id, as it was sent."""
    component: str | None = None
    """The one that `least`, `most`, `unscored`, `cause` and the sort `value` are about; else the reward."""
    least: float | None = None
    most: float | None = None
    unscored: bool = False
    """Only those without a value."""
    cause: str | None = None
    """Only those whose reward is missing for this cause."""
    least_words: int | None = None
    most_words: int | None = None
    disagreement: float | None = None
    """At least so much, where several votes were counted."""
    mark: MarkName | None = None
    sort: Sort = "step"
    """Rollouts without what is sorted by come last; among equals the number decides."""
    descending: bool = False
    limit: Annotated[int, msgspec.Meta(ge=1, le=MOST)] = 50
    after: int | None = None
    """The number of the last rollout of the page before."""


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """One rollout at a glance."""

    number: int
    """Its number in the store."""
    run: int
    step: int
    at: float
    """When it was stored, in seconds since 1970."""
    name: str
    """Its id, as it was sent."""
    group: str
    reward: float | None
    cause: str | None
    components: Mapping[str, float | None]
    """Raw values; the first 16 components of the version that scored it."""
    words: int
    tokens: int | None
    marks: Sequence[str]
    disagreement: float | None
    version: str
    """The reward version that scored it."""


class Page(NamedTuple):
    """Some of the rollouts that were asked for."""

    rollouts: Sequence[Summary]
    after: int | None
    """What `RolloutFilter.after` has to be for the next page; None where this is the last."""


def rollouts(store: Store, wanted: RolloutFilter) -> Page:
    """A page. Raises StoreError, and ConfigError for a component that the run's reward does not have."""
    query = _Query.of(store, wanted)
    found = query.numbers(wanted.limit + 1)
    shown = found[: wanted.limit]
    return Page(summaries(store, shown), shown[-1] if len(found) > len(shown) else None)


def numbers(store: Store, wanted: RolloutFilter, most: int | None = None) -> "array[int]":
    """The numbers of all rollouts that are wanted, or of the first so many, in order: 8 bytes each.

    Raises as `rollouts` does.
    """
    return _Query.of(store, wanted).numbers(most)


def summaries(store: Store, wanted: Sequence[int]) -> list[Summary]:
    """Rollouts by their numbers, in this order; those that are gone are left out. Raises StoreError."""
    versions = store.versions()
    found: dict[int, Summary] = {}
    for part in _parts(wanted):
        rows = store.rows(f"{_SUMMARY} WHERE rollouts.id IN ({', '.join('?' * len(part))})", *part)
        found.update((row[0], _summary(row, versions)) for row in rows)
    return [found[number] for number in wanted if number in found]


_VALUES = ", ".join(f"v{place}" for place in range(VALUES))
_SUMMARY = (
    "SELECT rollouts.id, rollouts.run, rollouts.step, requests.at, rollouts.name, group_name, "  # noqa: S608
    f"rollouts.reward, cause, words, tokens, marks, disagreement, requests.reward, {_VALUES} "
    "FROM rollouts JOIN requests ON requests.id = rollouts.request"
)
_PART = 500


def _parts(wanted: Sequence[int]) -> Iterator[Sequence[int]]:
    return (wanted[start : start + _PART] for start in range(0, len(wanted), _PART))


def _summary(row: tuple, versions: Mapping[int, tuple]) -> Summary:  # type: ignore[type-arg]
    number, run, step, at, name, group, reward, cause, words, tokens, marks, apart, version, *values = row
    digest, description = versions[version]
    return Summary(
        number=number,
        run=run,
        step=step,
        at=at,
        name=name,
        group=group,
        reward=reward,
        cause=cause,
        components=dict(zip(description.components, values, strict=False)),
        words=words,
        tokens=tokens,
        marks=mark_names(marks),
        disagreement=apart,
        version=digest,
    )


def mark_names(marks: int) -> list[str]:
    """The marks of a row by their names."""
    return [mark.name.lower() for mark in Mark if mark & marks and mark.name is not None]


class _Query:
    """A filter as SQL. Values are bound; only our own words stand in the text."""

    def __init__(self, store: Store, wanted: RolloutFilter, value: str) -> None:
        """`value` is the expression for what the filter calls a value."""
        self._store = store
        self._wanted = wanted
        self._value = value
        self._conditions: list[str] = []
        self._bound: list[object] = []

    @classmethod
    def of(cls, store: Store, wanted: RolloutFilter) -> "_Query":
        value = "reward" if wanted.component is None else _column(store, wanted.run, wanted.component)
        query = cls(store, wanted, value)
        query._restrict()
        query._go_on()
        return query

    def numbers(self, limit: int | None) -> "array[int]":
        """What it finds, at most so many."""
        way = "DESC" if self._wanted.descending else "ASC"
        keys = ", ".join(f"{key} {way}" for key in self._keys)
        order = f"{self._keys[0]} IS NULL, {keys}" if self._may_lack else keys
        conditions = " AND ".join(self._conditions) or "true"
        query = f"SELECT id FROM rollouts WHERE {conditions} ORDER BY {order} LIMIT ?"  # noqa: S608
        try:
            rows = self._store.db.execute(query, (*self._bound, -1 if limit is None else limit))
            return array("q", (number for (number,) in rows))
        except sqlite3.Error as error:
            raise StoreError(f"the rollout store {self._store.path} cannot be read: {error}") from error

    @property
    def _keys(self) -> Sequence[str]:
        """What is ordered by."""
        if self._wanted.sort == "step":
            return ("step", "group_name", "id")
        if self._wanted.sort == "arrival":
            return ("id",)
        return (self._value if self._wanted.sort == "value" else self._wanted.sort, "id")

    @property
    def _may_lack(self) -> bool:
        """Whether there are rollouts without what is sorted by."""
        return self._wanted.sort in ("value", "tokens", "disagreement")

    def _restrict(self) -> None:
        wanted = self._wanted
        # In order of arrival the table itself is in order: an index of the run's would have it sorted.
        self._add("+run = ?" if wanted.sort == "arrival" else "run = ?", wanted.run)
        self._add("step >= ?", wanted.first_step)
        self._add("step <= ?", wanted.last_step)
        self._add("group_name = ?", wanted.group)
        self._add("name = ?", wanted.name)
        self._add(f"{self._value} >= ?", wanted.least)
        self._add(f"{self._value} <= ?", wanted.most)
        self._add("cause = ?", wanted.cause)
        self._add("words >= ?", wanted.least_words)
        self._add("words <= ?", wanted.most_words)
        self._add("disagreement >= ?", wanted.disagreement)
        if wanted.unscored:
            missing = f"{self._value} IS NULL"
            self._conditions.append("cause IS NOT NULL" if self._value == "reward" else missing)
        if wanted.mark is not None:
            self._conditions.append("marks != 0")
            self._add("marks & ?", int(Mark[wanted.mark.upper()]))

    def _add(self, condition: str, value: object) -> None:
        if value is not None:
            self._conditions.append(condition)
            self._bound.append(value)

    def _go_on(self) -> None:
        """Restrict it to what comes after the last rollout of another page."""
        if self._wanted.after is None:
            return
        last = self._last(self._wanted.after)
        sign = "<" if self._wanted.descending else ">"
        keys, places = ", ".join(self._keys), ", ".join("?" * len(self._keys))
        behind = f"({keys}) {sign} ({places})"
        if not self._may_lack:
            self._conditions.append(behind)
            self._bound += last
        elif last[0] is None:
            self._conditions.append(f"{self._keys[0]} IS NULL AND id {sign} ?")
            self._bound.append(last[1])
        else:
            self._conditions.append(f"({behind} OR {self._keys[0]} IS NULL)")
            self._bound += last

    def _last(self, number: int) -> Sequence[object]:
        if self._wanted.sort == "arrival":
            return [number]  # whether it is still there or not
        found = self._store.rows(f"SELECT {', '.join(self._keys)} FROM rollouts WHERE id = ?", number)  # noqa: S608
        if not found:
            raise StoreError(f"there is no rollout {number} any more; begin again with the first page")
        return list(found[0])


def _column(store: Store, run: int | None, component: str) -> str:
    """The expression for a component's value, wherever the versions of the run's reward have put it."""
    runs = store.rows("SELECT id, reward FROM runs")
    rewards = {reward for number, reward in runs if run in (None, number)}
    told = [each for each in store.versions().items() if each[1][1].name in rewards]
    places = {
        number: description.components.index(component)
        for number, (_, description) in told
        if component in description.components[:VALUES]
    }
    if not places:
        known = {name for _, (_, description) in told for name in description.components[:VALUES]}
        raise ConfigError(f"no component {component[:40]!a} is stored", hint=did_you_mean(component, known))
    if len(places) == len(told) and len(set(places.values())) == 1:
        return f"v{next(iter(places.values()))}"
    cases = " ".join(f"WHEN {number} THEN v{place}" for number, place in places.items())
    version = "(SELECT requests.reward FROM requests WHERE requests.id = rollouts.request)"
    return f"(CASE {version} {cases} END)"
