"""Secrets come from the environment, or from a file that it names. Never from a configuration file."""

import os
from pathlib import Path

from rubrics.problems import ConfigError


def secret(name: str) -> str | None:
    """Read the variable `name`, or the file that `name`_FILE names; None where neither is set.

    Raises ConfigError for a file that holds nothing, so that a lost secret is not mistaken for none.
    """
    if value := os.environ.get(name):
        return value
    path = os.environ.get(f"{name}_FILE")
    return _content(f"{name}_FILE", path) if path else None


def _content(variable: str, path: str) -> str:
    try:
        content = Path(path).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        found = error.strerror if isinstance(error, OSError) else "it is not text"
        raise ConfigError(f"{variable} names {path}, which cannot be read: {found}") from None
    if not content:
        raise ConfigError(f"{variable} names {path}, which is empty")
    return content
