"""What a completion is supposed to look like: where its reasoning and its answer stand."""

from collections.abc import Mapping
from functools import cached_property
from typing import Annotated, Literal

from pydantic import Field, model_validator

from rubrics.options import Options

Scalar = bool | int | float | str | None
Vocabulary = list[Scalar] | Literal["string", "number", "integer", "boolean", "any"]
"""The values a key may take: a closed list (compared by type, so `true` is not `"true"`), or a type."""


class Reasoning(Options):
    """The tagged reasoning trace that precedes the answer."""

    tag: Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_-]*$")] = "think"
    """Tag name: `think` stands for `<think>` ... `</think>`."""
    prefilled: bool = False
    """The prompt already ends with the opening tag, so a completion starts inside the reasoning."""

    @cached_property
    def opening(self) -> str:
        return f"<{self.tag}>"

    @cached_property
    def closing(self) -> str:
        return f"</{self.tag}>"


class Reflection(Options):
    """The template of arXiv 2512.20061, T3: first_decision, the sub-labels, last_decision, in this order."""

    decisions: list[Scalar] = [True, False]
    """The vocabulary of `first_decision` and `last_decision`."""
    sub_labels: dict[str, Vocabulary]
    """The keys between the two decisions, with their vocabularies."""


class Answer(Options):
    """What follows the reasoning: exactly one of a JSON object, the reflection template, or a tag."""

    json_: Annotated[dict[str, Vocabulary] | None, Field(alias="json")] = None
    """A JSON object with exactly these keys in this order; each key's vocabulary."""
    reflection: Reflection | None = None
    """The reflection template, shorthand for its JSON keys."""
    tag: Annotated[str | None, Field(pattern=r"^[A-Za-z][A-Za-z0-9_-]*$")] = None
    """The answer is the text between `<tag>` and `</tag>`."""

    @model_validator(mode="after")
    def _one_kind(self) -> "Answer":
        if sum(kind is not None for kind in (self.json_, self.reflection, self.tag)) != 1:
            raise ValueError("an answer is exactly one of json, reflection or tag")
        return self

    @cached_property
    def keys(self) -> Mapping[str, Vocabulary] | None:
        """The JSON keys in order with their vocabularies; None for an answer that is not JSON."""
        if self.reflection is None:
            return self.json_
        decisions = self.reflection.decisions
        return {"first_decision": decisions, **self.reflection.sub_labels, "last_decision": decisions}


class Layout(Options):
    """The parts of a completion. Without any, the whole text is the answer."""

    reasoning: Reasoning | None = None
    """The reasoning trace; left out when the policy does not produce one."""
    answer: Answer | None = None
    """The answer's form; left out when it is free text."""


PLAIN = Layout()
