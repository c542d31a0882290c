"""Where an engine's tokens went: computed, found in the prefix cache, generated."""

from collections.abc import Iterator

from reward_server.load.page.legend import figure, legend
from reward_server.load.page.phases import LIMITED, kind
from reward_server.load.page.stacked import Bar, stacked
from reward_server.load.report import PhaseFigures, Report, Tokens
from reward_server.load.words import load, rate, share
from reward_server.report.markup import Markup

_KEYS = (
    ("computed", "prompt, computed"),
    ("cached", "prompt, from the prefix cache"),
    ("decoded", "generated"),
    ("prompt", "prompt; what of it was cached is not known"),
)


def tokens(report: Report) -> Markup | None:
    """One bar for each phase; None where nothing counted tokens."""
    bars = [bar for each in report.phases if (bar := _bar(each)).parts]
    if not bars:
        return None
    seen = {kind.split()[0] for bar in bars for kind, *_ in bar.parts}
    hollow = [("computed hollow", LIMITED)] if any(each.client_limited for each in report.phases) else []
    drawn = stacked(bars, "Tokens a second by load", "tokens per second; at the end: cache hit rate", rate)
    return figure("Tokens", drawn, legend([*(key for key in _KEYS if key[0] in seen), *hollow]))


def _bar(phase: PhaseFigures) -> Bar:
    parts = [(kind(phase, colour), name, value) for colour, name, value in _parts(phase.tokens_s)]
    return Bar(load(phase), parts, share(phase.cache_hit_rate) if phase.cache_hit_rate is not None else "")


def _parts(found: Tokens) -> Iterator[tuple[str, str, float]]:
    prompt = found.prompt if found.prefill is None else None
    values = {"computed": found.prefill, "cached": found.cached, "decoded": found.decode, "prompt": prompt}
    for colour, name in _KEYS:
        value = values[colour]
        if value:
            yield colour, name, value
