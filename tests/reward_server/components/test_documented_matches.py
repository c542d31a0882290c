"""The pages about answers that are matched: their examples load, nothing is missing."""

import re
from pathlib import Path

import pytest
from pydantic import BaseModel

from reward_server.components.label_match import LabelMatch
from reward_server.components.math_equal import MathEqual
from reward_server.components.multi_label import MultiLabel
from reward_server.components.number_match import NumberMatch
from reward_server.components.ranking import Ranking
from reward_server.components.text_match import Normalise, TextMatch
from reward_server.reward.component import Component
from reward_server.reward.loading import load_reward
from rubrics.document import parse
from rubrics.field_docs import field_docs

DOCS = Path(__file__).parents[3] / "docs" / "components"
PAGES: dict[str, type[Component]] = {
    "label_match": LabelMatch,
    "number_match": NumberMatch,
    "text_match": TextMatch,
    "math_equal": MathEqual,
    "multi_label": MultiLabel,
    "ranking": Ranking,
}


def page(name: str) -> str:
    return (DOCS / f"{name}.md").read_text()


@pytest.mark.parametrize("name", PAGES)
def test_both_examples_load(name: str) -> None:
    examples = re.findall(r"```yaml\n(.*?)```", page(name), re.DOTALL)
    assert len(examples) == 2
    for example in examples:
        function = load_reward(parse(f"name: example\n{example}"))
        assert {type(column.component) for column in function.columns} == {PAGES[name]}


def as_yaml(default: object) -> str:
    """A default as the table shows it."""
    if isinstance(default, bool):
        return f"`{str(default).lower()}`"
    if isinstance(default, BaseModel):
        return "see below"
    if isinstance(default, list):
        return f"`[{', '.join(default)}]`"
    return "none" if default is None else f"`{default}`"


@pytest.mark.parametrize(("name", "component"), PAGES.items())
def test_the_tables_hold_the_options_and_their_defaults(name: str, component: type[Component]) -> None:
    rows = dict(re.findall(r"^\| `(\w+)` \| (.+?) \|", page(name), re.MULTILINE))
    models: list[type[BaseModel]] = [component, *([Normalise] if component is TextMatch else [])]
    fields = [
        (field.alias or option, field) for model in models for option, field in model.model_fields.items()
    ]
    assert rows == {
        option: as_yaml(field.get_default(call_default_factory=False)) for option, field in fields
    }


@pytest.mark.parametrize("component", PAGES.values())
def test_every_option_is_documented_where_it_is_declared(component: type[Component]) -> None:
    assert field_docs(component).keys() >= component.model_fields.keys()


@pytest.mark.parametrize("name", PAGES)
def test_each_page_says_what_is_zero_and_what_is_unscored(name: str) -> None:
    assert "**Scored " in page(name)
    assert "**Unscored**" in page(name)
