"""What the questions about each rollout begin with, written beforehand as far as it can be."""

from collections.abc import Sequence

import msgspec

from judges.prompts.framing import Framing
from judges.request import Shared
from reward_server.load.workload.marker import Cut, Marker
from reward_server.load.workload.texts import Texts
from rubrics.inputs import Share


class Marked(Shared, frozen=True, dict=True):
    """A beginning whose JSON has been written."""

    written: bytes = b""

    @property
    def json(self) -> bytes:
        """The messages up to where the question goes."""
        return self.written


class Beginning(msgspec.Struct, frozen=True):
    """What all questions about one rollout begin with, but for its marks."""

    shared: Shared
    cut: Cut

    def marked(self, group: bytes, rollout: bytes) -> Shared:
        """As it is sent."""
        shared = self.shared
        return Marked(shared.system, shared.evidence, shared.route, self.cut.filled(group, rollout))


def beginnings(framing: Framing, groups: Sequence[Sequence[Texts]], marker: Marker) -> list[list[Beginning]]:
    """The beginnings for rollouts of these texts, by group."""
    return [[_beginning(framing, texts, marker) for texts in group] for group in groups]


def _beginning(framing: Framing, texts: Texts, marker: Marker) -> Beginning:
    widths: dict[Share, str] = {}
    for part in framing.parts(texts):
        widths.setdefault(part.share, part.name)
    room = dict(texts)
    if (name := widths.get("group")) is not None:
        room[name] = marker.group(room[name])
    if (name := widths.get("rollout")) is not None:
        room[name] = marker.rollout(room[name])
    shared = framing.frame(room).shared
    return Beginning(shared, marker.cut(shared.json))
