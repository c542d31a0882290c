"""Groups as they are sent to a reward URL, written beforehand but for the marks that make them new."""

import random
from collections.abc import Sequence

import msgspec
from msgspec.structs import replace

from reward_server.load.workload.marker import Cut, Marker
from reward_server.load.workload.texts import MADE_UP_ROLLOUTS, Sizes
from reward_server.load.workload.words import words
from reward_server.wire.egress import encode
from reward_server.wire.native import RolloutRequest
from rubrics.rollout import Message, Turns


class Sendable(msgspec.Struct, frozen=True):
    """A rollout as JSON, without its id and its group."""

    cut: Cut

    def marked(self, group: bytes, rollout: bytes) -> bytes:
        """As it is sent."""
        return b'{"id":"%b","group":"%b",%b' % (rollout, group, self.cut.filled(group, rollout))


def sendables(groups: Sequence[Sequence[RolloutRequest]], marker: Marker) -> list[list[Sendable]]:
    """Given rollouts, by group. Prompts and completions get marks; ids and group sizes are left out."""
    return [[Sendable(marker.cut(_written(each, marker))) for each in group] for group in groups]


def made_up_rollouts(sizes: Sizes, group_size: int, seed: int) -> list[list[RolloutRequest]]:
    """Prompts and completions of these sizes for groups of `group_size`."""
    chance = random.Random(seed)  # noqa: S311 - no secret is drawn
    groups = []
    for _ in range(-(-MADE_UP_ROLLOUTS // group_size)):
        prompt = words(chance, sizes.group)
        completions = (words(chance, sizes.rollout) for _ in range(group_size))
        groups.append([RolloutRequest(completion=text, prompt=prompt) for text in completions])
    return groups


def by_group(rollouts: Sequence[RolloutRequest]) -> list[list[RolloutRequest]]:
    """Rollouts by `group`, else by equal prompts, else alone; as the server does it."""
    groups: dict[object, list[RolloutRequest]] = {}
    for number, rollout in enumerate(rollouts):
        prompt = None if rollout.prompt is None else encode(rollout.prompt)
        groups.setdefault(rollout.group or prompt or number, []).append(rollout)
    return list(groups.values())


def _written(rollout: RolloutRequest, marker: Marker) -> bytes:
    sent = replace(
        rollout,
        id=None,
        group=None,
        group_size=None,
        prompt=None if rollout.prompt is None else _first_marked(rollout.prompt, marker),
        completion=_last_marked(rollout.completion, marker),
    )
    fields = {name: value for name, value in msgspec.structs.asdict(sent).items() if value is not None}
    return encode(fields)[1:]


def _first_marked(prompt: Turns, marker: Marker) -> Turns:
    if isinstance(prompt, str):
        return marker.group(prompt)
    return [replace(prompt[0], content=marker.group(prompt[0].text)), *prompt[1:]] if prompt else prompt


def _last_marked(completion: Turns, marker: Marker) -> Turns:
    if isinstance(completion, str):
        return _inside(completion, marker)
    place = next((n for n in reversed(range(len(completion))) if completion[n].role == "assistant"), None)
    if place is None:
        return completion
    return [_marked(turn, marker) if n == place else turn for n, turn in enumerate(completion)]


def _marked(turn: Message, marker: Marker) -> Message:
    if turn.reasoning_content is not None:
        return replace(turn, reasoning_content=marker.rollout(turn.reasoning_content))
    return replace(turn, content=_inside(turn.text, marker))


def _inside(text: str, marker: Marker) -> str:
    """The text with a mark at its beginning, behind a tag that it opens with: its layout stays whole."""
    tag = text.find(">") + 1 if text.lstrip().startswith("<") else 0
    return f"{text[:tag]}{marker.rollout(text[tag:])}"
