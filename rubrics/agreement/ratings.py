"""People's labels, as they stand in a file: one line for each rollout and rater."""

from collections.abc import Iterable, Mapping

import msgspec

from rubrics.agreement.shown import shown
from rubrics.problems import ConfigError
from rubrics.rollout import Json

EXAMPLE = '{"id": "r1", "labels": {"cites": true, "tone": "neutral"}, "rater": "ann"}'


class Line(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What one person says of one rollout. A label of null is none."""

    id: str
    labels: Mapping[str, Json]
    rater: str | None = None


class Rating(msgspec.Struct, frozen=True):
    """One label and the place it stands at."""

    label: Json
    place: str


Ratings = Mapping[str, Mapping[str, list[Rating]]]
"""By criterion, then by rollout: one rating for each rater."""


def read_ratings(rows: Iterable[tuple[str, Json]]) -> Ratings:
    """The ratings of rows, each with its place. Raises ConfigError: a bad line, a label given twice, none."""
    found: dict[str, dict[str, list[Rating]]] = {}
    first: dict[tuple[str, str, str | None], str] = {}
    for place, row in rows:
        line = _line(place, row)
        for criterion, label in line.labels.items():
            if label is None:
                continue
            _refuse_second(line, criterion, place, first.setdefault((line.id, criterion, line.rater), place))
            found.setdefault(criterion, {}).setdefault(line.id, []).append(Rating(label, place))
    if not found:
        raise ConfigError("the labels file holds no labels", hint=f"each line is like {EXAMPLE}")
    return found


def _line(place: str, row: Json) -> Line:
    try:
        return msgspec.convert(row, Line)
    except msgspec.ValidationError as error:
        message = f"{place}: {shown(str(error))}"
        raise ConfigError(message, hint=f"each line is like {EXAMPLE}") from None


def _refuse_second(line: Line, criterion: str, place: str, first: str) -> None:
    if first == place:
        return
    rater = "" if line.rater is None else f" by {shown(line.rater)}"
    message = f"{place}: {shown(line.id)} has a label of `{shown(criterion)}`{rater} at {first} already"
    hint = "name who gave each with `rater`" if line.rater is None else "keep one label for each rater"
    raise ConfigError(message, hint=hint)
