"""What a URL says besides its path: `?unscored=0&deadline_s=60`, or the same as `X-Gavel-...` headers."""

import math
from collections.abc import Collection, Mapping

import msgspec

from reward_server.wire.status import RequestError
from rubrics.problems import did_you_mean

_MAX_SHOWN = 40
_HEADER = "x-gavel-"
_MAX_DEADLINE_S = 3600.0
_MAX_GROUP = 65_536
_LONGEST_RUN = 256
_DIGITS = 16


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """What a dialect lets its URL set."""

    unscored: str | float
    """What becomes of an unscored rollout: a policy of the dialect's, or the number that stands in."""
    deadline_s: float | None = None
    group_size: int | None = None
    reward_key: str | None = None
    special_tokens: tuple[str, ...] = ()
    """Special tokens of this tokenizer, besides the common ones."""
    run: str | None = None
    """The training run, for the store and the dashboard."""
    step: int | None = None
    """The trainer's step."""


def read_settings(
    query: Mapping[str, str], headers: Mapping[str, str], allowed: Collection[str], policies: Collection[str]
) -> Settings:
    """Read what is set; the query goes before headers. Raises RequestError for what is not `allowed`.

    `policies` are the words for `unscored`, the default first; `number` among them allows any number.
    """
    given = {**_of_headers(headers, allowed), **query}
    unknown = [name for name in given if name not in allowed]
    if unknown:
        hint = did_you_mean(unknown[0][:_MAX_SHOWN], allowed) or f"one of: {', '.join(sorted(allowed))}"
        raise _invalid(unknown[0], "unknown parameter", hint)
    return Settings(
        unscored=_policy(given.get("unscored"), policies),
        deadline_s=deadline_of(given.get("deadline_s")),
        group_size=_group_size(given.get("group_size")),
        reward_key=given.get("reward_key") or None,
        special_tokens=tuple(token for token in given.get("special_tokens", "").split(",") if token),
        run=_run(given.get("run")),
        step=_step(given.get("step")),
    )


def read_origin(query: Mapping[str, str], headers: Mapping[str, str]) -> tuple[str | None, int | None]:
    """The run and the step that a URL or its headers name, for a format whose body may name them, too."""
    given = {**_of_headers(headers, ("run", "step")), **query}
    return _run(given.get("run")), _step(given.get("step"))


def _of_headers(headers: Mapping[str, str], allowed: Collection[str]) -> dict[str, str]:
    names = {f"{_HEADER}{name.replace('_', '-')}": name for name in allowed}
    return {names[key]: value for key, value in headers.items() if key in names}


def _policy(text: str | None, policies: Collection[str]) -> str | float:
    words = [policy for policy in policies if policy != "number"]
    if text is None:
        return words[0]
    if text in words:
        return text
    number = _number(text)
    if number is None or "number" not in policies:
        hint = "one of: " + ", ".join([*words, "a number that stands in"][: len(policies)])
        raise _invalid("unscored", f"{text[:_MAX_SHOWN]!a} is no policy", hint)
    return number


def deadline_of(text: str | None) -> float | None:
    """Read seconds until the answer is wanted, where they are said. Raises RequestError."""
    if text is None:
        return None
    seconds = _number(text)
    if seconds is None or not 0 < seconds <= _MAX_DEADLINE_S:
        raise _invalid("deadline_s", f"{text[:_MAX_SHOWN]!a}", "seconds, more than 0 and at most 3600")
    return seconds


def _group_size(text: str | None) -> int | None:
    if text is None:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 6 and 1 <= int(text) <= _MAX_GROUP):
        raise _invalid("group_size", f"{text[:_MAX_SHOWN]!a}", "how many rollouts share a prompt")
    return int(text)


def _run(text: str | None) -> str | None:
    if text is not None and not 0 < len(text) <= _LONGEST_RUN:
        raise _invalid("run", f"{text[:_MAX_SHOWN]!a}", f"a name of 1 to {_LONGEST_RUN} characters")
    return text


def _step(text: str | None) -> int | None:
    if text is None:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < _DIGITS):
        raise _invalid("step", f"{text[:_MAX_SHOWN]!a}", "the trainer's step, a whole number")
    return int(text)


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _invalid(name: str, found: str, hint: str) -> RequestError:
    path = f"?{name[:_MAX_SHOWN]}".encode("ascii", "backslashreplace").decode()
    return RequestError("invalid_field", found, path=path, hint=hint)
