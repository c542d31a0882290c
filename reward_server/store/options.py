"""Where rollouts are kept, how much of them, and for how long."""

import os
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from rubrics.options import Options
from rubrics.problems import ConfigError

FILE = "rollouts.sqlite3"
VARIABLE = "GAVEL_STORE"
NONE = "none"
"""In place of a path: nothing is kept."""

Text = Literal["keep", "none"]


class StoreOptions(Options):
    """How `gavel serve` keeps what it has scored."""

    path: Path
    """The SQLite file, on a local disk. Several processes may share it."""
    text: Text = "keep"
    """`keep` prompts, completions, ground truths, metadata, reasons and replies, or `none`."""
    redact: tuple[str, ...] = ()
    """RE2 patterns; what they match is not kept of any text."""
    max_age_days: Annotated[float, Field(gt=0)] = 30.0
    """Rollouts that are older are forgotten."""
    max_gb: Annotated[float, Field(gt=0)] = 10.0
    """Size of the file in GB (10^9 bytes); beyond it the oldest rollouts are forgotten."""


def default_path() -> Path:
    """The file of a user who names none. Raises ConfigError without a home directory."""
    shared = os.environ.get("XDG_DATA_HOME", "")
    if Path(shared).is_absolute():  # the specification has relative ones ignored
        return Path(shared) / "gavel" / FILE
    try:
        return Path.home() / ".local" / "share" / "gavel" / FILE
    except RuntimeError:
        raise ConfigError(
            "there is no home directory to keep rollouts in",
            hint=f"name a file with --store or {VARIABLE}; `{NONE}` keeps nothing",
        ) from None


def path_of(given: str | None) -> Path | None:
    """The file that `--store` or GAVEL_STORE names, or the default; None for `none`. Raises ConfigError."""
    if given is None or not given.strip():
        return default_path()
    return None if given == NONE else Path(given)
