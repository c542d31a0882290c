"""What each threshold would find, and how much of it would be right."""

from collections.abc import Iterator, Sequence

from reward_server.report.frame import dot, frame, line, path
from reward_server.report.markup import Markup, element
from rubrics.agreement.evidence import Point
from rubrics.agreement.measures import Agreement
from rubrics.criteria.criterion import HALF

PRECISE = 0.9
_ROUNDING = 1e-12

Mark = tuple[str, str, Point]
"""Its colour, what it is, and where it lies."""


def precision_recall(agreement: Agreement, curve: Sequence[Point]) -> Markup:
    """The curve in steps, as PR-AUC adds it up, with the thresholds of interest below it."""
    marks = list(_marks(agreement, curve))
    drawn = frame(
        "Precision against recall at each threshold",
        "recall",
        "precision",
        line((0, PRECISE), (1, PRECISE), "limit"),
        *_guessing(agreement),
        path(list(_steps(curve)), "curve"),
        *(dot((mark.recall, mark.precision), 5, f"mark {kind}", words) for kind, words, mark in marks),
    )
    return element("div", drawn, element("ul", *map(_legend, marks), *_lines(agreement), class_="legend"))


def _steps(curve: Sequence[Point]) -> Iterator[tuple[float, float]]:
    recall = 0.0
    for point in curve:
        yield recall, point.precision
        yield point.recall, point.precision
        recall = point.recall


def _marks(agreement: Agreement, curve: Sequence[Point]) -> Iterator[Mark]:
    precise = [point for point in curve if point.precision >= PRECISE - _ROUNDING]
    places = [("half", "cut at 0.5", _cut(curve, HALF))]
    if agreement.threshold is not None:
        threshold = agreement.threshold.threshold
        places.append(("better", f"suggested cut at {threshold:.2f}", _cut(curve, threshold)))
    if precise:
        last = precise[-1]
        places.append(("precise", f"R@P90, cut at {last.threshold:.2f}", last))
    return ((kind, words, point) for kind, words, point in places if point is not None)


def _cut(curve: Sequence[Point], threshold: float) -> Point | None:
    """The last point whose yeses all lie from the threshold up; None where nothing does."""
    return next((point for point in reversed(curve) if point.threshold >= threshold), None)


def _guessing(agreement: Agreement) -> Iterator[Markup]:
    if agreement.holds is not None:
        yield line((0, agreement.holds), (1, agreement.holds), "ideal")


def _legend(mark: Mark) -> Markup:
    kind, words, point = mark
    numbers = f"{words}: precision {point.precision:.2f}, recall {point.recall:.2f}"
    return element("li", element("span", class_=f"key {kind}"), numbers)


def _lines(agreement: Agreement) -> Iterator[Markup]:
    yield element("li", element("span", class_="key limit"), "precision 0.9")
    if agreement.holds is not None:
        words = f"guessing: {agreement.holds:.2f} hold"
        yield element("li", element("span", class_="key ideal"), words)
