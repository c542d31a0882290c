"""What the numbers say, in sentences."""

from collections.abc import Iterator

from rubrics.agreement.bootstrap import LEAST_CLUSTERS
from rubrics.agreement.measures import Agreement
from rubrics.agreement.repeated import Retest
from rubrics.agreement.temperature import FLATTEST, SHARPEST, Temperature
from rubrics.agreement.threshold import Suggestion


def about(agreement: Agreement) -> Iterator[str]:
    """What to know of one criterion."""
    for cause, count in agreement.missing.items():
        yield f"{count:,} labelled without a verdict: {cause}"
    if agreement.compared and agreement.groups < LEAST_CLUSTERS:
        yield f"{agreement.groups} groups are too few for intervals ({LEAST_CLUSTERS})"
    if agreement.threshold is not None:
        yield _cut(agreement.threshold)
    if agreement.temperature is not None:
        yield from _tempered(agreement.temperature)


def about_retest(retest: Retest) -> Iterator[str]:
    """What to know of a second run."""
    if retest.unmatched:
        yield f"{retest.unmatched:,} rollouts stand in one of the two runs only"
    if retest.identical:
        yield (
            "both runs say exactly the same: unless the judge is that steady, a cache answered "
            "the second time; score it with `cache: {store: none}`"
        )


def _cut(found: Suggestion) -> str:
    side = "too easily" if found.threshold > 0.5 else "too rarely"
    return (
        f"the judge says yes {side}: cut at {found.threshold:.2f} kappa is {found.kappa:.2f} "
        f"(gain on other groups {found.gain.low:+.2f}..{found.gain.high:+.2f})"
    )


def _tempered(found: Temperature) -> Iterator[str]:
    if found.at_end == "sharpest":
        yield f"temperature {SHARPEST:g}, the sharpest tried, fits best: right, but too near to 0.5"
    elif found.at_end == "flattest":
        yield f"temperature {FLATTEST:g}, the flattest tried, fits best: probabilities that tell little"
    elif found.interval is not None and not found.interval.low <= 1 <= found.interval.high:
        side = "too sure of itself" if found.temperature > 1 else "not sure enough of itself"
        yield f"the judge is {side}: {_better(found)}"


def _better(found: Temperature) -> str:
    assert found.interval is not None
    return (
        f"temperature {found.temperature:.2f} ({found.interval.low:.2f}..{found.interval.high:.2f}) "
        f"takes log loss from {found.log_loss:.2f} to {found.scaled_log_loss:.2f}"
    )
