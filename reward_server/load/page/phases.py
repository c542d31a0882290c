"""Which phases a figure may rest on."""

from collections.abc import Mapping

from reward_server.load.report import PhaseFigures, Report
from reward_server.load.words import load

ABSTAINED = "abstained"
LIMITED = "limited by the client: not what was tested can do"
"""What hollow marks mean."""


def headline(report: Report) -> PhaseFigures | None:
    """The phase that the key figures are of: the knee's, else the fastest that the client did not limit."""
    if report.knee is not None:
        return report.phases[report.knee.phase]
    honest = [each for each in report.phases if not each.client_limited]
    return max(honest, key=lambda each: each.rollouts_s or 0, default=None)


def named(phase: PhaseFigures) -> str:
    """Its load, and that the client limited it if so."""
    return f"{load(phase)} (client-limited)" if phase.client_limited else load(phase)


def kind(phase: PhaseFigures, colour: str) -> str:
    """The class of its marks: hollow where the client limited it."""
    return f"{colour} hollow" if phase.client_limited else colour


def lost(phase: PhaseFigures) -> Mapping[str, float]:
    """Shares of its calls without a verdict, by why."""
    return {**phase.failures, **({ABSTAINED: phase.abstained} if phase.abstained else {})}
