"""The values of a template's variables for one sample, and whose fault it is where there is none."""

import json
from functools import cached_property

from reward_server.dialects.openai_graders.template import Step, Variable
from rubrics.rollout import Json
from rubrics.strict_json import NotOneObject, read_object


class SampleError(Exception):
    """The policy's output lacks what the grader looks at: the policy's fault."""


class ItemError(Exception):
    """The dataset's row lacks what the grader looks at: not the policy's fault."""


class _NoSuchValueError(Exception):
    pass


class Variables:
    """What one sample's variables stand for."""

    def __init__(self, sample: str, item: Json) -> None:
        self._sample = sample
        self._item = item

    def text(self, variable: Variable) -> str:
        """The value as text, anything but text as compact JSON. Raises SampleError, ItemError."""
        return self._of_item(variable) if variable.namespace == "item" else self._of_sample(variable)

    def _of_item(self, variable: Variable) -> str:
        try:
            return _text(_there(_dig(self._item, variable.path)))
        except _NoSuchValueError:
            raise ItemError(f"the item has no value at {_shown(variable)}") from None

    def _of_sample(self, variable: Variable) -> str:
        if variable.path[0] == "output_text":
            return self._sample
        try:
            return _text(_dig(self._output_json, variable.path[1:]))
        except _NoSuchValueError:
            raise SampleError(f"the sample has no value at {_shown(variable)}") from None

    @cached_property
    def _output_json(self) -> Json:
        try:
            return read_object(self._sample)
        except NotOneObject as error:
            raise SampleError(f"the sample is not one JSON object: {error}") from None


def _dig(value: Json, path: tuple[Step, ...]) -> Json:
    for step in path:
        value = _inside(value, step)
    return value


def _inside(value: Json, step: Step) -> Json:
    if isinstance(value, list) and isinstance(step, int) and step < len(value):
        return value[step]
    if isinstance(value, dict) and str(step) in value:
        return value[str(step)]
    raise _NoSuchValueError


def _there(value: Json) -> Json:
    """A null in the dataset is a value that is missing, not the word."""
    if value is None:
        raise _NoSuchValueError
    return value


def _text(value: Json) -> str:
    if isinstance(value, str):
        return value
    try:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    except RecursionError:
        raise _NoSuchValueError from None


def _shown(variable: Variable) -> str:
    return f"`{ascii(variable.name)[1:-1][:80]}`"
