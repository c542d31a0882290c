"""Whether the completion is well formed: reasoning tags, answer, exact JSON, nothing else."""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from typing import Literal

from reward_server.reward.component import RIGHT, WRONG, PerRollout
from rubrics.completion import Fault
from rubrics.layout import Answer, Layout, Reasoning
from rubrics.outcome import Outcome, Score
from rubrics.rollout import Rollout

TRUNCATED = "truncated"
Checks = Mapping[str, AbstractSet[str]]
"""Checks by name, each with the faults under which it does not hold."""

_SOUND = Score(RIGHT, "well formed")


class Structure(PerRollout):
    """R_fmt of the moderation recipe (arXiv 2512.20061): the reward file's `completion` layout, strictly.

    Everything the layout asks for is checked, and that the trainer did not cut the completion off
    (`finish_reason: length`). Without a layout, only that it is neither empty nor cut off.
    """

    grade: Literal["all", "fraction"] = "all"
    """`all`: 1 where every check holds, else 0. `fraction`: the share of the checks that hold; a check that
    cannot be made because an earlier one failed does not hold."""
    allow_fence: bool = False
    """The JSON answer may stand in a Markdown code fence."""

    def score(self, rollout: Rollout) -> Outcome:
        faults = rollout.completion.faults
        if not faults and rollout.finish_reason != "length":
            return _SOUND
        found = self._counted(faults, rollout.finish_reason == "length")
        if not found:
            return _SOUND
        if self.grade == "all":
            return Score(WRONG, ", ".join(found))
        checks = checks_of(rollout.completion.layout, self.allow_fence)
        held = sum(breaks.isdisjoint(found) for breaks in checks.values())
        return Score(held / len(checks), f"{held} of {len(checks)} checks hold: {', '.join(found)}")

    def _counted(self, faults: tuple[Fault, ...], truncated: bool) -> list[str]:
        found = [str(fault) for fault in faults if not (self.allow_fence and fault is Fault.ANSWER_FENCED)]
        return [*found, TRUNCATED] if truncated else found


def checks_of(layout: Layout, allow_fence: bool = False) -> Checks:
    """The checks a layout implies, always the same ones in the same order for the same layout."""
    checks: dict[str, AbstractSet[str]] = {}
    if layout.reasoning is not None:
        checks |= _reasoning_checks(layout.reasoning)
    checks["answer_present"] = _NO_ANSWER
    if layout.answer is not None:
        checks |= _answer_checks(layout.answer, allow_fence)
    checks["not_truncated"] = {TRUNCATED}
    return checks


_NO_REASONING = {Fault.REASONING_MISSING, Fault.REASONING_UNOPENED, Fault.REASONING_UNCLOSED}
_NO_ANSWER = {Fault.ANSWER_MISSING}
_NO_OBJECT = _NO_ANSWER | {Fault.ANSWER_NOT_JSON, Fault.ANSWER_DUPLICATE_KEY}
_NOT_READ = _NO_OBJECT | {Fault.TEXT_AFTER_ANSWER}
_OTHER_KEYS = _NOT_READ | {Fault.ANSWER_KEYS}


def _reasoning_checks(reasoning: Reasoning) -> Checks:
    checks = {
        "reasoning_opened": {Fault.REASONING_MISSING, Fault.REASONING_UNOPENED},
        "reasoning_closed": {Fault.REASONING_MISSING, Fault.REASONING_UNCLOSED},
        "reasoning_once": _NO_REASONING | {Fault.REASONING_REPEATED},
        "nothing_before": _NO_REASONING | {Fault.TEXT_BEFORE_REASONING},
    }
    if reasoning.prefilled:
        del checks["reasoning_opened"]  # the prompt did that
    return checks


def _answer_checks(answer: Answer, allow_fence: bool) -> Checks:
    if answer.tag is not None:
        untagged = _NO_ANSWER | {Fault.ANSWER_UNTAGGED}
        return {"answer_tagged": untagged, "nothing_after": untagged | {Fault.TEXT_AFTER_ANSWER}}
    checks = {
        "one_object": _NO_OBJECT,
        "exact_keys": _OTHER_KEYS,
        "key_order": _OTHER_KEYS | {Fault.ANSWER_ORDER},
        "vocabulary": _OTHER_KEYS | {Fault.ANSWER_VOCABULARY},
        "nothing_after": _NOT_READ,
    }
    return checks if allow_fence else checks | {"unfenced": _NO_ANSWER | {Fault.ANSWER_FENCED}}
