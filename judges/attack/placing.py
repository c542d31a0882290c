"""Where an attack goes: into the parts of a completion that the rubric shows its judge, and no further.

A policy that cheats keeps to the form that code checks. So tags stay, and so does an answer of a fixed form
(JSON), unless the answer is all that the judge reads.
"""

from collections.abc import Sequence
from random import Random
from typing import Literal

import msgspec

from judges.attack.attack import Attack
from rubrics.completion import Completion
from rubrics.layout import Layout
from rubrics.rollout import Rollout
from rubrics.rubric import Rubric

Target = Literal["reasoning", "answer"]


class Aim(msgspec.Struct, frozen=True):
    """What is attacked of each completion."""

    targets: Sequence[Target]
    """The parts, in the order in which they stand."""
    shown_as: str
    """The name under which the judge reads them first."""


def aim(rubric: Rubric, layout: Layout) -> Aim | None:
    """Find what to attack; None where the judge is shown nothing of the completion."""
    read = {name: source.source for name, source in rubric.inputs.items() if source.of_completion}
    if not read:
        return None
    return Aim(_targets(set(read.values()), layout), next(iter(read)))


def _targets(read: set[str], layout: Layout) -> Sequence[Target]:
    if "completion" in read:
        if layout.reasoning is None:
            return ["answer"]
        fixed = layout.answer is not None and layout.answer.keys is not None
        found: set[str] = {"reasoning"} if fixed else {"reasoning", "answer"}
    else:
        found = set()
    found |= {source.removeprefix("completion.") for source in read if source != "completion"}
    targets: Sequence[Target] = ("reasoning", "answer")
    return [target for target in targets if target in found]


def attacked(rollout: Rollout, attack: Attack, targets: Sequence[Target], random: Random) -> Rollout:
    """The rollout with the attack in each of its targets."""
    parts = {name: rollout.completion.part(name) for name in _BOTH}
    for name in targets:
        parts[name] = attack.made(parts[name], random)
    layout = rollout.completion.layout
    completion = Completion(_assembled(parts["reasoning"], parts["answer"], layout), layout)
    return msgspec.structs.replace(rollout, completion=completion, completion_tokens=None)


_BOTH: tuple[Target, ...] = ("reasoning", "answer")


def _assembled(reasoning: str, answer: str, layout: Layout) -> str:
    if layout.answer is not None and layout.answer.tag is not None:
        answer = f"<{layout.answer.tag}>{answer}</{layout.answer.tag}>"
    if layout.reasoning is None:
        return answer
    opening = "" if layout.reasoning.prefilled else layout.reasoning.opening
    gap = "" if answer[:1].isspace() else "\n"
    return f"{opening}{reasoning}{layout.reasoning.closing}{gap}{answer}"
