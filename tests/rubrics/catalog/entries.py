"""The catalog as tests take it apart: each rubric with its goldens, and a judge that answers as they say."""

import re
from functools import cache

import msgspec

from judges.backends.scripted import Script, distribution, text
from judges.request import Reply, Request
from rubrics.criteria.criterion import Criterion
from rubrics.criteria.label import NO, YES
from rubrics.document import Document, load
from rubrics.goldens.golden_file import build_goldens, golden_path
from rubrics.goldens.goldens import Case, Goldens
from rubrics.resolution.catalog import FOLDER, catalog_names
from rubrics.rollout import Rollout
from rubrics.rubric import Rubric
from rubrics.rubric_file import build_rubric
from rubrics.verdict import MET

NAMES = catalog_names()
_QUOTED = 60


class Entry(msgspec.Struct, frozen=True):
    """One rubric of the catalog."""

    document: Document
    rubric: Rubric
    golden_file: Document
    goldens: Goldens


@cache
def entry(name: str) -> Entry:
    document = load(FOLDER / f"{name}.yaml")
    golden_file = load(golden_path(FOLDER / f"{name}.yaml"))
    return Entry(document, build_rubric(document), golden_file, build_goldens(golden_file))


CASES = [(name, index) for name in NAMES for index in range(len(entry(name).goldens.cases))]
IDS = [f"{name}-{entry(name).goldens.cases[index].id}" for name, index in CASES]


def as_expected(rubric: Rubric, case: Case, rollout: Rollout, *, kind: bool = True) -> Script:
    """A judge that finds what the case expects; what it leaves out, as the rubric likes it best, or least.

    Its quotations are the beginning of the completion.
    """
    quotation = re.sub(r"^\s*<think>", "", case.completion)[:_QUOTED]

    def script(request: Request) -> Reply:
        if not request.choices:
            return text(quotation)
        (criterion,) = [c for c in rubric.judged if f"Criterion: {c.ask}\n" in request.prompt.question]
        finding = case.expect.get(criterion.id)
        choice = liked(criterion, rollout, kind) if finding is None else chosen(finding)
        return distribution({request.choices[criterion.choices.index(choice)]: 1.0})

    return script


def chosen(finding: str) -> str:
    """The answer behind a finding: a level's name, or yes or no."""
    return {MET: YES, "unmet": NO}.get(finding, finding)


def liked(criterion: Criterion, rollout: Rollout, kind: bool) -> str:
    """The answer that earns most, or least."""
    earns = (criterion.weight > 0) == (criterion.target(rollout) == 1.0)
    return YES if earns == kind else NO
