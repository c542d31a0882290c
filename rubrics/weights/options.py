"""Where a rubric's weights come from."""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field, model_validator

from rubrics.options import Options
from rubrics.weights.factors import MAX_RATIO, SMOOTHING
from rubrics.weights.source import TableSource


class Weights(Options):
    """Where the weights come from."""

    mode: Literal["authored", "uniform", "inverse_frequency"] = "authored"
    """`authored`: as written. `uniform`: 1, or -1 for pitfalls. `inverse_frequency`: as written, times a
    factor from a frozen table."""
    scope: Literal["criterion_label", "verdict"] = "criterion_label"
    """For `inverse_frequency`. `criterion_label`: a criterion with human label y counts n / (K n_y), so rare
    labels count more. `verdict`: a criterion counts 1 / p_met, so what is rarely met counts more."""
    table: TableSource[dict[str, dict[str, Annotated[int, Field(ge=0)]]]] | None = None
    """A `weights/v1` file made by `gavel weights fit`, relative to this one; or the counts themselves:
    criterion -> label -> count, where for `scope: verdict` the labels are `met` and `unmet`."""
    smoothing: Annotated[float, Field(ge=0)] = SMOOTHING
    """Added to each count written here (Laplace). A table file has its own."""
    max_ratio: Annotated[float, Field(ge=1)] = MAX_RATIO
    """Greatest weight over smallest, for counts written here. A table file has its own."""

    @model_validator(mode="after")
    def _table_where_used(self) -> "Weights":
        if (self.mode == "inverse_frequency") != (self.table is not None):
            raise ValueError("`mode: inverse_frequency` needs a `table`, and only it has one")
        if isinstance(self.table, str) and self.model_fields_set & {"smoothing", "max_ratio"}:
            raise ValueError("smoothing and max_ratio stand in the table file")
        return self

    @property
    def counts(self) -> Mapping[str, Mapping[str, int]]:
        """The table's counts by criterion and label; empty without a table."""
        assert not isinstance(self.table, str), "the table file was not opened: use load_rubric"
        return self.table or {}
