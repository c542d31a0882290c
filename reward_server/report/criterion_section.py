"""One criterion: its pictures, its counts, and the rollouts it is worst at."""

from collections import Counter
from collections.abc import Iterator, Sequence

from reward_server.report.figures import number
from reward_server.report.markup import Markup, element, visible
from reward_server.report.precision_recall import precision_recall
from reward_server.report.reliability_diagram import reliability_diagram
from reward_server.report.tables import cell, row, table
from rubrics.agreement.evidence import Evidence, Miss
from rubrics.agreement.measures import Agreement
from rubrics.agreement.notes import about


def criterion_section(agreement: Agreement, evidence: Evidence, name: str | None = None) -> Markup:
    """A section under the criterion's name, or another; the latter without single rollouts."""
    return element(
        "section",
        element("h2", visible(agreement.criterion) if name is None else name),
        element("p", _size(agreement)),
        *(element("p", note, class_="note") for note in about(agreement)),
        element("div", *_figures(agreement, evidence), class_="figures"),
        *_misses(evidence.misses if name is None else ()),
    )


def _size(agreement: Agreement) -> str:
    counted = f"{agreement.compared:,} of {agreement.labelled:,} labelled rollouts compared"
    share = "" if agreement.holds is None else f"; people say of {agreement.holds:.0%} that it holds"
    return f"{counted}, in {agreement.groups:,} groups{share}."


def _figures(agreement: Agreement, evidence: Evidence) -> Iterator[Markup]:
    if evidence.bins:
        yield _figure("Reliability", reliability_diagram(evidence.bins))
    if evidence.curve:
        yield _figure("Precision and recall", precision_recall(agreement, evidence.curve))
    if agreement.compared:
        yield _figure("Counts", _confusion(evidence))


def _figure(title: str, drawn: Markup) -> Markup:
    return element("figure", element("figcaption", title), drawn)


def _confusion(evidence: Evidence) -> Markup:
    levels = [visible(level) for level in evidence.levels]
    rows = [
        row(level, *(_count(each, equal=here == there) for there, each in enumerate(counts)))
        for here, (level, counts) in enumerate(zip(levels, evidence.counts, strict=True))
    ]
    counted = table(["people \\ judge", *levels], rows, "counts")
    return element(
        "div", counted, element("p", "A rollout with m labels counts 1/m for each.", class_="small")
    )


def _count(count: float, *, equal: bool) -> Markup:
    written = f"{count:.0f}" if count == round(count) else f"{count:.1f}"
    return element("td", written, class_="equal" if equal else None)


def _misses(misses: Sequence[Miss]) -> Iterator[Markup]:
    if misses:
        yield element("h3", "Worst disagreements")
        rows = [
            row(visible(miss.rollout), *map(cell, (visible(miss.group), _judged(miss), _said(miss))))
            for miss in misses
        ]
        yield table(["rollout", "group", "judge", "people"], rows, "misses")


def _judged(miss: Miss) -> str:
    if miss.probability is None:
        return visible(miss.choice)
    return f"{number(miss.probability)} ({visible(miss.choice)})"


def _said(miss: Miss) -> str:
    if len(miss.labels) == 1:
        return visible(miss.labels[0])
    return ", ".join(f"{count} {visible(label)}" for label, count in Counter(miss.labels).most_common())
