"""Command-line options into option models, with the flag named in the message."""

from typing import TypeVar

import typer
from pydantic import BaseModel, ValidationError

Model = TypeVar("Model", bound=BaseModel)


def validated(model: type[Model], /, **values: object) -> Model:
    """The model of these values. A wrong one is a usage error that names its flag."""
    try:
        return model.model_validate(values)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        flag = "--" + str(first["loc"][0]).replace("_", "-") if first["loc"] else "options"
        message = first["msg"].removeprefix("Value error, ")
        raise typer.BadParameter(message, param_hint=flag) from None
