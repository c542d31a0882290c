"""Tokens a second, and what the prefix cache spared."""

from collections.abc import Iterable, Sequence

from reward_server.load.figures.measured import Measured
from reward_server.load.report import Tokens


def tokens(repeats: Sequence[Measured]) -> tuple[Tokens, float | None]:
    """Rates, and the cache's hit rate: from what replies say they cost, else from the engine's counters."""
    prompt, decode = _from_usage(repeats)
    if prompt is None and decode is None:
        prompt, decode = _from_counters(repeats)
    hit_rate = _hit_rate(repeats)
    if prompt is None or hit_rate is None:
        return Tokens(prompt=prompt, decode=decode), hit_rate
    return Tokens(prompt, prompt * (1 - hit_rate), prompt * hit_rate, decode), hit_rate


def _from_usage(repeats: Sequence[Measured]) -> tuple[float | None, float | None]:
    seconds = sum(each.seconds for each in repeats)
    calls = [call for each in repeats for call in each.ended]
    prompt = sum(call.prompt_tokens for call in calls)
    decode = sum(call.completion_tokens for call in calls)
    return _rate(prompt or None, seconds), _rate(decode or None, seconds)  # 0 is what a silent server leaves


def _from_counters(repeats: Sequence[Measured]) -> tuple[float | None, float | None]:
    seconds = sum(each.seconds for each in repeats)
    prompt = _total(each.engine.prompt for each in repeats)
    return _rate(prompt, seconds), _rate(_total(each.engine.completion for each in repeats), seconds)


def _hit_rate(repeats: Sequence[Measured]) -> float | None:
    """What replies say of the measured time; if none names a cached token, the counters."""
    calls = [call for each in repeats for call in each.ended]
    cached: int | None = sum(call.cached_tokens for call in calls)
    prompt: int | None = sum(call.prompt_tokens for call in calls)
    if not cached:
        cached = _total(each.engine.cached for each in repeats)
        prompt = _total(each.engine.prompt for each in repeats)
    return min(1.0, cached / prompt) if cached is not None and prompt else None


def _total(counts: Iterable[int | None]) -> int | None:
    total = 0
    for count in counts:
        if count is None:
            return None
        total += count
    return total


def _rate(count: int | None, seconds: float) -> float | None:
    return None if count is None or not seconds else count / seconds
