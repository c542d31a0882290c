"""Settings out of environment variables."""

from __future__ import annotations

import os
from pathlib import Path

from trainer_adapters.client.errors import InvalidSetting


def variable(name: str) -> str:
    """Name the variable of a setting: `GAVEL_DEADLINE_S` for `deadline_s`."""
    return f"GAVEL_{name.upper()}"


def setting(name: str) -> str | None:
    """What the environment says of a setting; None where it says nothing, or nothing but space.

    Raises InvalidSetting for a token file without a token: a lost secret is not mistaken for none.
    """
    value = os.environ.get(variable(name), "").strip() or None
    if value is None and name == "token":
        return _from_file(f"{variable(name)}_FILE")
    return value


def _from_file(name: str) -> str | None:
    path = os.environ.get(name)
    if not path:
        return None
    try:
        content = Path(path).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidSetting(f"{name} names {path}, which cannot be read ({type(error).__name__})") from None
    if not content:
        raise InvalidSetting(f"{name} names {path}, which is empty")
    return content
