"""Source files for tests, and the rubrics that come out of them."""

import json
from pathlib import Path

from rubrics.conclusion import summed
from rubrics.document import parse
from rubrics.importing.importer import Source
from rubrics.importing.rubric_yaml import to_yaml
from rubrics.outcome import Score
from rubrics.rollout import Json
from rubrics.rubric import Rubric
from rubrics.rubric_file import build_rubric
from rubrics.verdict import Verdict


def saved(folder: Path, data: Json, name: str = "source.json") -> Path:
    path = folder / name
    path.write_text(data if isinstance(data, str) else json.dumps(data), encoding="utf-8")
    return path


def imported(path: Path, item: str | None = None) -> Rubric:
    """The rubric that a file becomes, read back from its YAML."""
    return build_rubric(parse(to_yaml(Source(path).draft(item)), "imported.yaml"))


def value(rubric: Rubric, met: list[bool]) -> float:
    """The rubric's value where these of its criteria are met."""
    verdicts = [
        Verdict(criterion=criterion.id, value=float(found), weight=criterion.weight)
        for criterion, found in zip(rubric.criteria, met, strict=True)
    ]
    outcome = summed(rubric, verdicts)
    assert isinstance(outcome, Score)
    return outcome.value
