from pathlib import Path

import pytest

from judges.backend import JudgeOptions
from judges.backends.openai import Openai
from reward_server.components.label_match import LabelMatch
from reward_server.reward.component import Component
from rubrics.plugin import PluginError, built_in, camel, import_attribute, resolve

COMPONENTS = "reward_server.components"


def refusal(use: str, home: str = COMPONENTS, base: type = Component) -> tuple[str, str | None]:
    with pytest.raises(PluginError) as caught:
        resolve(use, home, base)
    return str(caught.value), caught.value.hint


@pytest.mark.parametrize(("name", "expected"), [("label_match", "LabelMatch"), ("openai", "Openai")])
def test_a_module_holds_the_class_of_its_name(name: str, expected: str) -> None:
    assert camel(name) == expected


def test_built_ins_have_short_names() -> None:
    assert resolve("label_match", COMPONENTS, Component) is LabelMatch
    assert resolve("openai", "judges.backends", JudgeOptions) is Openai


def test_any_class_can_be_named() -> None:
    assert resolve("reward_server.components.label_match:LabelMatch", COMPONENTS, Component) is LabelMatch


def test_only_modules_that_hold_their_class_are_built_ins() -> None:
    assert built_in("judges.backends", JudgeOptions) == ["local", "openai", "scripted", "vllm"]
    assert "label_match" in built_in(COMPONENTS, Component)


@pytest.mark.parametrize("use", ["label_matchh", "LabelMatch", "label-match"])
def test_a_misspelt_name_has_a_suggestion(use: str) -> None:
    assert refusal(use) == (f"there is no built-in `{use}`", "did you mean `label_match`?")


@pytest.mark.parametrize("use", ["", ".", "..", "os.path", "../components/x", "label match", "__init__"])
def test_what_is_no_name_is_no_built_in(use: str) -> None:
    message, hint = refusal(use)
    assert message == f"there is no built-in `{use}`"
    assert hint is not None


def test_a_helper_module_is_no_built_in() -> None:
    message, hint = refusal("binding", "judges.backends", JudgeOptions)
    assert (message, hint) == ("there is no built-in `binding`", "known here: local, openai, scripted, vllm")


BROKEN = {
    "syntax.py": "def (",
    "raises.py": "raise ValueError('at import')",
    "imports.py": "import no_such_package_of_theirs",
    "holds.py": (
        "from reward_server.reward.component import Component\n"
        "number = 3\n"
        "class Other: pass\n"
        "class Unfinished(Component): pass\n"
    ),
}


@pytest.fixture
def theirs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A package with everything that can be wrong."""
    package = tmp_path / "their_package"
    package.mkdir()
    for name, text in BROKEN.items():
        (package / name).write_text(text, encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    return package.name


@pytest.mark.parametrize(
    ("use", "complaint"),
    [
        (":Name", "importing `` raised ValueError"),
        ("no_such_package:Name", "cannot import `no_such_package`: No module named 'no_such_package'"),
        ("{}.syntax:Name", "importing `{}.syntax` raised SyntaxError"),
        ("{}.raises:Name", "importing `{}.raises` raised ValueError: at import"),
        ("{}.imports:Name", "cannot import `{}.imports`: No module named 'no_such_package_of_theirs'"),
        ("{}.holds:Name", "`{}.holds` has no `Name`"),
        (
            "{}.holds:number",
            "`{}.holds:number` is not a subclass of reward_server.reward.component.Component",
        ),
        ("{}.holds:Other", "`{}.holds:Other` is not a subclass of reward_server.reward.component.Component"),
        ("{}.holds:Unfinished", "`{}.holds:Unfinished` does not define __call__"),
    ],
)
def test_what_is_wrong_with_anyones_class_is_said(use: str, complaint: str, theirs: str) -> None:
    message, _ = refusal(use.format(theirs))
    assert message.startswith(complaint.format(theirs))


def test_a_misspelt_class_has_a_suggestion(theirs: str) -> None:
    assert refusal(f"{theirs}.holds:Unfinishd")[1] == "did you mean `Unfinished`?"


def test_attributes_can_be_anything(theirs: str) -> None:
    assert import_attribute(f"{theirs}.holds", "number") == 3
