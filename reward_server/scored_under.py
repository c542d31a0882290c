"""Saved results as verdicts of one rubric, refused where another one gave them."""

import math
from collections.abc import Sequence

from reward_server.saved_results import SavedResult
from rubrics.diff.carrying import ANY, Saved
from rubrics.diff.obstacles import weighs_by_label
from rubrics.problems import ConfigError
from rubrics.rubric import Rubric
from rubrics.verdict import Verdict

_MOST_NAMED = 4


def verdicts_of(rubric: Rubric, results: Sequence[SavedResult]) -> list[tuple[str, Saved]]:
    """The group and the rubric's verdicts of each result.

    Raises ConfigError where the results were scored under another rubric, as far as they tell: by criteria
    and their weights. They do not hold the words.
    """
    found = [(result.line.group, _own(rubric, result)) for result in results]
    if not any(saved for _, saved in found):
        ids = [criterion.id for criterion in rubric.criteria]
        named = ", ".join(ids[:_MOST_NAMED] + ["..."] * (len(ids) > _MOST_NAMED))
        message = f"no result holds a verdict on a criterion of {rubric.id} ({named})"
        raise ConfigError(message, hint="name results of the first rubric, with `--detail verdicts`")
    return found


def _own(rubric: Rubric, result: SavedResult) -> Saved:
    criteria = {criterion.id: criterion for criterion in rubric.criteria}
    own: dict[str, Verdict] = {}
    for verdict in result.verdicts:
        criterion = criteria.get(verdict.criterion)
        if criterion is None:
            continue
        if criterion.id in own:
            message = f"two verdicts on `{criterion.id}`: two rubrics of one reward have it"
            raise result.error(message, "give the criteria of a reward's rubrics different ids")
        expected = None if weighs_by_label(rubric) else rubric.weight_of(criterion, ANY)
        if expected is not None and verdict.weight is not None and not math.isclose(expected, verdict.weight):
            message = f"`{criterion.id}` weighs {verdict.weight:g} here and {expected:g} in {rubric.id}"
            raise result.error(message, "name results that were scored under the first rubric")
        own[criterion.id] = verdict
    return own
