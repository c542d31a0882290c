"""A rollout, and the group of rollouts that share its prompt."""

from collections.abc import Iterator, Sequence
from typing import Literal

import msgspec

from rubrics.completion import Completion
from rubrics.outcome import Unscored

Json = object
"""Any JSON value as Python data: None, bool, int, float, str, list, dict."""

FinishReason = Literal["stop", "length"]


class Message(msgspec.Struct, frozen=True):
    """One chat message. `content` is text, or a list of parts of which those of type `text` are read."""

    role: str
    content: str | list[dict[str, Json]] | None = None
    reasoning_content: str | None = None

    @property
    def text(self) -> str:
        if isinstance(self.content, str):
            return self.content
        return "".join(str(part.get("text", "")) for part in self.content or () if part.get("type") == "text")


Turns = str | list[Message]
"""A prompt or completion on the wire: plain text or chat messages."""


def flatten(turns: Turns | None) -> str:
    """The text of a prompt: the messages' texts, one paragraph each, led by their role."""
    if turns is None or isinstance(turns, str):
        return turns or ""
    return "\n\n".join(f"{message.role}: {message.text}" for message in turns)


class Rollout(msgspec.Struct, frozen=True, kw_only=True):
    """One sampled completion and its context."""

    id: str
    completion: Completion
    """The policy's output. Untrusted."""
    prompt: Turns | None = None
    ground_truth: Json = None
    """The reference a verifiable component compares with; None when absent."""
    metadata: dict[str, Json] = {}
    finish_reason: FinishReason | None = None
    completion_tokens: int | None = None
    """Length of the completion in the policy's tokens, as the trainer counted them."""
    refused: Unscored | None = None
    """Why no component sees this rollout; None for one that is scored."""

    def lookup(self, path: str) -> Json:
        """The value at a dotted `path`, or None: `ground_truth.label`, `metadata.labels.spam`.

        A path that starts with neither word is looked up in the metadata.
        """
        head, _, rest = path.partition(".")
        if head == "ground_truth":
            return dig(self.ground_truth, rest)
        return dig(self.metadata, rest if head == "metadata" else path)


def dig(value: Json, path: str) -> Json:
    """The value at a dotted path of object keys inside `value`; None where a step is missing."""
    for key in path.split(".") if path else ():
        if not isinstance(value, dict) or key not in value:
            return None
        value = value[key]
    return value


class Group(msgspec.Struct, frozen=True):
    """The rollouts of one prompt, as far as this request holds them (a trainer may split a group)."""

    id: str
    rollouts: Sequence[Rollout]

    def __iter__(self) -> Iterator[Rollout]:
        return iter(self.rollouts)

    def __len__(self) -> int:
        return len(self.rollouts)
