"""A rollout as a command that sends it again: for a shell, whatever the completion holds."""

import json

import msgspec

from reward_server.store.reading import StoredRollout
from rubrics.rollout import Json

ADDRESS = "${GAVEL_URL:-http://127.0.0.1:8900}"
RUN = "by-hand"
"""The run that it is stored under."""
END = "GAVEL"


def body(stored: StoredRollout) -> dict[str, Json]:
    """The rollout as a request. Of a run of its own: to ask again is no part of the training."""
    content = stored.content
    rollout: dict[str, Json] = {
        "id": content.result.id,
        "prompt": msgspec.to_builtins(stored.prompt),
        "completion": content.completion,
        "ground_truth": content.ground_truth,
        "metadata": dict(content.metadata) or None,
        "finish_reason": content.finish_reason,
        "completion_tokens": stored.tokens,
    }
    given = {name: value for name, value in rollout.items() if value is not None}
    return {"reward": stored.reward, "run": RUN, "detail": "verdicts", "rollouts": [given]}


def curl(stored: StoredRollout) -> str | None:
    """The command; None where the store keeps no texts, or they are nested too deeply.

    The body is ASCII in a quoted here-document, in which a shell obeys nothing. Of what an interactive one
    would obey before that, `!` is left, so it is written as an escape.
    """
    if stored.content.completion is None:
        return None
    try:
        written = json.dumps(body(stored), indent=1).replace("!", "\\u0021")
    except RecursionError:
        return None
    return (
        f'curl -sS "{ADDRESS}/v1/rewards" -H "Content-Type: application/json" '
        f"-H \"Authorization: Bearer ${{GAVEL_TOKEN-}}\" --data-binary @- <<'{END}'\n{written}\n{END}\n"
    )
