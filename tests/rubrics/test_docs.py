"""The pages about rubrics: their examples load, and no option is missing."""

import re
from pathlib import Path

import pytest
from pydantic import BaseModel

from rubrics.aggregate import Aggregate
from rubrics.criteria.applicability import When
from rubrics.criteria.check import Check, Words
from rubrics.criteria.classifier import ClassifierCriterion
from rubrics.criteria.criterion import Anchors, Criterion, CriterionGate
from rubrics.criteria.expectation import ExpectedLabel
from rubrics.criteria.importance import ImportanceWeights
from rubrics.criteria.scale import Level
from rubrics.criteria.sub_label import SubLabel
from rubrics.document import parse
from rubrics.field_docs import field_docs
from rubrics.inputs import Input
from rubrics.judging import Batch, Judging
from rubrics.rubric import Rubric
from rubrics.rubric_file import build_rubric
from rubrics.weights.options import Weights
from rubrics.weights.table import CriterionTable, SampleTable

DOCS = Path(__file__).parents[2] / "docs"
RUBRICS = (DOCS / "rubrics.md").read_text()
WEIGHTING = (DOCS / "weighting.md").read_text()


def examples(page: str) -> list[str]:
    return re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)


def test_the_example_rubric_loads() -> None:
    (example,) = examples(RUBRICS)
    assert len(build_rubric(parse(example)).criteria) == 5


def test_the_example_table_loads() -> None:
    (example,) = examples(WEIGHTING)
    assert CriterionTable.model_validate(parse(example).data).counts["severity"]["high"] == 50


MODELS: list[type[BaseModel]] = [
    Rubric,
    Input,
    Criterion,
    Anchors,
    CriterionGate,
    ExpectedLabel,
    SubLabel,
    Check,
    Words,
    Weights,
    Aggregate,
    When,
    ClassifierCriterion,
    ImportanceWeights,
    Level,
    Judging,
    Batch,
]
TABLES: list[type[BaseModel]] = [SampleTable, CriterionTable]


@pytest.mark.parametrize("model", [*MODELS, *TABLES])
def test_every_option_is_on_its_page(model: type[BaseModel]) -> None:
    page = WEIGHTING if model in TABLES else RUBRICS
    names = [field.alias or name for name, field in model.model_fields.items()]
    assert [name for name in names if not re.search(rf"\b{name}\b", page)] == []


@pytest.mark.parametrize("model", [*MODELS, *TABLES])
def test_every_option_is_documented_where_it_is_declared(model: type[BaseModel]) -> None:
    assert field_docs(model).keys() == model.model_fields.keys()
