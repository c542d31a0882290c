"""What a judge sees of a rollout: named texts, who wrote them, and how widely each is shared."""

import json
from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field, model_validator

from rubrics.cause import Cause
from rubrics.completion import Part
from rubrics.options import Options
from rubrics.outcome import Unscored
from rubrics.rollout import Json, Rollout, flatten

Share = Literal["dataset", "group", "rollout"]

_PARTS: Mapping[str, Part] = {
    "completion": "all",
    "completion.reasoning": "reasoning",
    "completion.answer": "answer",
}

_SOURCE = r"^(prompt|completion(\.(reasoning|answer))?|ground_truth(\..+)?|metadata\..+)$"


class Input(Options):
    """One text of the judge's prompt."""

    source: Annotated[str, Field(alias="from", pattern=_SOURCE)]
    """`prompt`, `completion`, `completion.reasoning`, `completion.answer`, or a path that starts with
    `ground_truth` or `metadata.`; values that are not text are written as JSON."""
    trust: Literal["author", "untrusted"] = "untrusted"
    """`author`: you wrote it, it may instruct the judge. `untrusted`: it is fenced off as evidence."""
    share: Share = "group"
    """How widely it stays the same: over the dataset, a prompt's group, or one rollout (as completions do).
    Wider parts come first in the prompt, so an engine's prefix cache pays for them once."""
    optional: bool = False
    """Whether a sample may lack it: the judge is then not shown it. Otherwise such a sample is unscored."""

    @model_validator(mode="before")
    @classmethod
    def _completions_differ(cls, data: object) -> object:
        if isinstance(data, Mapping) and str(data.get("from")).startswith("completion"):
            return {"share": "rollout", **data}
        return data

    @model_validator(mode="after")
    def _completions_are_hostile(self) -> "Input":
        if self.of_completion and self.trust == "author":
            raise ValueError("a completion is never trusted: remove `trust: author`")
        if self.of_completion and self.share != "rollout":
            raise ValueError(f"a completion differs from rollout to rollout: remove `share: {self.share}`")
        return self

    @property
    def of_completion(self) -> bool:
        """Whether the policy wrote it."""
        return self.source.startswith("completion")

    def read(self, rollout: Rollout) -> str | Unscored:
        """The text. A completion's missing part is empty; anything else missing was not sent to us."""
        if self.of_completion:
            return rollout.completion.part(_PARTS[self.source])
        if self.source == "prompt":
            value: Json = None if rollout.prompt is None else flatten(rollout.prompt)
        else:
            value = rollout.lookup(self.source)
        if value is None:
            truth = self.source.startswith("ground_truth")
            cause = Cause.MISSING_GROUND_TRUTH if truth else Cause.MISSING_FIELD
            return Unscored(cause, f"the rubric reads {self.source}, which the rollout does not carry")
        return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


PROMPT_AND_COMPLETION = {
    "prompt": Input.model_validate({"from": "prompt"}),
    "completion": Input.model_validate({"from": "completion"}),
}


def read_inputs(inputs: Mapping[str, Input], rollout: Rollout) -> dict[str, str] | Unscored:
    """The judge's texts by name, in file order, without optional ones that were not sent.

    Unscored where one was not sent that is needed.
    """
    texts: dict[str, str] = {}
    for name, source in inputs.items():
        text = source.read(rollout)
        if isinstance(text, str):
            texts[name] = text
        elif not source.optional:
            return text
    return texts
