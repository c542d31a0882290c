"""The author's own code in a rubric: `package.module:function`."""

import hashlib
import inspect
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator

from rubrics.plugin import PluginError, import_attribute
from rubrics.rollout import Rollout

AuthorFunction = Callable[[Rollout, str], bool | float]
"""The rollout and the text of the part in; whether it holds, or a value in [0, 1], out."""


def _well_formed(name: str) -> str:
    module, colon, function = name.partition(":")
    if not (colon and function.isidentifier() and all(step.isidentifier() for step in module.split("."))):
        raise ValueError("name a function as `package.module:function`")
    return name


FunctionName = Annotated[str, AfterValidator(_well_formed)]


@cache
def author_function(name: str) -> AuthorFunction:
    """The function of this name. Raises PluginError."""
    module, _, attribute = name.partition(":")
    try:
        found = import_attribute(module, attribute)
    except PluginError:
        raise
    except Exception as error:
        raise PluginError(f"`{module}` cannot be imported: {type(error).__name__}: {error}") from error
    if not callable(found):
        raise PluginError(f"`{name}` is a {type(found).__name__}, not a function")
    return found


def source_digest(name: str) -> str | None:
    """SHA-256 (hex) of the file that defines the function; None where there is no such file."""
    try:
        file = inspect.getsourcefile(inspect.unwrap(author_function(name)))
        return hashlib.sha256(Path(file or "").read_bytes()).hexdigest()
    except (PluginError, TypeError, OSError):
        return None
