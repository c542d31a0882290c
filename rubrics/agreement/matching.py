"""Labels and verdicts of the same rollouts, side by side."""

from collections.abc import Mapping, Sequence

import msgspec

from rubrics.agreement.judged import Judged
from rubrics.agreement.ratings import Rating, Ratings
from rubrics.agreement.sample import YES_OR_NO, Item, Sample
from rubrics.agreement.shown import shown
from rubrics.criteria.label import label_key, yes_or_no
from rubrics.problems import ConfigError, did_you_mean
from rubrics.rubric import Rubric
from rubrics.verdict import ABSTAINED, MET, SKIPPED, UNMET, Verdict

Levels = tuple[str, ...]
_STATEMENT = (UNMET, MET)
"""What the judge's choices on a statement are called, in the order of YES_OR_NO."""


class Matched(msgspec.Struct, frozen=True):
    """A sample for each labelled criterion."""

    samples: Sequence[Sample]
    without_verdicts: int
    """Labelled rollouts that were not scored."""


def match(ratings: Ratings, judged: Mapping[str, Judged], rubric: Rubric | None = None) -> Matched:
    """Put labels beside verdicts, in the rubric's order. Raises ConfigError where they do not fit.

    Only a rubric knows the order of a scale's levels, so scales need one.
    """
    order = criteria_of(rubric) if rubric else _criteria(judged)
    _refuse_unknown(ratings, order)
    labelled = {rollout for rated in ratings.values() for rollout in rated}
    if not labelled & judged.keys():
        hint = 'their "id" is the rollout\'s "id" in the file of verdicts'
        raise ConfigError("none of the labels is about a rollout that has verdicts", hint=hint)
    samples = [_sample(criterion, ratings, judged, rubric) for criterion in order if criterion in ratings]
    return Matched(samples, len(labelled - judged.keys()))


def criteria_of(rubric: Rubric) -> list[str]:
    """Whatever there may be a verdict on, in file order; the one question of a holistic rubric last."""
    return [criterion.id for criterion in (*rubric.criteria, *rubric.overall)]


def _criteria(judged: Mapping[str, Judged]) -> list[str]:
    return list(dict.fromkeys(v.criterion for each in judged.values() for v in each.verdicts or ()))


def _refuse_unknown(ratings: Ratings, known: Sequence[str]) -> None:
    for criterion, rated in ratings.items():
        if criterion not in known:
            place = next(iter(rated.values()))[0].place
            message = f"{place}: no verdict is about a criterion `{shown(criterion)}`"
            raise ConfigError(message, hint=did_you_mean(criterion, known))


def _sample(criterion: str, ratings: Ratings, judged: Mapping[str, Judged], rubric: Rubric | None) -> Sample:
    scale = _scale_of(criterion, rubric)
    if rubric is None:
        _refuse_scale(criterion, judged)
    rated = [(judged[rollout], labels) for rollout, labels in ratings[criterion].items() if rollout in judged]
    items = [_item(criterion, scale, each, labels) for each, labels in rated]
    return Sample(criterion, items, scale or YES_OR_NO, is_statement=scale is None)


def _refuse_scale(criterion: str, judged: Mapping[str, Judged]) -> None:
    chosen = {verdict.choice for each in judged.values() for verdict in each.about(criterion)}
    others = chosen - {MET, UNMET, SKIPPED, ABSTAINED, None}
    if others:
        message = f"`{criterion}` is judged on a scale ({', '.join(sorted(map(shown, others)))})"
        raise ConfigError(message, hint="name its rubric with --rubric: it has the order of the levels")


def _scale_of(criterion: str, rubric: Rubric | None) -> Levels | None:
    """The levels, worst first; None of a statement."""
    found = (*rubric.criteria, *rubric.overall) if rubric else ()
    scale = next((each.scale for each in found if each.id == criterion), None)
    return None if scale is None else tuple(sorted(scale, key=scale.__getitem__))


def _item(criterion: str, scale: Levels | None, judged: Judged, ratings: Sequence[Rating]) -> Item:
    labels = tuple(_label(criterion, scale, rating) for rating in ratings)
    verdict = judged.only(criterion)
    if verdict is None:
        return Item(judged.group, labels, missing="not_reached", rollout=judged.id)
    return _found(scale, judged, labels, verdict)


def _label(criterion: str, scale: Levels | None, rating: Rating) -> int:
    key = label_key(rating.label)
    name = key if key is None or scale is not None else yes_or_no(key)
    levels = scale or YES_OR_NO
    if name not in levels:
        wanted = "true or false" if scale is None else ", ".join(levels)
        message = f"{rating.place}: the label of `{criterion}` is {shown(rating.label)}"
        raise ConfigError(message, hint=f"it should be {wanted}")
    return levels.index(name)


def _found(scale: Levels | None, judged: Judged, labels: tuple[int, ...], verdict: Verdict) -> Item:
    missing = _missing(verdict)
    if missing is not None:
        return Item(judged.group, labels, missing=missing, rollout=judged.id)
    if verdict.choice not in (scale or _STATEMENT):
        message = f"the verdict on `{verdict.criterion}` of {shown(judged.id)} is {shown(verdict.choice)}"
        hint = "the rubric changed after the verdicts were made: score again, or name the rubric of then"
        raise ConfigError(f"{message}, which the rubric does not offer", hint=hint)
    choice = (scale or _STATEMENT).index(verdict.choice)
    probability = verdict.probability if scale is None else None
    return Item(judged.group, labels, choice, probability, rollout=judged.id)


def _missing(verdict: Verdict) -> str | None:
    if verdict.cause is not None:
        return verdict.cause.value
    if verdict.choice is None:
        return "blank"
    return verdict.choice if verdict.choice in (SKIPPED, ABSTAINED) else None
