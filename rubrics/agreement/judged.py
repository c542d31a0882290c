"""The verdicts of scored rollouts, as `gavel score --detail verdicts` writes them."""

from collections.abc import Iterable, Mapping, Sequence

import msgspec

from rubrics.agreement.shown import shown
from rubrics.problems import ConfigError
from rubrics.rollout import Json
from rubrics.verdict import Verdict

_HINT = "make the file with `gavel score ... --detail verdicts -o FILE`"


class Judged(msgspec.Struct, frozen=True):
    """One rollout's verdicts; what else stands on its line is not read."""

    id: str
    group: str
    verdicts: Sequence[Verdict] | None = None

    def about(self, criterion: str) -> list[Verdict]:
        """Its verdicts on a criterion: one, none where a gate decided first, several of several rubrics."""
        return [verdict for verdict in self.verdicts or () if verdict.criterion == criterion]


def read_judged(rows: Iterable[tuple[str, Json]]) -> Mapping[str, Judged]:
    """Rollouts by id, of rows each with its place. Raises ConfigError."""
    found: dict[str, Judged] = {}
    places: dict[str, str] = {}
    for place, row in rows:
        judged = _judged(place, row)
        first = places.setdefault(judged.id, place)
        if first != place:
            message = f"{place}: the rollout {shown(judged.id)} stands at {first} already"
            raise ConfigError(message, hint="keep one result for each rollout")
        found[judged.id] = judged
    if not found:
        raise ConfigError("the file of verdicts is empty", hint=_HINT)
    return found


def _judged(place: str, row: Json) -> Judged:
    try:
        judged = msgspec.convert(row, Judged)
    except msgspec.ValidationError as error:
        raise ConfigError(f"{place}: not a result: {shown(error)}", hint=_HINT) from None
    if judged.verdicts is None:
        raise ConfigError(f"{place}: this result has no verdicts", hint=_HINT)
    for verdict in judged.verdicts:
        if verdict.probability is not None and not 0 <= verdict.probability <= 1:
            message = f"{place}: the probability of `{shown(verdict.criterion)}` is {verdict.probability:g}"
            raise ConfigError(message, hint="a probability is from 0 to 1")
    return judged
