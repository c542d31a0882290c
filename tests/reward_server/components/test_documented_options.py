"""The pages about form, length, repetition and functions: their examples load, nothing is missing."""

import re
from pathlib import Path

import pytest

from reward_server.components.cosine_length import CosineLength
from reward_server.components.overlong import Overlong
from reward_server.components.python import Python
from reward_server.components.relative_length import RelativeLength
from reward_server.components.repetition import Repetition
from reward_server.components.structure import Structure, checks_of
from reward_server.components.target_length import TargetLength
from reward_server.reward.component import Component
from reward_server.reward.loading import load_reward
from rubrics.completion import Fault
from rubrics.document import parse
from rubrics.field_docs import field_docs
from rubrics.layout import Answer, Layout, Reasoning, Reflection

DOCS = Path(__file__).parents[3] / "docs"
LAYOUT = (DOCS / "completion-layout.md").read_text()
PAGES: dict[str, type[Component]] = {
    "structure": Structure,
    "target_length": TargetLength,
    "overlong": Overlong,
    "cosine_length": CosineLength,
    "relative_length": RelativeLength,
    "repetition": Repetition,
    "python": Python,
}


def page(name: str) -> str:
    return (DOCS / "components" / f"{name}.md").read_text()


def blocks(text: str, language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)


@pytest.mark.parametrize("name", PAGES)
def test_both_examples_load(name: str, tmp_path: Path) -> None:
    for code in blocks(page(name), "python"):
        (tmp_path / code.split()[1]).write_text(code)
    examples = blocks(page(name), "yaml")
    assert len(examples) == 2
    for example in examples:
        function = load_reward(parse(f"name: example\n{example}", "reward.yaml", tmp_path))
        assert name in {type(column.component).__module__.rpartition(".")[2] for column in function.columns}


@pytest.mark.parametrize("example", blocks(LAYOUT, "yaml"))
def test_layout_examples_load(example: str) -> None:
    assert load_reward(parse(f"name: example\n{example}")).layout.answer is not None


@pytest.mark.parametrize(("name", "component"), PAGES.items())
def test_the_table_holds_the_options_and_their_defaults(name: str, component: type[Component]) -> None:
    rows = dict(re.findall(r"^\| `(\w+)` \| (.+?) \|", page(name), re.MULTILINE))
    expected = {}
    for option, field in component.model_fields.items():
        default = field.get_default(call_default_factory=False)
        shown = {True: "true", False: "false"}.get(default, default) if isinstance(default, bool) else default
        expected[option] = "required" if field.is_required() else "none" if shown is None else f"`{shown}`"
    assert rows == expected


@pytest.mark.parametrize("component", PAGES.values())
def test_every_option_is_documented_where_it_is_declared(component: type[Component]) -> None:
    assert field_docs(component).keys() >= component.model_fields.keys()


def test_the_layout_page_names_every_option() -> None:
    for model in (Layout, Reasoning, Answer, Reflection):
        for name, field in model.model_fields.items():
            assert re.search(rf"`([a-z]+\.)?{field.alias or name}`", LAYOUT), name


def test_the_layout_page_names_every_fault_once() -> None:
    named = re.findall(r"^\| `(\w+)` \| [^|]* \|$", LAYOUT[LAYOUT.index("| Fault |") :], re.MULTILINE)
    assert named == list(Fault)


def test_the_structure_page_names_every_check() -> None:
    tagged = Layout.model_validate({"reasoning": {}, "answer": {"tag": "answer"}})
    json = Layout.model_validate({"reasoning": {}, "answer": {"json": {"a": "any"}}})
    for check in {*checks_of(tagged), *checks_of(json)}:
        assert f"`{check}`" in page("structure")
