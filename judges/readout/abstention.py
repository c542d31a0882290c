"""A judge that may say it cannot tell: what its probabilities then mean. Pure."""

import math

from rubrics.cause import Cause
from rubrics.outcome import Unscored
from rubrics.verdict import Reading


def decided(found: Reading, unsure: str | None) -> Reading | Unscored:
    """The reading over the other answers, or `judge_abstained` where none of them is more probable.

    What lay on `unsure` is shared out in proportion. None: there was no such answer.
    """
    if unsure is None:
        return found
    others = {answer: chance for answer, chance in found.choices.items() if answer != unsure}
    if max(others.values()) <= found.choices[unsure]:
        return Unscored(Cause.JUDGE_ABSTAINED, "it answered that it cannot tell")
    total = math.fsum(others.values())
    return Reading({answer: chance / total for answer, chance in others.items()}, found.reason)
