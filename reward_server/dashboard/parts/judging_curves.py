"""What judging took, step by step, as curves."""

from collections.abc import Callable, Mapping

import msgspec

from reward_server.dashboard.parts.curves import Points, series
from reward_server.history.statistics import History, JudgeStatistics


class JudgingCurves(msgspec.Struct, frozen=True, kw_only=True):
    """Each a list of [step, value or null], by name."""

    seconds: Mapping[str, Points]
    """Of one call: percentiles."""
    questions: Mapping[str, Points]
    """Calls, and questions answered without one."""
    failed: Mapping[str, Points]
    """Share of calls that brought nothing that could be used."""
    cached: Mapping[str, Points]
    """Share of prompt tokens from the engine's prefix cache."""
    tokens: Mapping[str, Points]
    disagreement: Mapping[str, Points]


def judging_curves(history: History) -> JudgingCurves:
    """A history's judging."""
    return JudgingCurves(
        seconds={name: _curve(history, _seconds(name)) for name in ("p50", "p95", "p99")},
        questions={
            "calls": _curve(history, lambda judge: judge.calls),
            "without a call": _curve(history, lambda judge: judge.spared),
        },
        failed={"failed": _curve(history, lambda judge: _of(judge.failed, judge.calls))},
        cached={"cached": _curve(history, lambda judge: _of(judge.cached_tokens, judge.prompt_tokens))},
        tokens={
            "prompt": _curve(history, lambda judge: judge.prompt_tokens),
            "reply": _curve(history, lambda judge: judge.completion_tokens),
        },
        disagreement={"disagreement": _curve(history, lambda judge: judge.disagreement)},
    )


_Read = Callable[[JudgeStatistics], float | None]


def _curve(history: History, read: _Read) -> Points:
    return series(history, lambda step: read(step.judge))


def _seconds(name: str) -> _Read:
    return lambda judge: None if judge.seconds is None else getattr(judge.seconds, name)


def _of(part: int, whole: int) -> float | None:
    return part / whole if whole else None
