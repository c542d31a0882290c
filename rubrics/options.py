"""The base of everything a user configures: strict, frozen, documented field by field."""

from pydantic import BaseModel, ConfigDict


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
