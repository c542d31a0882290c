"""What command-line options are held to, beyond what typer checks."""

import math
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import typer

if TYPE_CHECKING:
    from pydantic import BaseModel

Model = TypeVar("Model", bound="BaseModel")


def validated(model: type[Model], flags: Mapping[str, str] | None = None, /, **values: object) -> Model:
    """The option model of these values. A wrong one is a usage error that names its flag.

    `flags` are those of fields that are not called like them.
    """
    from pydantic import ValidationError

    try:
        return model.model_validate(values)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        field = str(first["loc"][0]) if first["loc"] else ""
        flag = (flags or {}).get(field) or ("--" + field.replace("_", "-") if field else "options")
        message = first["msg"].removeprefix("Value error, ")
        raise typer.BadParameter(message, param_hint=flag) from None


def finite(value: float | None) -> float | None:
    """Refuse `nan` and `inf`, which no range of typer's does: a callback of options."""
    if value is not None and not math.isfinite(value):
        raise typer.BadParameter(f"{value} is not a number that can be used")
    return value


def refuse_same_file(read: Path, written: Path | None, flag: str = "--out") -> None:
    """Raise ConfigError where a command would write over what it reads."""
    if written is not None and written.exists() and read.exists() and written.samefile(read):
        from rubrics.problems import ConfigError

        raise ConfigError(f"{written} is what is read, so it cannot be {flag}", hint="name another file")
