"""Numbers in tables: which columns, and how they are written."""

from collections.abc import Mapping

from reward_server.report.markup import Markup
from reward_server.report.tables import MISSING, cell
from rubrics.agreement.measures import Measure

AGREEMENT = {
    "agreement": "agreement",
    "kappa": "kappa",
    "alpha": "alpha",
    "people": "human_kappa",
    "people's alpha": "human_alpha",
}
PREDICTION = {
    "sensitivity": "sensitivity",
    "specificity": "specificity",
    "PR-AUC": "pr_auc",
    "R@P90": "recall_at_p90",
    "Brier": "brier",
    "ECE": "ece",
}
SCALE = {
    "agreement": "agreement",
    "kappa": "kappa",
    "linear kappa": "kappa_linear",
    "quadratic kappa": "kappa_quadratic",
    "alpha": "alpha",
    "people": "human_kappa_quadratic",
    "people's alpha": "human_alpha",
}
RETEST = {
    "kappa": "kappa",
    "flipped": "flipped",
    "difference": "difference",
    "tau-b": "tau",
    "order flipped": "order_flipped",
    "noise / signal": "noise_ratio",
    "ICC": "icc",
}
"""Headings and the measures below them."""

STATEMENT_BARS = ("kappa", "alpha", "human_kappa")
SCALE_BARS = ("kappa_quadratic", "alpha", "human_kappa_quadratic")
"""What the bars of a criterion show: kappa, alpha, and people's kappa."""


def number(value: float | None) -> str:
    """Two decimals."""
    return MISSING if value is None else f"{value:.2f}"


def with_interval(measure: Measure) -> str:
    """A value and its interval in one line."""
    if measure.interval is None:
        return number(measure.value)
    return f"{number(measure.value)} ({measure.interval.low:.2f} to {measure.interval.high:.2f})"


def measured(measures: Mapping[str, Measure], columns: Mapping[str, str]) -> list[Markup]:
    """A table's cells: each value above its interval."""
    return [_cell(measures[name]) for name in columns.values()]


def _cell(measure: Measure) -> Markup:
    if measure.interval is None:
        return cell(number(measure.value))
    return cell(number(measure.value), f"{measure.interval.low:.2f} to {measure.interval.high:.2f}")
