"""From a rubric file to a rubric with its weight table inside. Mistakes come with their place in the file."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from rubrics.binding import bind
from rubrics.consistency import Finding, inconsistencies
from rubrics.criteria.author_function import author_function
from rubrics.criteria.criterion import Criterion
from rubrics.document import VALUE, Document, load
from rubrics.kind import refuse_other_kind
from rubrics.layout import Layout
from rubrics.plugin import PluginError
from rubrics.problems import ConfigError, Problem, Step, did_you_mean
from rubrics.resolution.catalog import open_catalog
from rubrics.resolution.reference import CATALOG
from rubrics.resolution.resolver import resolve
from rubrics.rubric import Rubric
from rubrics.weights.options import Weights
from rubrics.weights.table import CriterionTable, load_table


def load_rubric(path: str | Path) -> Rubric:
    """Load a rubric file, or `catalog:NAME`, and all that it names. Raises ConfigError."""
    return build_rubric(load_document(path))


def load_resolved(path: str | Path) -> Document:
    """A rubric as a document without `extends` and `use`, to point into. Raises ConfigError."""
    return resolve(load_document(path))


def load_document(path: str | Path) -> Document:
    """A rubric file, or `catalog:NAME`, as it is written. Raises ConfigError."""
    name = str(path)
    return open_catalog(name.removeprefix(CATALOG)) if name.startswith(CATALOG) else load(path)


def build_rubric(document: Document) -> Rubric:
    """A rubric out of a parsed file, what it includes and its weight table opened. Raises ConfigError."""
    refuse_other_kind(document, "rubric")
    document = resolve(document)
    rubric = bind(Rubric, document, document.data)
    problems = [*_foreign_code(rubric, document)] or [*_problems(rubric, document)]
    if problems:
        raise ConfigError(problems)
    rubric = rubric.model_copy(update={"weights": _with_table(rubric.weights, document)})
    problems = [*_table_problems(rubric, document)]
    if problems:
        raise ConfigError(problems)
    return rubric


def layout_problems(rubric: Rubric, document: Document, layout: Layout) -> list[Problem]:
    """What the rubric reads of a completion that its layout does not have: always empty, or always wrong."""
    document = resolve(document)
    problems = [_problem(document, *finding) for finding in _fields_missing(rubric, layout)]
    if layout.reasoning is None:
        problems += [_problem(document, *finding) for finding in _reasoning_readers(rubric)]
    return problems


def _problem(document: Document, path: tuple[Step, ...], message: str, hint: str | None) -> Problem:
    return Problem(message=message, document=document, path=path, hint=hint)


def _problems(rubric: Rubric, document: Document) -> Iterator[Problem]:
    for rule in (_repeated_ids, inconsistencies, _bad_functions):
        yield from (_problem(document, *finding) for finding in rule(rubric))


def _repeated_ids(rubric: Rubric) -> Iterator[Finding]:
    first: dict[str, int] = {}
    for index, criterion in enumerate(rubric.criteria):
        if first.setdefault(criterion.id, index) != index:
            message = f"criterion {first[criterion.id] + 1} is already called `{criterion.id}`"
            yield ("criteria", index, "id", VALUE), message, "ids name verdicts and weights: use each once"


def _foreign_code(rubric: Rubric, document: Document) -> Iterator[Problem]:
    """Functions that must not be imported. Comes first: to look at a function is to run its module."""
    if document.confinement is None:
        return
    for index, criterion in enumerate(rubric.criteria):
        if criterion.check is not None and criterion.check.python is not None:
            try:
                document.confinement.refuse_code(criterion.check.python)
            except ConfigError as error:
                path = ("criteria", index, "check", "python", VALUE)
                yield from (_problem(document, path, each.message, each.hint) for each in error.problems)


def _bad_functions(rubric: Rubric) -> Iterator[Finding]:
    for index, criterion in enumerate(rubric.criteria):
        if criterion.check is None or criterion.check.python is None:
            continue
        try:
            author_function(criterion.check.python)
        except PluginError as error:
            yield ("criteria", index, "check", "python", VALUE), str(error), error.hint


def _with_table(weights: Weights, document: Document) -> Weights:
    """The weights with the table's content in place of its file name."""
    if weights.table is None:
        return weights
    table = _table(weights, document)
    content = {"table": table.counts, "smoothing": table.smoothing, "max_ratio": table.max_ratio}
    return weights.model_copy(update=content)


