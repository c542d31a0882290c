"""The `goldens/v1` format: completions, and what is to be found in each."""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, model_validator

from rubrics.completion import Completion
from rubrics.criteria.label import label_key
from rubrics.layout import PLAIN, Layout
from rubrics.options import Options
from rubrics.rollout import Json, Message, Rollout


class ChatMessage(Options):
    """One message of a prompt that is a conversation."""

    role: str
    """Who speaks: `system`, `user` or `assistant`."""
    content: str
    """What is said."""


Prompt = str | list[ChatMessage]


def _as_text(finding: object) -> object:
    """A level that YAML reads as a number or boolean, by its name."""
    return finding if isinstance(finding, str) else label_key(finding) or finding


Finding = Annotated[
    str,
    BeforeValidator(_as_text, json_schema_input_type=str | int | float | bool),
    Field(min_length=1),
]
"""`met`, `unmet`, a level's name, or `skipped`."""


class ValueBounds(Options):
    """Where the rubric's value has to lie."""

    at_least: float | None = None
    """The least value that is right."""
    at_most: float | None = None
    """The greatest value that is right."""

    @model_validator(mode="after")
    def _ordered(self) -> "ValueBounds":
        if self.at_least is None and self.at_most is None:
            raise ValueError("say `at_least`, `at_most` or both")
        if self.at_least is not None and self.at_most is not None and self.at_least > self.at_most:
            raise ValueError(f"no value is at least {self.at_least:g} and at most {self.at_most:g}")
        return self

    def hold(self, value: float) -> bool:
        """Whether the value lies within."""
        return (self.at_least is None or value >= self.at_least) and (
            self.at_most is None or value <= self.at_most
        )

    def __str__(self) -> str:
        sides = {"at least": self.at_least, "at most": self.at_most}
        return " and ".join(f"{words} {side:g}" for words, side in sides.items() if side is not None)


class Context(Options):
    """What a rollout carries beside its completion."""

    prompt: Prompt | None = None
    """The prompt: text, or a list of `{role, content}`."""
    metadata: dict[str, Json] = {}
    """Whatever inputs and labels read at `metadata...`."""
    ground_truth: Json = None
    """Whatever inputs and labels read at `ground_truth...`."""


class Case(Context):
    """One completion and what is to be found in it."""

    id: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$")]
    """Name in reports: letters, digits, `_`, `-` and `.`."""
    completion: str
    """The policy's output, whole: with its reasoning and answer as the layout has them."""
    expect: dict[str, Finding] = {}
    """Criterion -> what is to be found, before the criterion's own `expect`: `met`, `unmet`, a level's name,
    or `skipped`. Criteria that are left out may come to anything."""
    value: ValueBounds | None = None
    """Where the value of the whole rubric has to lie, gates and weights counted."""

    @model_validator(mode="after")
    def _expecting(self) -> "Case":
        if not self.expect and self.value is None:
            raise ValueError("this case expects nothing: add `expect: {criterion: met}` or `value`")
        return self


class Goldens(Options):
    """A `goldens/v1` file: `NAME.golden.yaml` beside the rubric `NAME.yaml`."""

    schema_: Annotated[Literal["goldens/v1"], Field(alias="schema")]
    """Version of this format."""
    completion: Layout | None = None
    """Where completions have their reasoning and answer. Left out, as the reward file says; without one, the
    whole text is the answer."""
    common: Context = Context()
    """Prompt, metadata and ground truth of all cases. A case's own go first, key by key."""
    cases: Annotated[list[Case], Field(min_length=1)]
    """The cases; each id once."""

    def rollout(self, case: Case, layout: Layout = PLAIN) -> Rollout:
        """The case as a rollout. `layout` holds where the file names none."""
        return Rollout(
            id=case.id,
            completion=Completion(case.completion, self.completion or layout),
            prompt=_turns(self.common.prompt if case.prompt is None else case.prompt),
            ground_truth=_merged(self.common.ground_truth, case.ground_truth),
            metadata=_over(self.common.metadata, case.metadata),
        )


def _turns(prompt: Prompt | None) -> str | list[Message] | None:
    if prompt is None or isinstance(prompt, str):
        return prompt
    return [Message(message.role, message.content) for message in prompt]


def _merged(common: Json, own: Json) -> Json:
    if isinstance(common, dict) and isinstance(own, dict):
        return _over(common, own)
    return common if own is None else own


def _over(common: Mapping[str, Json], own: Mapping[str, Json]) -> dict[str, Json]:
    """What is common, with what is the case's own over it, key by key."""
    return {**common, **{key: _merged(common.get(key), value) for key, value in own.items()}}
