"""What scikit-learn and krippendorff say of the same data: recorded once, so that tests need neither.

`recorded.json` holds each case's input beside their answers; null where theirs is NaN or an error.
"""

from pathlib import Path

import msgspec


class KappaCase(msgspec.Struct, frozen=True):
    """`sklearn.metrics.cohen_kappa_score` with each `weights`."""

    first: list[int]
    second: list[int]
    levels: int
    unweighted: float | None
    linear: float | None
    quadratic: float | None


class AlphaCase(msgspec.Struct, frozen=True):
    """`krippendorff.alpha` at each `level_of_measurement`; a missing rating is null."""

    units: list[list[int | None]]
    levels: int
    nominal: float | None
    ordinal: float | None
    interval: float | None


class PredictionCase(msgspec.Struct, frozen=True):
    """`average_precision_score`, `precision_recall_curve` and `brier_score_loss` with `sample_weight`."""

    holds: list[bool]
    probability: list[float]
    weight: list[float]
    average_precision: float | None
    recall_at_p90: float | None
    brier: float


class Recorded(msgspec.Struct, frozen=True):
    """The whole file."""

    made_with: dict[str, str]
    kappa: list[KappaCase]
    alpha: list[AlphaCase]
    prediction: list[PredictionCase]


RECORDED = msgspec.json.decode(
    Path(__file__).with_name("recorded.json").read_bytes(), type=Recorded, strict=False
)
