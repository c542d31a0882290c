"""What a reply says. One that is not what the API promises is a failure of infrastructure, never a reward."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime
from typing import Any, NoReturn

from trainer_adapters.client.connections import Reply, TryFailed
from trainer_adapters.client.errors import Refused

OK = 200
BUSY = frozenset({408, 425, 429})
"""Refusals that pass: try again, as after any 5xx."""
LONGEST_MESSAGE = 1000


def json_of(reply: Reply) -> Any:
    """Return what an answer with status 200 holds. Raises TryFailed for what may pass, else Refused."""
    if reply.status in BUSY or reply.status >= 500:
        raise TryFailed(f"the server answered {reply.status}{_told(reply)}", retry_after_s(reply))
    if reply.status != OK:
        raise _refusal(reply)
    return _parsed(reply)


def results_of(reply: Reply, ids: Sequence[str | None]) -> dict[str, Any]:
    """Return an answer that has one result for each rollout sent. Raises TryFailed or Refused."""
    answer = json_of(reply)
    if not isinstance(answer, dict):
        raise TryFailed("the answer is not an object")
    rewards, results = answer.get("rewards"), answer.get("results")
    for name, values in (("rewards", rewards), ("results", results)):
        if not isinstance(values, list) or len(values) != len(ids):
            raise TryFailed(f"the answer does not have one of its {name} for each of {len(ids)} rollouts")
    for position, (result, reward, sent) in enumerate(zip(results, rewards, ids, strict=True)):  # type: ignore[arg-type]
        _check(position, result, reward, f"#{position}" if sent is None else sent)
    return answer


def retry_after_s(reply: Reply) -> float | None:
    """Seconds of a Retry-After header, in either of its forms; None without a usable one."""
    text = reply.headers.get("retry-after", "").strip()
    if text.isascii() and text.isdigit() and len(text) < 10:
        return float(text)
    try:
        moment = parsedate_to_datetime(text)
    except (TypeError, ValueError, OverflowError):
        return None
    aware = moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)
    return max(0.0, (aware - datetime.now(timezone.utc)).total_seconds())


def _check(position: int, result: Any, reward: Any, id_: str) -> None:
    place = f"result {position} of the answer"
    if not isinstance(result, dict) or "cause" not in result or "components" not in result:
        raise TryFailed(f"{place} is not a result")
    if result.get("id") != id_:
        raise TryFailed(f"{place} has the id of another rollout: the answer belongs to another request")
    if not _number_or_none(reward) or result.get("reward") != reward or isinstance(result["reward"], bool):
        raise TryFailed(f"{place} has no usable reward")
    cause = result["cause"]
    if (reward is None) != isinstance(cause, str) or not isinstance(cause, (str, type(None))):
        raise TryFailed(f"{place} has a reward and a cause, or neither")
    _check_components(place, result["components"])


def _check_components(place: str, components: Any) -> None:
    if components is None:
        return
    if not isinstance(components, dict):
        raise TryFailed(f"{place} has no table of components")
    for component in components.values():
        if not isinstance(component, dict) or not _number_or_none(component.get("value", "missing")):
            raise TryFailed(f"{place} has a component without a usable value")
        if component.get("weight") is None or not _number_or_none(component["weight"]):
            raise TryFailed(f"{place} has a component without a usable weight")


def _number_or_none(value: Any) -> bool:
    if value is None:
        return True
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return False
    try:
        return math.isfinite(value)
    except OverflowError:  # an integer that no float holds
        return False


def _parsed(reply: Reply) -> Any:
    try:
        return json.loads(reply.body, parse_constant=_not_json)
    except (ValueError, RecursionError):  # UnicodeDecodeError is a ValueError
        raise TryFailed("the answer is not JSON") from None


def _not_json(constant: str) -> NoReturn:
    raise ValueError(constant)


def _error(reply: Reply) -> Mapping[str, Any]:
    try:
        error = _parsed(reply)["error"]
    except (TryFailed, KeyError, TypeError, IndexError):
        return {}
    return error if isinstance(error, dict) else {}


def _told(reply: Reply) -> str:
    error = _error(reply)
    return f" {_text(error.get('code'))}: {_text(error.get('message'))}"[:LONGEST_MESSAGE] if error else ""


def _refusal(reply: Reply) -> Refused:
    error = _error(reply)
    if not error:
        hint = "is there a gavel server at this address?"
        if "location" in reply.headers:
            hint = "it redirects elsewhere: set the address it leads to"
        return Refused("the answer is not one of gavel's", status=reply.status, hint=hint)
    return Refused(
        _text(error.get("message")) or "no message",
        status=reply.status,
        code=_text(error.get("code")),
        path=_text(error.get("path")),
        hint=_text(error.get("hint")),
    )


def _text(value: Any) -> str | None:
    return value[:LONGEST_MESSAGE] if isinstance(value, str) else None
