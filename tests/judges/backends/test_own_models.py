"""The settings of `local` and `vllm`, without the libraries that they need, and their page of the docs."""

import re
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path

import pytest
from pydantic import ValidationError

from judges.backend import JudgeOptions
from judges.backends.local import Local
from judges.backends.vllm import Vllm
from rubrics.document import parse
from rubrics.plugin import resolve
from rubrics.problems import ConfigError
from tests.processes import ROOT

TEXT = (ROOT / "docs" / "local-judge.md").read_text(encoding="utf-8")
KINDS: Mapping[str, type[JudgeOptions]] = {"local": Local, "vllm": Vllm}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "config.json").write_text("{}")
    return tmp_path


@pytest.mark.parametrize("use", KINDS)
def test_a_reward_file_finds_them_by_name(use: str) -> None:
    assert resolve(use, "judges.backends", JudgeOptions) is KINDS[use]


@pytest.mark.parametrize(
    ("use", "package", "hint"), [("local", "torch", r"gavel-rl\[local\]"), ("vllm", "vllm", "vllm serve")]
)
def test_a_missing_library_comes_with_advice(use: str, package: str, hint: str, folder: Path) -> None:
    if find_spec(package) is not None:
        pytest.skip(f"{package} is installed here")
    for open_ in (KINDS[use].open, KINDS[use].endpoints):
        with pytest.raises(ConfigError, match=f"(?s)not installed here.*{hint}"):
            open_(KINDS[use].model_validate({"model": str(folder)}))


@pytest.mark.parametrize("kind", KINDS.values())
def test_a_missing_folder_is_told_before_a_missing_library(kind: type[JudgeOptions]) -> None:
    with pytest.raises(ConfigError, match=r"there is no folder \./no-such-judge"):
        kind.model_validate({"model": "./no-such-judge"}).open()


@pytest.mark.parametrize("kind", KINDS.values())
def test_nothing_is_probed(kind: type[JudgeOptions]) -> None:
    assert kind.model_validate({"model": "x"}).known_form() == "token"
    assert kind.model_validate({"model": "x", "verdict": "text"}).known_form() == "text"


def test_p10_what_can_change_a_verdict_is_in_the_reward_version(folder: Path) -> None:
    plain = Local.model_validate({"model": str(folder)})
    telling: Mapping[str, object] = {
        "dtype": "float32",
        "chat_template_kwargs": {"enable_thinking": False},
        "top_logprobs": 5,
        "verdict": "text",
    }
    for name, value in telling.items():
        assert plain.model_copy(update={name: value}).identity() != plain.identity()
    silent = {"device": "cuda", "max_batch": 1, "max_tokens_in_batch": 99, "download": True, "revision": "x"}
    for name, value in silent.items():
        assert plain.model_copy(update={name: value}).identity() == plain.identity()
    before = plain.identity()
    (folder / "config.json").write_text("[]")
    assert plain.identity() != before


def test_engine_arguments_can_change_a_verdict_too(folder: Path) -> None:
    plain, quantized = (
        Vllm.model_validate({"model": str(folder), "engine": engine})
        for engine in ({}, {"quantization": "fp8"})
    )
    assert plain.identity() != quantized.identity()
    assert str(folder) not in str(plain.identity())


def test_the_judges_own_arguments_are_not_the_engines() -> None:
    with pytest.raises(ValidationError, match="`dtype` is not for `engine`: the judge sets it"):
        Vllm.model_validate({"model": "x", "engine": {"dtype": "float32"}})


@pytest.mark.parametrize("kind", KINDS.values())
def test_every_setting_is_documented(kind: type[JudgeOptions]) -> None:
    own = kind.model_fields.keys() - JudgeOptions.model_fields.keys()
    assert [name for name in own if f"| `{name}` |" not in TEXT] == []


def test_the_documented_defaults_are_the_real_ones() -> None:
    documented = dict(
        re.findall(r"^\| `(\w+)` \| `?([\w.]+)`? \|", TEXT.partition("## `vllm`")[0], re.MULTILINE)
    )
    real = {name: field.default for name, field in Local.model_fields.items() if name in documented}
    shown = {name: {None: "null", False: "false"}.get(value, str(value)) for name, value in real.items()}
    assert shown == documented
    assert len(shown) >= 6


def test_the_examples_are_settings() -> None:
    examples = re.findall(r"```yaml\n([^`]*)```", TEXT)
    assert len(examples) == 2
    for example in examples:
        entry = dict(parse(example, "docs").data["judges"]["default"])  # type: ignore[index]
        KINDS[str(entry.pop("use"))].model_validate(entry)
