"""What judging a step took, out of its rows' `judging` (store/encoding.py)."""

from array import array
from collections.abc import Sequence

from reward_server.history.quantiles import quantiles
from reward_server.history.statistics import JudgeStatistics
from reward_server.store.reading import NarrowRow

_COUNTS = 5
"""Numbers before the seconds."""


def judge_statistics(rows: Sequence[NarrowRow]) -> JudgeStatistics:
    """The sums of all rows, and the percentiles of their calls' seconds."""
    told = [array("f", row.judging) for row in rows if row.judging is not None]
    seconds = [value for row in told for value in row[_COUNTS:]]
    spared, failed, prompt, cached, completion = (
        int(sum(row[place] for row in told)) for place in range(_COUNTS)
    )
    apart = [row.disagreement for row in rows if row.disagreement is not None]
    return JudgeStatistics(
        calls=len(seconds),
        failed=failed,
        spared=spared,
        prompt_tokens=prompt,
        cached_tokens=cached,
        completion_tokens=completion,
        seconds=quantiles(seconds),
        disagreement=sum(apart) / len(apart) if apart else None,
    )
