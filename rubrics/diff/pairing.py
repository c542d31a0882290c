"""Which criterion of the one rubric is which of the other."""

import msgspec

from rubrics.criteria.criterion import Criterion
from rubrics.rollout import Json
from rubrics.rubric import Rubric


class Pairing(msgspec.Struct, frozen=True):
    """Criteria of two rubrics: those in both, as (before, after), and those in one."""

    both: list[tuple[Criterion, Criterion]]
    removed: list[Criterion]
    added: list[Criterion]

    @property
    def renamed(self) -> list[tuple[str, str]]:
        """Ids before and after."""
        return [(before.id, after.id) for before, after in self.both if before.id != after.id]


def reordered(before: Rubric, pairing: Pairing) -> bool:
    """Whether the criteria in both stand in another order, which a judge sees under the layout `listed`."""
    places = {criterion.id: index for index, criterion in enumerate(before.criteria)}
    order = [places[was.id] for was, _ in pairing.both]
    return order != sorted(order)


def pair(before: Rubric, after: Rubric) -> Pairing:
    """Pair by id; what is left over by the same question, which is a criterion that was renamed."""
    old = {criterion.id: criterion for criterion in before.criteria}
    new_ids = {criterion.id for criterion in after.criteria}
    left = [criterion for criterion in before.criteria if criterion.id not in new_ids]
    both: list[tuple[Criterion, Criterion]] = []
    added: list[Criterion] = []
    for criterion in after.criteria:
        was = old.get(criterion.id) or _same_question(criterion, left)
        if was is None:
            added.append(criterion)
            continue
        both.append((was, criterion))
        left = [other for other in left if other is not was]
    return Pairing(both, left, added)


def _same_question(criterion: Criterion, others: list[Criterion]) -> Criterion | None:
    wanted = _question(criterion)
    return next((other for other in others if _question(other) == wanted), None)


def _question(criterion: Criterion) -> Json:
    said = {"ask", "anchors", "levels", "check", "label", "classifier"}
    return criterion.model_dump(mode="json", include=said)
