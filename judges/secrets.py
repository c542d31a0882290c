"""Keys come from the environment, or from a file that it names. Never from a configuration file."""

import os
from pathlib import Path

from rubrics.problems import ConfigError


def secret(variable: str) -> str:
    """What the variable holds, or else the file that `variable`_FILE names; empty where neither is set.

    Without the space around it. Raises ConfigError for a file that cannot be read.
    """
    value = os.environ.get(variable)
    path = os.environ.get(f"{variable}_FILE")
    if value is None and path is not None:
        try:
            value = Path(path).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            problem = f"{variable}_FILE names a file that cannot be read ({type(error).__name__}): {path}"
            raise ConfigError(problem) from None
    return (value or "").strip()


def api_key(variable: str | None) -> str | None:
    """The key that a variable holds; None without a variable or a value. Raises ConfigError."""
    if variable is None:
        return None
    key = secret(variable)
    if not (key.isascii() and key.isprintable()):
        raise ConfigError(f"{variable} holds characters that no key has", hint="was the wrong file named?")
    return key or None
