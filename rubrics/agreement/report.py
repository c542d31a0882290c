"""How well a judge agrees with people on each criterion of a rubric, and on all statements together."""

from collections.abc import Sequence

import msgspec

from rubrics.agreement.bootstrap import LEVEL, Bootstrap
from rubrics.agreement.matching import Matched
from rubrics.agreement.measures import Agreement, measure
from rubrics.agreement.prediction import BINS
from rubrics.agreement.repeated import Retest
from rubrics.agreement.sample import pooled


class Report(msgspec.Struct, frozen=True):
    """Everything measured, and how."""

    criteria: Sequence[Agreement]
    overall: Agreement | None
    """All statements pooled; None without any. Each labelled pair of rollout and statement counts alike."""
    without_verdicts: int
    """Labelled rollouts that stand in no line of verdicts."""
    bootstrap: Bootstrap
    retest: Retest | None = None
    """How well the judge agrees with itself; None without a second run."""
    level: float = LEVEL
    bins: int = BINS


def calibrate(matched: Matched, bootstrap: Bootstrap, retest: Retest | None = None) -> Report:
    """Measure each criterion, then the statements together."""
    statements = [sample for sample in matched.samples if sample.is_statement]
    return Report(
        criteria=[measure(sample, bootstrap) for sample in matched.samples],
        overall=measure(pooled(statements), bootstrap, suggesting=False) if statements else None,
        without_verdicts=matched.without_verdicts,
        bootstrap=bootstrap,
        retest=retest,
    )
