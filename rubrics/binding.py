"""Plain data into option models, with every mistake found at once and placed in its document."""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import TypeVar, get_args

from pydantic import BaseModel, ValidationError
from pydantic.errors import PydanticUserError
from pydantic_core import ErrorDetails

from rubrics.core_schema import plain
from rubrics.document import VALUE, Document
from rubrics.problems import ConfigError, Problem, Step, closest, did_you_mean, dotted
from rubrics.rollout import Json

Model = TypeVar("Model", bound=BaseModel)
Place = tuple[Step, ...]

_LONGEST_SHOWN = 60


def bind(
    model: type[Model],
    document: Document,
    data: Json,
    path: Sequence[Step] = (),
    also: Collection[str] = (),
) -> Model:
    """`data`, which stands at `path` in `document`, as a `model`. Raises ConfigError with positions.

    `also` are keys that stand beside those of the model and are read by somebody else.
    """
    try:
        return model.model_validate(data)
    except ValidationError as error:
        binding = _Binding(model, document, tuple(path), also)
        raise ConfigError(binding.problems(error.errors(include_url=False))) from None
    except PydanticUserError as error:
        message = f"the options of {model.__module__}:{model.__qualname__} cannot be read: {error.message}"
        raise ConfigError([Problem(message=message, document=document, path=path)]) from error


class _Binding:
    """Pydantic's findings on one model, on their way to problems in a document."""

    def __init__(
        self, model: type[BaseModel], document: Document, path: Place, also: Collection[str]
    ) -> None:
        self._model = model
        self._document = document
        self._path = path
        self._also = also

    def problems(self, details: Sequence[ErrorDetails]) -> Iterator[Problem]:
        """One problem for each place: a union reports each of its members there."""
        by_place: dict[Place, list[ErrorDetails]] = {}
        for detail in details:
            by_place.setdefault(self._place(detail["loc"]), []).append(detail)
        for place, found in by_place.items():
            if not self._told_below(place, found, by_place):
                yield from self._at(place, found)

    def _told_below(self, place: Place, details: Sequence[ErrorDetails], places: Collection[Place]) -> bool:
        """Whether a mapping was only not one of a union's words: what is wrong in it is told there."""
        only_words = all(detail["type"] == "literal_error" for detail in details)
        return (
            only_words
            and isinstance(details[0]["input"], dict)
            and any(len(other) > len(place) and other[: len(place)] == place for other in places)
        )

    def _at(self, place: Place, details: Sequence[ErrorDetails]) -> Iterator[Problem]:
        wrong = []
        for detail in details:
            if detail["type"] == "extra_forbidden":
                yield self._unknown_key(place, detail)
            elif detail["type"] == "missing":
                yield self._missing(place, str(detail["loc"][-1]), detail["loc"][:-1])
            elif detail["type"] in _EXPECTED or detail["msg"].startswith(_SHOULD):
                wrong.append(detail)
            else:
                yield self._said_by_us(place, detail)
        if wrong:
            yield self._wrong_value(place, wrong)

    def _place(self, loc: tuple[Step, ...]) -> Place:
        """Follow pydantic's location as far as it exists in the document; unions add steps of their own."""
        place = self._path
        for step in loc:
            if self._document.has((*place, step)):
                place = (*place, step)
        return place

    def _missing(self, place: Place, key: str, parents: Sequence[Step]) -> Problem:
        only = _only_value(self._model, key) if not parents else None
        hint = f"begin it with `{key}: {only}`" if only else None
        return self._problem(place, f"`{key}` is required in {self._called(place)}", hint)

    def _unknown_key(self, place: Place, detail: ErrorDetails) -> Problem:
        *parents, key = detail["loc"]
        known = _keys(self._model, parents)
        hint = did_you_mean(str(key), [*known, *self._also] if place[:-1] == self._path else known)
        return self._problem(place, f"unknown key `{key}`", hint)

    def _said_by_us(self, place: Place, detail: ErrorDetails) -> Problem:
        whole = isinstance(self._written(place, detail), dict)
        return self._problem(place if whole else (*place, VALUE), detail["msg"].removeprefix("Value error, "))

    def _wrong_value(self, place: Place, details: Sequence[ErrorDetails]) -> Problem:
        expected = "should " + " or ".join(dict.fromkeys(map(_expected, details))).replace(" or be ", " or ")
        if details[0]["loc"][-1:] == ("[key]",):
            return self._problem(place, f"the key `{place[-1]}` {expected}")
        value = self._written(place, details[0])
        message = f"{self._called(place)} {expected}, found {_shown(value)}"
        return self._problem((*place, VALUE), message, _hint(value, details) or self._keys_hint(details))

    def _keys_hint(self, details: Sequence[ErrorDetails]) -> str | None:
        """What a mapping that stands here would hold, where something else does."""
        for detail in details:
            if detail["loc"] and detail["type"] in {"model_type", "model_attributes_type"}:
                return f"its keys: {', '.join(sorted(_keys(self._model, detail['loc'])))}"
        return None

    def _written(self, place: Place, detail: ErrorDetails) -> Json:
        """The value, a text as the file has it: `${KEY}` rather than the secret it stands for."""
        written = self._document.value(place) if self._document.has(place) else None
        value: Json = detail["input"]
        return written if isinstance(written, str) and isinstance(value, str) else value

    def _called(self, place: Place) -> str:
        written = self._document.origin(place)[1]
        name = dotted(written[len(self._path) :]) or dotted(written[-1:])
        return f"`{name}`" if name else "the file"

    def _problem(self, place: Place, message: str, hint: str | None = None) -> Problem:
        return Problem(message=message, document=self._document, path=place, hint=hint)


