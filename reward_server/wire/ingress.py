"""From a request's rollouts to groups of rollouts that components can score."""

import hashlib
from collections.abc import Sequence
from typing import NamedTuple, Never

import msgspec

from reward_server.wire.decoding import too_deep
from reward_server.wire.native import RolloutRequest
from reward_server.wire.status import RequestError
from rubrics.cause import Cause
from rubrics.completion import Completion
from rubrics.layout import Layout
from rubrics.outcome import Unscored
from rubrics.rollout import Group, Message, Rollout, Turns

_MAX_SHOWN = 80


class Batch(NamedTuple):
    """The rollouts of a request by group, and where each stood in the request."""

    groups: Sequence[Group]
    positions: Sequence[Sequence[int]]

    def position(self, name: str) -> int:
        """Where the rollout of this id stood in the request."""
        for group, places in zip(self.groups, self.positions, strict=True):
            for rollout, place in zip(group, places, strict=True):
                if rollout.id == name:
                    return place
        raise KeyError(name)


def assemble(requests: Sequence[RolloutRequest], layout: Layout, max_chars: int) -> Batch:
    """Rollouts in groups: by `group`, else by equal prompts, else alone. Raises RequestError.

    A completion over `max_chars` characters is refused by itself; its siblings are scored.
    """
    members: dict[str, list[int]] = {}
    by_prompt: dict[str, str] = {}
    rollouts: list[Rollout] = []
    for index, request in enumerate(requests):
        rollout = _rollout(request, index, layout, max_chars)
        rollouts.append(rollout)
        group = request.group or _group_of(rollout, by_prompt)
        members.setdefault(group, []).append(index)
    _refuse_duplicates(rollouts)
    groups = [Group(name, [rollouts[i] for i in indices]) for name, indices in members.items()]
    return Batch(groups, list(members.values()))


def _rollout(request: RolloutRequest, index: int, layout: Layout, max_chars: int) -> Rollout:
    text = text_of(request.completion, layout)
    refused = _refusal(request.completion, text, max_chars)
    return Rollout(
        id=request.id or f"#{index}",
        completion=Completion(text if refused is None else "", layout),
        refused=refused,
        prompt=request.prompt,
        ground_truth=request.ground_truth,
        metadata=request.metadata,
        finish_reason=request.finish_reason,
        completion_tokens=request.completion_tokens,
    )


def _refusal(turns: Turns, text: str, max_chars: int) -> Unscored | None:
    if len(text) > max_chars:
        detail = f"{len(text):,} characters; this server takes {max_chars:,} (--max-completion-chars)"
        return Unscored(Cause.COMPLETION_TOO_LONG, detail)
    if not isinstance(turns, str) and all(turn.role != "assistant" for turn in turns):
        return Unscored(Cause.MISSING_FIELD, "no message of the completion has the role `assistant`")
    return None


def text_of(turns: Turns, layout: Layout) -> str:
    """Join what the assistant said to one text, with separated reasoning put back in its tags."""
    if isinstance(turns, str):
        return turns
    return "\n".join(_spoken(turn, layout) for turn in turns if turn.role == "assistant")


def _spoken(turn: Message, layout: Layout) -> str:
    if turn.reasoning_content is None or layout.reasoning is None:
        return turn.text
    return f"{layout.reasoning.opening}{turn.reasoning_content}{layout.reasoning.closing}{turn.text}"


def _group_of(rollout: Rollout, by_prompt: dict[str, str]) -> str:
    if rollout.prompt is None:
        return rollout.id
    key = rollout.prompt if isinstance(rollout.prompt, str) else _encoded(rollout.prompt)
    if key not in by_prompt:
        by_prompt[key] = "prompt-" + hashlib.blake2b(key.encode(), digest_size=8).hexdigest()
    return by_prompt[key]


def _encoded(prompt: Sequence[Message]) -> str:
    try:
        return msgspec.json.encode(prompt).decode()
    except RecursionError:
        raise too_deep() from None


def _refuse_duplicates(rollouts: Sequence[Rollout]) -> None:
    if len({rollout.id for rollout in rollouts}) == len(rollouts):
        return
    first: dict[str, int] = {}
    for index, rollout in enumerate(rollouts):
        if rollout.id in first:
            _duplicate(rollout.id, first[rollout.id], index)
        first[rollout.id] = index


def _duplicate(name: str, first: int, second: int) -> Never:
    raise RequestError(
        "invalid_field",
        f"the id {name[:_MAX_SHOWN]!a} stands twice, first at $.rollouts[{first}].id",
        path=f"$.rollouts[{second}].id",
        hint="give each rollout its own id, or leave ids out",
    )
