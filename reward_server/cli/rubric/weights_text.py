"""What criteria weigh, as a table for people."""

from collections.abc import Iterator, Sequence

from rubrics.weights.view import CriterionWeight, LabelWeight, Range, WeightView

_SOURCES = {
    "authored": "weights as written",
    "uniform": "all weights 1, whatever is written",
    "inverse_frequency": "as written, times a factor for",
}
_SCOPES = {"criterion_label": "each human label", "verdict": "how often each is met"}
_METHODS = {
    "min": "the value is that of the worst criterion: weights have no effect",
    "product": "the values are multiplied: weights have no effect",
    "all": "every criterion has to be met: weights have no effect",
    "holistic": "the judge reads the weights and gives one grade: no sum is computed",
}
_OTHER = "(any other)"


def text(found: WeightView, table: str | None) -> str:
    """The table below a line that says where the weights come from. `table` is the name of its file."""
    low, high = found.bounds
    lines = [
        f"{found.rubric} {found.version}: {_source(found, table)}",
        f"the value lies in [{low:.4g}, {high:.4g}]",
        "",
        *_aligned([*_rows(found)]),
    ]
    return "\n".join([*lines, "", _METHODS[found.method]] if found.method in _METHODS else lines)


def _source(found: WeightView, table: str | None) -> str:
    source = _SOURCES[found.mode]
    if found.scope is None:
        return source
    where = table or "counts in the file"
    limits = f"smoothing {found.smoothing:g}, max_ratio {found.max_ratio:g}"
    return f"{source} {_SCOPES[found.scope]} ({where}, {limits})"


def _rows(found: WeightView) -> Iterator[list[str]]:
    tabled, shared = found.scope is not None, found.method == "weighted_mean"
    yield [
        "criterion",
        "written",
        *(["label", "count", "factor"] if tabled else []),
        "weight",
        *(["share", "moves the value by"] if shared else []),
        "",
    ]
    for criterion in found.criteria:
        for number, label in enumerate(criterion.labels):
            yield [
                *([criterion.criterion, _written(criterion)] if number == 0 else ["", ""]),
                *(_label(label) if tabled else []),
                f"{label.weight:.4g}",
                *(_shares(criterion, label) if shared else []),
                f"gate: {criterion.gate}" if criterion.gate and number == 0 else "",
            ]


def _written(criterion: CriterionWeight) -> str:
    written = f"{criterion.written:g}"
    return written if criterion.importance is None else f"{criterion.importance} ({written})"


def _label(row: LabelWeight) -> list[str]:
    if row.count is None:
        return ["", "", ""]
    return [_OTHER if row.label is None else row.label, f"{row.count:,}", f"{row.factor:.3g}"]


def _shares(criterion: CriterionWeight, row: LabelWeight) -> list[str]:
    if row.share is None or criterion.moves is None:
        return ["", ""]
    moves = criterion.moves if row is criterion.labels[0] else None
    return [_percent(row.share), "" if moves is None else _signed(moves)]


def _percent(share: Range) -> str:
    low, high = (f"{100 * value:.3g}" for value in share)
    return f"{low} %" if low == high else f"{low} to {high} %"


def _signed(moves: Range) -> str:
    low, high = (f"{value:+.3g}" for value in moves)
    return low if low == high else f"{low} to {high}"


def _aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """The rows in columns: names to the left, numbers to the right."""
    left = {0, len(rows[0]) - 1, *(number for number, head in enumerate(rows[0]) if head == "label")}
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(
            cell.ljust(width) if number in left else cell.rjust(width)
            for number, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]
