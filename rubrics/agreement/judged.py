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
    reward: float | None = None
    rollout_digest: str | None = None
    """Tells two rollouts of one id apart; None where it was not `gavel score` that wrote the file."""

    def about(self, criterion: str) -> list[Verdict]:
        """Its verdicts on a criterion: one, none where a gate decided first, several of several rubrics."""
        return [verdict for verdict in self.verdicts or () if verdict.criterion == criterion]

    def only(self, criterion: str) -> Verdict | None:
        """Its verdict on a criterion; None where a gate decided first. Raises ConfigError of several."""
        verdicts = self.about(criterion)
        if len(verdicts) > 1:
            message = f"the rollout {shown(self.id)} has {len(verdicts)} verdicts on `{shown(criterion)}`"
            hint = "score with one rubric at a time, or give its criteria ids of their own"
            raise ConfigError(message, hint=hint)
        return verdicts[0] if verdicts else None


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
