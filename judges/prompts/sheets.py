"""Which statements are put to a judge together (`judge.mode`), and which alone. Pure."""

from collections.abc import Iterable, Sequence

from rubrics.criteria.criterion import Criterion
from rubrics.rubric import Rubric

Sheet = Sequence[Criterion]
"""Statements of one question, in file order. One alone may be a sheet, too: it is read like the others."""


def sheets(rubric: Rubric, asked: Iterable[Criterion]) -> list[Sheet]:
    """The statements that are asked together, at most `judge.batch` at a time, as many votes for each."""
    alike: dict[int, list[Criterion]] = {}
    for criterion in asked:
        if is_on_a_sheet(rubric, criterion):
            alike.setdefault(rubric.samples_of(criterion), []).append(criterion)
    size = rubric.judge.batch
    return [each[start : start + size] for each in alike.values() for start in range(0, len(each), size)]


def is_on_a_sheet(rubric: Rubric, criterion: Criterion) -> bool:
    """Whether it is asked together with others, as quotations and the one grade are not."""
    if rubric.judge.batch == 1 or criterion.ask is None or criterion is rubric.holistic:
        return False
    return criterion.evidence is None


def units(rubric: Rubric, asked: Sequence[Criterion]) -> list[Sheet]:
    """The questions that ask these statements, sheets and single ones, in the order of their first."""
    found = [*sheets(rubric, asked), *([each] for each in asked if not is_on_a_sheet(rubric, each))]
    place = {criterion.id: number for number, criterion in enumerate(asked)}
    return sorted(found, key=lambda unit: place[unit[0].id])


def most_questions(rubric: Rubric) -> int:
    """The most questions that one rollout puts to each judge: judged gates come before the rest."""
    stated = [criterion for criterion in rubric.judged if criterion.ask is not None]
    gates = [criterion for criterion in stated if criterion.decides]
    return _most(rubric, gates) + _most(rubric, [c for c in stated if not c.decides])


def _most(rubric: Rubric, asked: Sequence[Criterion]) -> int:
    return sum(rubric.samples_of(unit[0]) for unit in units(rubric, asked))
