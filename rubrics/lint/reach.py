"""Criteria that cannot make a difference: behind a gate that never opens, always met, or weighed in vain."""

from collections.abc import Iterator
from itertools import combinations

from rubrics.aggregate import Aggregate
from rubrics.arithmetic import bounds
from rubrics.criteria.applicability import words as in_words
from rubrics.criteria.check import Check
from rubrics.criteria.criterion import Criterion
from rubrics.document import VALUE, Document
from rubrics.lint.statement import warning
from rubrics.pattern import occurs
from rubrics.problems import Problem, Step
from rubrics.rubric import Rubric

UNREACHABLE = "unreachable"
CONSTANT = "cannot-vary"
UNUSED = "weight-unused"

_PROBES = ("", "\n", " ", "a", "7", "!", "\u65e5")
"""Texts that have nothing in common: a pattern found in each of them is found in every text."""


def unreachable(rubric: Rubric, document: Document) -> Iterator[Problem]:
    """Gates that never open, gates that exclude each other, and a range that leaves one value."""
    yield from _closed_gates(rubric, document)
    yield from _excluding_gates(rubric, document)
    yield from _one_value(rubric, document)


def _closed_gates(rubric: Rubric, document: Document) -> Iterator[Problem]:
    for index, criterion in enumerate(rubric.criteria):
        if criterion.gate is not None and _always(criterion) is False:
            always = "always" if criterion.decides else "at most"
            where = "" if criterion.when is None else f" where {in_words(criterion.when)}"
            message = f"this gate never opens, so the rubric is {always} {criterion.gate.value:g}{where}"
            yield _unreachable(
                document, ("criteria", index, "gate"), message, "mend its check, or remove the gate"
            )


def _excluding_gates(rubric: Rubric, document: Document) -> Iterator[Problem]:
    gates = [(n, c) for n, c in enumerate(rubric.criteria) if c.decides and c.expect == "met"]
    for (_, first), (index, second) in combinations(gates, 2):
        if first.when != second.when:  # on samples to which one does not apply it is open
            continue
        if first.check is not None and second.check is not None and _exclude(first.check, second.check):
            message = (
                f"this gate is closed wherever the gate `{first.id}` is open, so nothing else ever counts"
            )
            yield _unreachable(document, ("criteria", index, "gate"), message, "let one of the two go")


def _one_value(rubric: Rubric, document: Document) -> Iterator[Problem]:
    if rubric.aggregate.range is None:
        return
    low, high = rubric.aggregate.range
    least, most = bounds(rubric.model_copy(update={"aggregate": _unclipped(rubric)}))
    if low >= most or high <= least:
        message = (
            f"the sum lies in [{least:g}, {most:g}], so this range makes it {low if low >= most else high:g}"
        )
        hint = "a range is for the sum of the criteria: give it bounds that the sum can reach"
        yield _unreachable(document, ("aggregate", "range", VALUE), message, hint)


def _unclipped(rubric: Rubric) -> Aggregate:
    return rubric.aggregate.model_copy(update={"range": None})


def _unreachable(document: Document, path: tuple[Step, ...], message: str, hint: str) -> Problem:
    return Problem(message=message, document=document, path=path, hint=hint, code=UNREACHABLE)


def cannot_vary(rubric: Rubric, document: Document) -> Iterator[Problem]:
    """Checks that find the same in every text."""
    for index, criterion in enumerate(rubric.criteria):
        found = _always(criterion)
        if found is None or (found is False and criterion.gate is not None):
            continue
        assert criterion.check is not None
        message = f"every text {'passes' if found else 'fails'} this, so it adds nothing to any comparison"
        path = ("criteria", index, "check", criterion.check.kind)
        yield warning(
            document, path, CONSTANT, message, "ask for something that a text can lack, or remove it"
        )


def _always(criterion: Criterion) -> bool | None:
    """Whether every text does what the check expects, or none does; None where it depends, or is unknown."""
    found = None if criterion.check is None else _outcome(criterion.check)
    if found is None or criterion.expect not in {"met", "unmet"}:
        return None
    return found == (criterion.expect == "met")


def _outcome(check: Check) -> bool | None:
    if check.regex is not None and _everywhere(check.regex):
        return True
    if check.not_regex is not None and _everywhere(check.not_regex):
        return False
    words = check.words
    return True if words is not None and not words.at_least and words.at_most is None else None


def _everywhere(pattern: str) -> bool:
    return all(occurs(pattern, probe) for probe in _PROBES)


def _exclude(one: Check, other: Check) -> bool:
    if one.of != other.of:
        return False
    if one.words is not None and other.words is not None:
        least = max(one.words.at_least or 0, other.words.at_least or 0)
        most = [words.at_most for words in (one.words, other.words) if words.at_most is not None]
        return bool(most) and least > min(most)
    same = (one.regex or other.regex) == (one.not_regex or other.not_regex)
    return same and (one.regex or other.regex) is not None


def weight_unused(rubric: Rubric, document: Document) -> Iterator[Problem]:
    """Weights of different size where something else makes them all one."""
    sizes = {abs(criterion.weight) for criterion in rubric.criteria}
    cause = _makes_weights_one(rubric)
    if cause is None or len(sizes) == 1:
        return
    for index, criterion in enumerate(rubric.criteria):
        if abs(criterion.weight) != 1:
            used = "1" if criterion.weight > 0 else "-1"
            message = f"`{cause[0]}` counts this criterion {used}, whatever its weight says"
            key = "weight" if criterion.importance is None else "importance"
            path = ("criteria", index, key, VALUE)
            yield warning(document, path, UNUSED, message, f"remove the {key}, or {cause[1]}")


def _makes_weights_one(rubric: Rubric) -> tuple[str, str] | None:
    """The setting under which sizes of weights mean nothing, and another one."""
    if rubric.aggregate.method in {"min", "product", "all"}:
        return f"aggregate: {{method: {rubric.aggregate.method}}}", "use `method: weighted_mean`"
    if rubric.weights.mode == "uniform" and rubric.holistic is None:
        return "weights: {mode: uniform}", "use `mode: authored`"
    return None
