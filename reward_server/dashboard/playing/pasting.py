"""The rollouts that somebody pasted: as JSONL, or the text of one completion."""

import json
from collections.abc import Iterator

from reward_server.dashboard.page import PageError
from reward_server.dashboard.playing.choosing import MOST, Chosen
from reward_server.wire.decoding import decode_as
from reward_server.wire.ingress import assemble
from reward_server.wire.native import RolloutRequest
from reward_server.wire.status import RequestError
from rubrics.layout import Layout


def pasted(text: str, layout: Layout, most_chars: int) -> Chosen:
    """Rollouts out of a text. Raises PageError."""
    try:
        requests = [*_requests(text)]
        if len(requests) > MOST:
            raise PageError(f"these are more than {MOST} rollouts", "paste fewer", 422)
        batch = assemble(requests, layout, most_chars)
    except RequestError as error:
        raise PageError(error.message, error.hint, 422) from None
    return Chosen([(group.id, rollout) for group in batch.groups for rollout in group], {})


def _requests(text: str) -> Iterator[RolloutRequest]:
    if not _is_jsonl(text):
        yield RolloutRequest(completion=text)
        return
    for number, line in enumerate(text.splitlines(), start=1):
        if line.strip():
            try:
                yield decode_as(line.encode("utf-8", "replace"), RolloutRequest)
            except RequestError as error:
                place = f" at {error.path}" if error.path else ""
                raise PageError(f"line {number}: {error.message}{place}", error.hint, 422) from None


def _is_jsonl(text: str) -> bool:
    """Whether the first line is an object with a completion; a completion may be JSON, too."""
    first = next((line for line in text.splitlines() if line.strip()), "")
    try:
        found = json.loads(first)
    except (ValueError, RecursionError):
        return False
    return isinstance(found, dict) and "completion" in found
