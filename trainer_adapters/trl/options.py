"""What a TRL reward function is bound with: keywords, else the environment."""

import os
from collections.abc import Mapping
from dataclasses import dataclass

from trainer_adapters.client.errors import GavelError
from trainer_adapters.client.settings import Settings

GROUND_TRUTH_COLUMNS = ("ground_truth", "answer", "solution", "label")
"""Dataset columns that are taken for the ground truth, the first that there is."""

KEYWORDS = (
    "url",
    "reward_name",
    "group_size",
    "deadline_s",
    "max_unscored_fraction",
    "ground_truth_column",
    "max_completion_length",
    "run_name",
)
"""What `partial(reward, ...)` may bind. The token is not among them: a partial is pickled and printed."""


@dataclass(frozen=True)
class Options:
    """One way of scoring TRL's batches."""

    settings: Settings
    """Where to send them, and how long to try."""
    ground_truth_column: str | None = None
    """Dataset column with the ground truth; None: the first of `GROUND_TRUTH_COLUMNS` that there is."""
    max_completion_length: int | None = None
    """Tokens after which TRL cuts a completion off; None: nobody says which ones were cut."""

    @classmethod
    def of(cls, given: Mapping[str, object]) -> "Options":
        """Read keywords; those that are None or left out come from the environment."""
        wanted = {name: value for name, value in given.items() if value is not None}
        _refuse_columns(wanted)
        length = wanted.pop("max_completion_length", None) or os.environ.get("GAVEL_MAX_COMPLETION_LENGTH")
        column = wanted.pop("ground_truth_column", None) or os.environ.get("GAVEL_GROUND_TRUTH_COLUMN")
        if "reward_name" in wanted:
            wanted["reward"] = wanted.pop("reward_name")
        if "run_name" in wanted:
            wanted["run"] = wanted.pop("run_name")
        settings = Settings.of(**wanted)
        return cls(settings, str(column) if column else None, int(str(length)) if length else None)


def _refuse_columns(given: Mapping[str, object]) -> None:
    """TRL passes dataset columns as keywords, and one of the same name replaces what was bound."""
    for name, value in given.items():
        if isinstance(value, (list, tuple)):
            raise GavelError(
                f"The dataset's column `{name}` hides the keyword `{name}` of the reward function. "
                f"Rename it: dataset.rename_column({name!r}, {name + '_of_row'!r})."
            )