def _table(weights: Weights, document: Document) -> CriterionTable:
    path = ("weights", "table")
    if isinstance(weights.table, str):
        return load_table(weights.table, document, path, weights.scope)
    options = {"scope": weights.scope, "smoothing": weights.smoothing, "max_ratio": weights.max_ratio}
    return bind(CriterionTable, document, {"counts": weights.table, **options}, path)


def _table_problems(rubric: Rubric, document: Document) -> Iterator[Problem]:
    if rubric.weights.mode != "inverse_frequency":
        return
    counts = rubric.weights.counts
    for finding in (*_uncounted(rubric, counts), *_unknown(rubric, counts), *_unknown_labels(rubric, counts)):
        yield _problem(document, *finding)


def _uncounted(rubric: Rubric, counts: Mapping[str, object]) -> Iterator[Finding]:
    for criterion in rubric.criteria:
        needed = rubric.weights.scope == "verdict" or criterion.label_path is not None
        if needed and criterion.id not in counts:
            yield ("weights", "table", VALUE), f"the table has no counts for `{criterion.id}`", "fit it again"


def _unknown(rubric: Rubric, counts: Mapping[str, object]) -> Iterator[Finding]:
    by_id = {criterion.id: criterion for criterion in rubric.criteria}
    for name in counts:
        if name not in by_id:
            message = f"the table counts `{name}`, which is not a criterion"
            yield ("weights", "table", name), message, did_you_mean(name, by_id)
        elif rubric.weights.scope == "criterion_label" and by_id[name].label_path is None:
            message = f"the table counts labels of `{name}`, which has no human label"
            yield ("weights", "table", name), message, "give it `expect: {label: path}`, or remove its counts"


def _unknown_labels(rubric: Rubric, counts: Mapping[str, Mapping[str, int]]) -> Iterator[Finding]:
    if rubric.weights.scope == "verdict":
        return
    for criterion in rubric.criteria:
        for label in counts.get(criterion.id, ()):
            if criterion.label_path is not None and criterion.label_name(label) is None:
                message = f"the table counts `{label}`, which cannot be a label of `{criterion.id}`"
                yield ("weights", "table", criterion.id, label), message, _labels_hint(criterion)


def _labels_hint(criterion: Criterion) -> str:
    return "its labels: " + ", ".join(
        criterion.choices if criterion.label is None else criterion.label.labels or ()
    )


def _fields_missing(rubric: Rubric, layout: Layout) -> Iterator[Finding]:
    for index, criterion in enumerate(rubric.criteria):
        if criterion.label is None:
            continue
        path = ("criteria", index, "label", "field", VALUE)
        if layout.answer is None or layout.answer.keys is None:
            yield (
                path,
                "the answer is not JSON, so it has no fields",
                "declare `completion: {answer: {json: ...}}`",
            )
        elif criterion.label.field.partition(".")[0] not in layout.answer.keys:
            field = criterion.label.field
            yield path, f"the answer has no field `{field}`", did_you_mean(field, layout.answer.keys)


def _reasoning_readers(rubric: Rubric) -> Iterator[Finding]:
    hint = "declare `completion: {reasoning: {tag: think}}`"
    message = "completions have no reasoning part here, so it would always be empty"
    for name, source in rubric.inputs.items():
        if source.source == "completion.reasoning":
            yield ("inputs", name, "from", VALUE), message, hint
    for index, criterion in enumerate(rubric.criteria):
        if criterion.check is not None and criterion.check.of == "reasoning":
            yield ("criteria", index, "check", "of", VALUE), message, hint
