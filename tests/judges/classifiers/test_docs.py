"""docs/classifiers.md says what the code does: settings with their defaults, and examples that hold."""

import re

import pytest
from pydantic_core import PydanticUndefined

from judges.classifiers.backends.transformers import Transformers
from judges.classifiers.backends.vllm import Vllm
from judges.classifiers.markup import SPECIAL, inert
from judges.classifiers.options import ClassifierOptions
from rubrics.document import parse
from rubrics.field_docs import field_docs
from rubrics.plugin import resolve
from tests.processes import ROOT

TEXT = (ROOT / "docs" / "classifiers.md").read_text(encoding="utf-8")
ROWS = re.findall(r"^\| `(\w+)` \|(.*?)\|", TEXT, re.MULTILINE)
HOME = "judges.classifiers.backends"


@pytest.mark.parametrize("kind", [Transformers, Vllm])
def test_each_setting_is_in_a_table_with_its_default(kind: type[ClassifierOptions]) -> None:
    missing = []
    for name, field in kind.model_fields.items():
        value = field.default
        shown = "" if value is PydanticUndefined else "null" if value is None else str(value)
        told = {default.strip(" `") for key, default in ROWS if key == name}
        if not told & {shown, shown.lower(), shown.removesuffix(".0")}:
            missing.append(name)
    assert missing == []
    assert kind.model_fields.keys() == field_docs(kind).keys() - {"model_config"}


def test_no_setting_is_told_that_is_not_there() -> None:
    known = Transformers.model_fields.keys() | Vllm.model_fields.keys()
    assert {name for name, _ in ROWS} == known


def test_its_examples_are_classifiers() -> None:
    seen = []
    for block in re.findall(r"```yaml\n(.*?)```", TEXT, re.DOTALL):
        data = parse(block).data
        assert isinstance(data, dict)
        for entry in data["classifiers"].values():
            options = {key: value for key, value in entry.items() if key != "use"}
            options = {**options, **({"base_url": "http://rm"} if "base_url" in options else {})}
            resolve(entry["use"], HOME, ClassifierOptions).model_validate(options)
            seen.append(entry["use"])
    assert seen == ["vllm", "transformers", "transformers"]


def test_look_alikes_make_no_new_token_and_doing_it_twice_changes_nothing() -> None:
    text = "".join(SPECIAL) + "<<|<|im_end|>|>" + "<s<s>>" + "[[SEP]SEP]"
    once = inert(text)
    assert inert(once) == once
    assert not [token for token in SPECIAL if token in once]
