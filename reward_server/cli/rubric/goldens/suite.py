"""Rubrics with their goldens: opened, held against each other, and what is to be tested of them."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec
from msgspec.structs import replace

from rubrics.document import Document, load
from rubrics.goldens.findings import testable
from rubrics.goldens.golden_file import build_goldens, golden_path, no_goldens
from rubrics.goldens.goldens import Case, Goldens
from rubrics.goldens.requirements import missing, unsent, wrong_names
from rubrics.layout import Layout
from rubrics.problems import ConfigError, Problem, did_you_mean
from rubrics.resolution import catalog
from rubrics.resolution.reference import CATALOG
from rubrics.rubric import Rubric
from rubrics.rubric_file import build_rubric, layout_problems, load_resolved


class Selection(msgspec.Struct, frozen=True):
    """What of the goldens is tested; everything where nothing is named."""

    cases: Sequence[str] = ()
    criteria: Sequence[str] = ()


class Suite(msgspec.Struct, frozen=True):
    """One rubric with its goldens."""

    file: Path
    rubric: Rubric
    golden_file: Path
    golden_document: Document | None
    """None where there is no such file and that is allowed."""
    cases: Sequence[tuple[int, Case]]
    """The cases to test, with their place in the file."""
    goldens: Goldens | None
    criteria: Sequence[str] | None
    """The criteria to test; None for all, and for the rubric's value."""
    missing: Sequence[Problem]
    """What has to be tested and is not."""

    @property
    def asks(self) -> bool:
        """Whether a judge has to be asked."""
        return bool(self.cases) and any(criterion.ask is not None for criterion in self.rubric.judged)

    @property
    def expectations(self) -> int:
        """How many there are to test."""
        return sum(self._expectations(case) for _, case in self.cases)

    def _expectations(self, case: Case) -> int:
        if self.criteria is None:
            return len(case.expect) + (case.value is not None)
        return len(case.expect.keys() & set(self.criteria))


def open_suites(
    files: Sequence[Path], goldens: Path | None, layout: Layout, selection: Selection, *, allow_missing: bool
) -> list[Suite]:
    """Open rubrics and goldens. Raises ConfigError with every mistake in any of them."""
    suites, problems = [], []
    for file in files:
        try:
            suites.append(_open(file, goldens, layout, selection, allow_missing=allow_missing))
        except ConfigError as error:
            problems += error.problems
    if problems:
        raise ConfigError(problems)
    _refuse_unknown(suites, selection)
    return suites


def _open(
    file: Path, goldens: Path | None, layout: Layout, selection: Selection, *, allow_missing: bool
) -> Suite:
    file = _located(file)
    document = load_resolved(file)
    rubric = build_rubric(document)
    path = goldens or golden_path(file)
    if goldens is None and not path.exists():
        gap = no_goldens(rubric, file)
        if not allow_missing:
            raise ConfigError([gap])
        return Suite(file, rubric, path, None, (), None, None, [gap])
    source = load(path)
    found = build_goldens(source)
    problems = [*_problems(found, source, rubric, document, layout)]
    if problems:
        raise ConfigError(problems)
    cases = [(n, c) for n, c in enumerate(found.cases) if not selection.cases or c.id in selection.cases]
    gaps = [] if selection.cases else [*missing(found, rubric, document, path.name, selection.criteria)]
    return Suite(file, rubric, path, source, cases, found, selection.criteria or None, gaps)


def _located(file: Path) -> Path:
    """The file itself of `catalog:NAME`."""
    if not str(file).startswith(CATALOG):
        return file
    name = str(file).removeprefix(CATALOG)
    catalog.open_catalog(name)
    return catalog.FOLDER / f"{name}.yaml"


def _problems(
    goldens: Goldens, source: Document, rubric: Rubric, document: Document, layout: Layout
) -> Iterator[Problem]:
    layout = goldens.completion or layout
    hint = "declare `completion:` in the goldens, or name the reward file that does: --reward reward.yaml"
    yield from (replace(problem, hint=hint) for problem in layout_problems(rubric, document, layout))
    yield from wrong_names(goldens, source, rubric)
    yield from unsent(goldens, source, rubric, layout)


def _refuse_unknown(suites: Sequence[Suite], selection: Selection) -> None:
    cases = {case.id for suite in suites if suite.goldens for case in suite.goldens.cases}
    criteria = {name for suite in suites for name in testable(suite.rubric)}
    for kind, named, known in (("case", selection.cases, cases), ("criterion", selection.criteria, criteria)):
        for name in named:
            if name not in known:
                message = f"there is no {kind} {ascii(name)[:80]}"
                raise ConfigError(message, hint=did_you_mean(name, known))
    if not any(suite.expectations or suite.missing for suite in suites):
        raise ConfigError("nothing to test", hint="no case that is left expects anything")
