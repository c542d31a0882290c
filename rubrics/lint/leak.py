"""The answer key in the judge's prompt."""

import re
from collections.abc import Iterator

from rubrics.document import VALUE, Document
from rubrics.lint.statement import statements, warning
from rubrics.problems import Problem
from rubrics.rubric import Rubric

LEAKED = "label-leaked"
UNUSED = "ground-truth-shown"

_REFERENCES = ("reference", "truth", "gold", "expected", "solution", "target")
"""Words by which statements speak of a ground truth, whatever the input is called."""


def label_leaked(rubric: Rubric, document: Document) -> Iterator[Problem]:
    """Inputs that show the judge a human label which a verdict is compared with."""
    if not any(statements(rubric)):
        return
    for name, source in rubric.inputs.items():
        for criterion in rubric.criteria:
            if criterion.label_path is not None and _overlap(source.source, criterion.label_path):
                yield _leaked(document, name, source.source, criterion.id, criterion.label_path)
                break


def _overlap(shown: str, label: str) -> bool:
    """Whether one of two paths leads to, or through, the other."""
    return f"{label}.".startswith(f"{shown}.") or f"{shown}.".startswith(f"{label}.")


def _leaked(document: Document, name: str, shown: str, criterion: str, label: str) -> Problem:
    message = f"the judge is shown {shown}, and `{criterion}` compares with the label at {label}"
    hint = "remove this input: a judge that can read the label repeats it, whatever the completion says"
    path = ("inputs", name, "from", VALUE)
    return Problem(message=message, document=document, path=path, hint=hint, code=LEAKED)


def ground_truth_shown(rubric: Rubric, document: Document) -> Iterator[Problem]:
    """Ground truth that the judge sees although nothing it is told or asked speaks of it."""
    words = _words(rubric)
    if not any(statements(rubric)):
        return
    for name, source in rubric.inputs.items():
        truth = source.source.partition(".")[0] == "ground_truth"
        if truth and not {*re.findall(r"[a-z]+", name), *_REFERENCES} & words:
            message = f"the judge is shown {source.source}, but no statement speaks of `{name}`"
            hint = "remove the input; or say by its name, in a statement, what to compare with it"
            yield warning(document, ("inputs", name, "from", VALUE), UNUSED, message, hint)


def _words(rubric: Rubric) -> set[str]:
    """Every word that the judge is told or asked."""
    told = [rubric.guidelines, *(statement.text for statement in statements(rubric))]
    for criterion in rubric.criteria:
        if criterion.anchors is not None:
            told += [criterion.anchors.met, criterion.anchors.unmet]
        told += criterion.choices
    return {*re.findall(r"[a-z]+", " ".join(told).casefold())}
