"""The base of everything a user configures: strict, frozen, documented field by field."""

from collections.abc import Callable, Mapping
from typing import Any, Self

from pydantic import BaseModel, ConfigDict
from pydantic.config import JsonDict


class Options(BaseModel):
    """Fields are options. Unknown keys and wrong types are errors.

    The docstring below each field is its documentation; `field_docs` reads it for schemas and help. Reading
    it at class creation (pydantic's `use_attribute_docstrings`) would parse source at every start.
    """

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        strict=True,
        validate_by_name=False,
        validate_by_alias=True,
        serialize_by_alias=True,
        defer_build=True,
        allow_inf_nan=False,
    )

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """A copy with other values, without what was computed from the old ones (cached properties)."""
        copied = super().model_copy(update=update, deep=deep)
        for name in copied.__dict__.keys() - type(self).model_fields.keys():
            del copied.__dict__[name]
        return copied


def either(needed: str, stand_in: str) -> Callable[[JsonDict], None]:
    """For a model's JSON Schema: `needed` may be left out where `stand_in` brings it from another file."""

    def relax(schema: JsonDict) -> None:
        required = schema.get("required")
        assert isinstance(required, list)
        schema["required"] = [name for name in required if name != needed]
        schema["anyOf"] = [{"required": [needed]}, {"required": [stand_in]}]

    return relax
