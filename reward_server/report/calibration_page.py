"""The report of `gavel rubric calibrate` as one HTML file, which needs no network and no script."""

from collections.abc import Iterator, Mapping, Sequence

from reward_server.report.agreement_bars import agreement_bars
from reward_server.report.asked import Asked, asked_lines
from reward_server.report.criterion_section import criterion_section
from reward_server.report.document import document
from reward_server.report.figures import AGREEMENT, PREDICTION, RETEST, SCALE, measured, number
from reward_server.report.markup import Markup, element, visible
from reward_server.report.tables import cell, row, table
from rubrics.agreement.evidence import evidence
from rubrics.agreement.matching import Matched
from rubrics.agreement.measures import Agreement, Measure
from rubrics.agreement.notes import about_retest
from rubrics.agreement.repeated import Retest
from rubrics.agreement.report import Report
from rubrics.agreement.sample import pooled
from rubrics.agreement.temperature import Temperature

_TITLE = "Does the judge agree with people?"
TEMPERATURE = ("criterion", "temperature", "log loss", "with it", "ECE", "with it")

_EXPLAINED = (
    "Below each number is its interval, of resamples of whole groups. people: the kappa of one person with "
    "another. A dash stands for what is undefined. With fewer than 10 groups there are no intervals."
)
_TEMPERED = (
    "With the temperature T a probability p becomes sigmoid(logit(p) / T). Above 1 the judge is too sure of "
    "itself, below 1 not sure enough. Both columns are of the labels that T was fitted to."
)
_ASKED_AGAIN = (
    "Two runs of one judge on the same rollouts. flipped: verdicts that changed. difference: of the "
    "probabilities, in the mean. From tau-b on within groups: order flipped, of the pairs that both runs "
    "order; noise / signal, of variances; ICC, signal / (signal + noise)."
)


def calibration_page(report: Report, matched: Matched, asked: Asked) -> str:
    """The whole file. The same input gives the same page."""
    return document(_TITLE, _body(report, matched, asked))


def _body(report: Report, matched: Matched, asked: Asked) -> Iterator[Markup]:
    yield element("h1", _TITLE)
    yield asked_lines(asked, report)
    yield from _tables(report)
    yield from _bars(report.criteria)
    yield from _temperatures(report)
    if report.retest is not None:
        yield from _retest(report.retest)
    for agreement, sample in zip(report.criteria, matched.samples, strict=True):
        yield criterion_section(agreement, evidence(sample))
    if len(_statements(report)) > 1:
        assert report.overall is not None
        yield criterion_section(report.overall, evidence(pooled(matched.samples)), name="All statements")


def _statements(report: Report) -> list[Agreement]:
    return [each for each in report.criteria if "sensitivity" in each.measures]


def _tables(report: Report) -> Iterator[Markup]:
    statements = _statements(report)
    scales = [each for each in report.criteria if each not in statements]
    together = [report.overall] if report.overall and len(statements) > 1 else []
    if statements:
        yield element("h2", "Statements")
        yield _table([*statements, *together], AGREEMENT)
        yield _table([*statements, *together], PREDICTION)
    if scales:
        yield element("h2", "Scales")
        yield _table(scales, SCALE)
    yield element("p", _EXPLAINED, class_="small")
    if report.without_verdicts:
        yield element("p", f"{report.without_verdicts:,} labelled rollouts have no verdict.", class_="note")


def _table(found: Sequence[Agreement], columns: Mapping[str, str]) -> Markup:
    rows = [
        row(visible(each.criterion), cell(f"{each.compared:,}"), *measured(each.measures, columns))
        for each in found
    ]
    return table(["criterion", "compared", *columns], rows)


def _bars(found: Sequence[Agreement]) -> Iterator[Markup]:
    if any(each.compared for each in found):
        keys = (
            element("li", element("span", class_=f"key {kind}"), words)
            for kind, words in (
                ("kappa", "kappa (quadratic for scales)"),
                ("alpha", "Krippendorff's alpha"),
                ("people", "kappa of people among themselves"),
            )
        )
        yield element("h2", "Agreement beyond chance")
        yield element("figure", agreement_bars(found), element("ul", *keys, class_="legend"))


def _temperatures(report: Report) -> Iterator[Markup]:
    together = [report.overall] if report.overall and len(_statements(report)) > 1 else []
    rows = [
        row(visible(each.criterion), *_temperature(each.temperature))
        for each in (*report.criteria, *together)
        if each.temperature is not None
    ]
    if rows:
        yield element("h2", "Temperature")
        yield table(TEMPERATURE, rows)
        yield element("p", _TEMPERED, class_="small")


def _temperature(found: Temperature) -> Iterator[Markup]:
    yield from measured({"it": Measure(found.temperature, found.interval)}, {"it": "it"})
    for value in (found.log_loss, found.scaled_log_loss, found.ece, found.scaled_ece):
        yield cell(number(value))


def _retest(retest: Retest) -> Iterator[Markup]:
    found = [*retest.criteria, *([retest.reward] if retest.reward else [])]
    rows = [
        row(visible(each.criterion), cell(f"{each.rollouts:,}"), *measured(each.measures, RETEST))
        for each in found
    ]
    yield element("h2", "The judge, asked again")
    yield table(["criterion", "rollouts", *RETEST], rows)
    yield element("p", _ASKED_AGAIN, class_="small")
    yield from (element("p", note, class_="note") for note in about_retest(retest))
