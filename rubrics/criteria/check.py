"""Criteria that code decides: patterns, words, JSON Schema, or the author's own function. No judge call."""

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from rubrics.cause import Cause
from rubrics.completion import Part
from rubrics.criteria.author_function import FunctionName, author_function
from rubrics.options import Options
from rubrics.outcome import Outcome, Score, Unscored
from rubrics.pattern import Pattern, occurs
from rubrics.rollout import Json, Rollout
from rubrics.strict_json import NotOneObject, read_object, unfence
from rubrics.text_length import count_words

if TYPE_CHECKING:
    from jsonschema_rs import Validator


def _validator(schema: dict[str, Json]) -> "Validator":
    import jsonschema_rs

    try:
        return jsonschema_rs.validator_for(schema, pattern_options=jsonschema_rs.RegexOptions(), offline=True)
    except ValueError as error:
        raise ValueError(f"not a JSON Schema: {str(error).splitlines()[0]}") from None


def _valid_schema(schema: dict[str, Json]) -> dict[str, Json]:
    _validator(schema)
    return schema


NonEmpty = Annotated[str, Field(min_length=1)]


class Words(Options):
    """Bounds on the number of words; in scripts without spaces two characters count as one."""

    at_least: Annotated[int | None, Field(ge=0)] = None
    """Fewest words that pass."""
    at_most: Annotated[int | None, Field(ge=0)] = None
    """Most words that pass."""

    @model_validator(mode="after")
    def _bounded(self) -> "Words":
        if self.at_least is None and self.at_most is None:
            raise ValueError("say at_least, at_most or both")
        if self.at_least is not None and self.at_most is not None and self.at_most < self.at_least:
            raise ValueError(f"at_most {self.at_most} is less than at_least {self.at_least}")
        return self


class Check(Options):
    """One test by code of one part of the completion."""

    of: Part = "all"
    """The part to look at: `all`, `reasoning` or `answer`. A missing part is empty text."""
    regex: Pattern | None = None
    """Holds where this RE2 pattern is found anywhere in the text."""
    not_regex: Pattern | None = None
    """Holds where this RE2 pattern is found nowhere in the text."""
    contains: Annotated[list[NonEmpty] | None, Field(min_length=1)] = None
    """Holds where these strings occur; `mode` says how many of them."""
    mode: Literal["any", "all"] = "any"
    """For `contains`: one of the strings is enough, or all are needed."""
    json_schema: Annotated[dict[str, Json] | None, AfterValidator(_valid_schema)] = None
    """Holds where the part is one strict JSON object that this JSON Schema accepts (patterns are linear)."""
    words: Words | None = None
    """Holds where the number of words is within these bounds."""
    python: FunctionName | None = None
    """A function `package.module:function` of (rollout, text) that returns a bool, a value from 0 to 1, or
    an `Unscored` where the sample lacks what it needs."""

    @model_validator(mode="after")
    def _one_kind(self) -> "Check":
        kinds = [kind for kind in _GRADERS if getattr(self, kind) is not None]
        if len(kinds) != 1:
            found = " and ".join(kinds) or "none"
            raise ValueError(f"a check is exactly one of {', '.join(_GRADERS)}; found {found}")
        if "mode" in self.model_fields_set and self.contains is None:
            raise ValueError("`mode` belongs to `contains`")
        return self

    @property
    def kind(self) -> str:
        """The key that says what is tested."""
        return next(kind for kind in _GRADERS if getattr(self, kind) is not None)

    @cached_property
    def validator(self) -> "Validator":
        """The compiled `json_schema`."""
        assert self.json_schema is not None
        return _validator(self.json_schema)

    def __call__(self, rollout: Rollout) -> Outcome:
        """1 where it holds, else 0; Unscored where the author's function fails: no fault of the policy's."""
        return _GRADERS[self.kind](self, rollout.completion.part(self.of), rollout)


def _regex(check: Check, text: str, _: Rollout) -> Outcome:
    assert check.regex is not None
    return Score(1.0) if occurs(check.regex, text) else Score(0.0, "the pattern is not found")


def _not_regex(check: Check, text: str, _: Rollout) -> Outcome:
    assert check.not_regex is not None
    return Score(0.0, "the pattern is found") if occurs(check.not_regex, text) else Score(1.0)


def _contains(check: Check, text: str, _: Rollout) -> Outcome:
    assert check.contains is not None
    found = sum(wanted in text for wanted in check.contains)
    holds = found > 0 if check.mode == "any" else found == len(check.contains)
    return Score(float(holds), f"{found} of {len(check.contains)} found")


def _json_schema(check: Check, text: str, rollout: Rollout) -> Outcome:
    instance = rollout.completion.fields if check.of == "answer" else None
    try:
        instance = read_object(unfence(text)[0]) if instance is None else instance
        accepted = check.validator.is_valid(instance)
    except NotOneObject:
        return Score(0.0, "not one strict JSON object")
    except ValueError:
        return Score(0.0, "not JSON that a schema can be checked against")
    return Score(1.0) if accepted else Score(0.0, "the schema does not accept it")


def _words(check: Check, text: str, _: Rollout) -> Outcome:
    assert check.words is not None
    count, least, most = count_words(text), check.words.at_least, check.words.at_most
    if least is not None and count < least:
        return Score(0.0, f"{count} words, fewer than {least}")
    if most is not None and count > most:
        return Score(0.0, f"{count} words, more than {most}")
    return Score(1.0, f"{count} words")


def _python(check: Check, text: str, rollout: Rollout) -> Outcome:
    assert check.python is not None
    try:
        result = author_function(check.python)(rollout, text)
    except Exception as error:  # noqa: BLE001 - the author's function may raise anything
        return Unscored(Cause.COMPONENT_ERROR, f"{check.python} raised {type(error).__name__}")
    if isinstance(result, bool | int | float) and 0.0 <= result <= 1.0:
        return Score(float(result))
    if isinstance(result, Unscored):
        return result
    return Unscored(Cause.COMPONENT_ERROR, f"{check.python} returned neither a bool nor a value from 0 to 1")


_GRADERS: Mapping[str, Callable[[Check, str, Rollout], Outcome]] = {
    "regex": _regex,
    "not_regex": _not_regex,
    "contains": _contains,
    "json_schema": _json_schema,
    "words": _words,
    "python": _python,
}
