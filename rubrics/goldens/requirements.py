"""Goldens held against their rubric: names that it does not know, and cases that are missing."""

from collections.abc import Collection, Iterator, Sequence

from rubrics.cause import Cause
from rubrics.criteria.criterion import Criterion
from rubrics.document import VALUE, Document
from rubrics.goldens.findings import can_be_found, findings_of, testable
from rubrics.goldens.goldens import Case, Goldens
from rubrics.goldens.trial import trial
from rubrics.layout import Layout
from rubrics.problems import Problem, Step, closest, did_you_mean
from rubrics.rubric import Rubric
from rubrics.settling import settle
from rubrics.verdict import SKIPPED

MISSING = "missing-golden"
_LONGEST = 80

_NOT_SENT = {Cause.MISSING_FIELD, Cause.MISSING_GROUND_TRUTH, Cause.INVALID_GROUND_TRUTH}


def wrong_names(goldens: Goldens, document: Document, rubric: Rubric) -> Iterator[Problem]:
    """Expectations of criteria, or of findings, that the rubric does not have."""
    known = testable(rubric)
    for index, case in enumerate(goldens.cases):
        for name, finding in case.expect.items():
            path = ("cases", index, "expect", name)
            if name not in known:
                yield _unknown(rubric, document, path, name)
            elif not can_be_found(known[name], finding):
                yield _never_found(known[name], document, path, finding)


def _unknown(rubric: Rubric, document: Document, path: Sequence[Step], name: str) -> Problem:
    if any(criterion.id == name for criterion in rubric.criteria):
        message = f"`{name}` is not asked by itself: the rubric is judged as a whole (`method: holistic`)"
        return Problem(message=message, document=document, path=path, hint="expect a level of `holistic`")
    message = f"the rubric has no criterion {ascii(name)[:_LONGEST]}"
    return Problem(message=message, document=document, path=path, hint=did_you_mean(name, testable(rubric)))


def _never_found(criterion: Criterion, document: Document, path: Sequence[Step], finding: str) -> Problem:
    known = (*findings_of(criterion), SKIPPED)
    message = f"`{criterion.id}` is never found {ascii(finding)[:_LONGEST]}"
    hint = closest(finding, known) or f"it is found {', '.join(known[:-1])} or {known[-1]}"
    return Problem(message=message, document=document, path=(*path, VALUE), hint=hint)


def unsent(goldens: Goldens, document: Document, rubric: Rubric, layout: Layout) -> Iterator[Problem]:
    """Cases that lack something the rubric reads, or have a label that is none."""
    for index, case in enumerate(goldens.cases):
        for reason in _lacks(goldens, case, rubric, layout):
            hint = "add it to this case, or under `common` for all"
            message = f"case `{case.id}`: {reason}"
            yield Problem(message=message, document=document, path=("cases", index), hint=hint)


def _lacks(goldens: Goldens, case: Case, rubric: Rubric, layout: Layout) -> Collection[str]:
    """Why nothing can be found, of the criteria that count in this case."""
    rollout = goldens.rollout(case, layout)
    tried = settle(trial(rubric, case.expect), rollout) if case.expect else {}
    whole = settle(rubric, rollout) if case.value is not None else {}
    verdicts = [*(v for name, v in tried.items() if name in case.expect), *whole.values()]
    return dict.fromkeys(v.reason or v.cause for v in verdicts if v.cause in _NOT_SENT)


def missing(
    goldens: Goldens, rubric: Rubric, document: Document, file: str, only: Collection[str] = ()
) -> Iterator[Problem]:
    """Criteria that a model decides without a case for either answer, at their place in the rubric.

    `file` is the name of the golden file, `document` the rubric's. `only` looks at these criteria alone.
    """
    for criterion in rubric.judged:
        if only and criterion.id not in only:
            continue
        lacking = _lacking(criterion, {case.expect.get(criterion.id) for case in goldens.cases})
        if lacking:
            yield _missing(criterion, lacking, document, _place(rubric, criterion), file)


def _lacking(criterion: Criterion, expected: Collection[str | None]) -> Sequence[str]:
    """What some case has still to expect: met and unmet, or two levels, for which the ends are proposed."""
    found = [finding for finding in findings_of(criterion) if finding in expected]
    if criterion.scale is None or not found:
        best, *_, worst = findings_of(criterion)
        return [finding for finding in (best, worst) if finding not in found]
    if len(found) > 1:
        return ()
    best, *_, worst = findings_of(criterion)
    return [best if worst in found else worst]


def _missing(
    criterion: Criterion, lacking: Sequence[str], document: Document, place: Sequence[Step], file: str
) -> Problem:
    wanted = [f"`{criterion.id}: {finding}`" for finding in lacking]
    cases = "cases that expect them" if len(wanted) > 1 else "a case that expects it"
    return Problem(
        message=f"no golden case expects {' and none '.join(wanted)}",
        document=document,
        path=place,
        hint=f"a judge that always answers the same would pass: add {cases} to {file}",
        code=MISSING,
    )


def _place(rubric: Rubric, criterion: Criterion) -> Sequence[Step]:
    for index, known in enumerate(rubric.criteria):
        if known.id == criterion.id:
            return ("criteria", index, "id", VALUE)
    return ("aggregate", "method", VALUE)
