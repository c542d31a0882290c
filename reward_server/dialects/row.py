"""A dataset row as trainers send it whole: which of its columns is the ground truth, and the rest."""

from collections.abc import Collection, Mapping

from rubrics.rollout import Json

GROUND_TRUTH = ("ground_truth", "expected_answer", "reference_answer", "answer", "solution", "label")
"""Columns that hold the reference; the first that a row has counts."""


def ground_truth_of(row: Mapping[str, Json]) -> Json:
    """The reference answer of a row, None where it has none."""
    return next((row[name] for name in GROUND_TRUTH if row.get(name) is not None), None)


def metadata_of(row: Mapping[str, Json], without: Collection[str]) -> dict[str, Json]:
    """The other columns of a row."""
    return {name: value for name, value in row.items() if name not in without and name not in GROUND_TRUTH}