_EXPECTED: Mapping[str, str] = {
    "bool_type": "be true or false",
    "dict_type": "be a mapping",
    "float_type": "be a number",
    "greater_than": "be greater than {gt:g}",
    "greater_than_equal": "be at least {ge:g}",
    "int_from_float": "be a whole number",
    "int_type": "be a whole number",
    "less_than": "be less than {lt:g}",
    "less_than_equal": "be at most {le:g}",
    "list_type": "be a list",
    "literal_error": "be {expected}",
    "model_attributes_type": "be a mapping",
    "model_type": "be a mapping",
    "none_required": "be left empty",
    "string_pattern_mismatch": "be text like {pattern}",
    "string_too_short": "be text",
    "string_type": "be text",
    "too_long": "have at most {max_length} items",
    "too_short": "have at least {min_length} items",
}


_SHOULD = "Input should "


def _expected(detail: ErrorDetails) -> str:
    """What would have been right, to follow `should`."""
    known = _EXPECTED.get(detail["type"])
    if known is None:
        return detail["msg"].removeprefix(_SHOULD)
    return known.format_map(detail.get("ctx", {})).replace(" 1 items", " 1 item")


def _shown(value: Json) -> str:
    match value:
        case None:
            return "nothing"
        case bool():
            return "true" if value else "false"
        case str():
            return f"the text {ascii(value)[:_LONGEST_SHOWN]}" if value else "empty text"
        case dict():
            return "a mapping" if value else "an empty mapping"
        case list():
            return f"a list of {len(value)}"
    return str(value)[:_LONGEST_SHOWN]


def _hint(value: Json, details: Sequence[ErrorDetails]) -> str | None:
    types = {detail["type"] for detail in details}
    if isinstance(value, str) and "literal_error" in types:
        return _choice_hint(value, details)
    if isinstance(value, str) and "string_pattern_mismatch" in types:
        return _name_hint(value, details)
    if "string_type" in types and isinstance(value, bool | int | float):
        return "put it in quotes"
    if isinstance(value, str) and "bool_type" in types and value.lower() in _YAML_11_BOOLEANS:
        meant = "true" if value.lower() in {"yes", "on", "y"} else "false"
        return f"write `{meant}`: in YAML 1.2 only true and false are booleans"
    numbers = types & {"int_type", "float_type", "bool_type"}
    return "remove the quotes" if numbers and isinstance(value, str) and plain(value) != value else None


_YAML_11_BOOLEANS = frozenset({"yes", "no", "on", "off", "y", "n"})


def _choice_hint(value: str, details: Sequence[ErrorDetails]) -> str | None:
    expected = " ".join(str(detail.get("ctx", {}).get("expected", "")) for detail in details)
    return closest(value, re.findall(r"'([^']*)'", expected))


_OF_A_NAME = ("^[a-z]", "^[A-Za-z]", "^[A-Za-z0-9]")
"""How the patterns of names begin."""


def _name_hint(value: str, details: Sequence[ErrorDetails]) -> str | None:
    """A name near `value` that the pattern allows: `names_section` for `Names Section`."""
    patterns = [str(detail["ctx"]["pattern"]) for detail in details if "pattern" in detail.get("ctx", {})]
    words = re.findall("[a-z0-9]+", value[:_LONGEST_SHOWN].lower())
    for name in ("-".join(words), "_".join(words)):
        if any(pattern.startswith(_OF_A_NAME) and re.fullmatch(pattern, name) for pattern in patterns):
            return f"for example `{name}`"
    return None


def _keys(model: type[BaseModel], loc: Sequence[Step]) -> list[str]:
    """The keys allowed where `loc` points inside `model`, as far as models can be followed."""
    models = [model]
    for step in loc:
        models = [inner for outer in models for inner in _models_under(outer, step)] or models
    return [field.alias or name for found in models for name, field in found.model_fields.items()]


def _only_value(model: type[BaseModel], key: str) -> str | None:
    """The one value that a key of the model can have, such as `schema`; None where there are more."""
    for name, field in model.model_fields.items():
        if key in (name, field.alias):
            values = get_args(field.annotation)
            return values[0] if len(values) == 1 and isinstance(values[0], str) else None
    return None


def _models_under(model: type[BaseModel], step: Step) -> list[type[BaseModel]]:
    fields = (field for name, field in model.model_fields.items() if step in (name, field.alias))
    return [inner for field in fields for inner in _models_in(field.annotation)]


def _models_in(annotation: object) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for argument in get_args(annotation) for model in _models_in(argument)]
