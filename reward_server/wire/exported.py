"""One line of an export: a stored rollout in full, with the names of the wire."""

from collections.abc import Sequence

from reward_server.wire.native import Result, RolloutRequest
from rubrics.rollout import FinishReason, Json, Turns


class Exported(Result, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A rollout as it was sent, its result with verdicts, and whence it is.

    `id` and `group` are unique in the store, so that lines of several steps can be read together.
    """

    run: str
    step: int
    number: int
    """Its number in the store."""
    at: float
    """When it was stored, in seconds since 1970."""
    sent_id: str | None
    """The id, as the trainer sent it; null where it sent none."""
    sent_group: str | None
    prompt: Turns | None
    completion: str | None
    """Null where the store keeps no texts."""
    ground_truth: Json
    metadata: dict[str, Json]
    finish_reason: FinishReason | None
    completion_tokens: int | None
    words: int
    """Of reasoning; of all of it where the layout has none."""
    marks: Sequence[str]
    calls: Sequence[Json]
    """What was done for judges' questions."""
    reward_name: str
    reward_version: str
    rollout_digest: str
    """As in the files of `gavel score`: of what is in this line."""

    def rollout(self) -> RolloutRequest | None:
        """The rollout, to be scored anew; None where there is no text of it."""
        if self.completion is None:
            return None
        return RolloutRequest(
            completion=self.completion,
            id=self.id,
            group=self.group,
            prompt=self.prompt,
            ground_truth=self.ground_truth,
            metadata=self.metadata,
            finish_reason=self.finish_reason,
            completion_tokens=self.completion_tokens,
        )
