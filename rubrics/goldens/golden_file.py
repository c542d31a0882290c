"""Golden files: where they stand, and from one to its cases. Mistakes come with their place in the file."""

from collections.abc import Iterator
from pathlib import Path

from rubrics.binding import bind
from rubrics.document import VALUE, Document, load
from rubrics.goldens.goldens import Goldens
from rubrics.goldens.skeleton import skeleton
from rubrics.kind import refuse_other_kind
from rubrics.problems import ConfigError, Problem
from rubrics.rubric import Rubric

SUFFIX = ".golden.yaml"


def golden_path(rubric: Path) -> Path:
    """Where the goldens of a rubric file stand: `tone.golden.yaml` beside `tone.yaml`."""
    return rubric.with_name(rubric.stem + SUFFIX)


def load_goldens(path: str | Path) -> Goldens:
    """Load a golden file. Raises ConfigError."""
    return build_goldens(load(path))


def build_goldens(document: Document) -> Goldens:
    """The goldens of a parsed file. Raises ConfigError."""
    refuse_other_kind(document, "goldens")
    goldens = bind(Goldens, document, document.data)
    problems = list(_repeated_ids(goldens, document))
    if problems:
        raise ConfigError(problems)
    return goldens


def no_goldens(rubric: Rubric, file: Path) -> Problem:
    """What to say where a rubric has no golden file: what one would look like."""
    hint = f"start with this:\n\n{skeleton(rubric)}"
    return Problem(message=f"no goldens beside {file}: write {golden_path(file).name}", hint=hint)


def _repeated_ids(goldens: Goldens, document: Document) -> Iterator[Problem]:
    first: dict[str, int] = {}
    for index, case in enumerate(goldens.cases):
        if first.setdefault(case.id, index) != index:
            yield Problem(
                message=f"case {first[case.id] + 1} is already called `{case.id}`",
                document=document,
                path=("cases", index, "id", VALUE),
                hint="ids name cases in reports: use each once",
            )
