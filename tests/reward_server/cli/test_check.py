from pathlib import Path

import pytest

from tests.processes import ROOT
from tests.reward_server.cli.running import Gavel, gavel_process

EXAMPLE = ROOT / "examples" / "moderation" / "reward.yaml"
GOOD = "name: good\ncomponents: {accuracy: {use: number_match}}\n"
EASY = "name: easy\ncomponents: {format: {use: structure}}\n"
BAD = "name: bad\ncomponents: {format: {use: structur}}\n"
CANCELS = GOOD + "weighting: {inverse_frequency: {apply: reward, table: {a: 1, b: 2}}}\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name, text in {"good": GOOD, "easy": EASY, "bad": BAD, "cancels": CANCELS}.items():
        (tmp_path / f"{name}.yaml").write_text(text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_good_file_is_explained(gavel: Gavel) -> None:
    done = gavel("check", EXAMPLE)
    assert (done.code, done.err) == (0, "")
    name, equation, *components, summary = [line for line in done.out.splitlines() if line]
    assert name.startswith("moderation  sha256:")
    assert equation == (
        "  reward = 0.25 accuracy + 0.25 format + 0.25 length + 0.25 rubric [format >= 1, else 0]"
    )
    assert [line.split() for line in components] == [
        ["accuracy", "label_match", "in", "[0,", "1]"],
        ["format", "structure", "in", "[0,", "1]"],
        ["length", "target_length", "in", "[0,", "1]"],
        ["rubric", "rubric", "in", "[-0.75,", "1]"],
    ]
    assert summary == f"{EXAMPLE}: 0 errors, 0 warnings"


@pytest.mark.parametrize(
    ("file", "options", "code", "summary"),
    [
        ("good.yaml", [], 0, "0 errors, 0 warnings"),
        ("good.yaml", ["--strict"], 0, "0 errors, 0 warnings"),
        ("easy.yaml", [], 0, "0 errors, 1 warning"),
        ("easy.yaml", ["--strict"], 2, "0 errors, 1 warning"),
        ("bad.yaml", [], 2, "1 error, 0 warnings"),
        ("cancels.yaml", [], 2, "1 error, 0 warnings"),
        ("none.yaml", [], 2, "1 error, 0 warnings"),
        (".", [], 2, "1 error, 0 warnings"),
    ],
)
def test_the_exit_code_says_how_it_went(
    file: str, options: list[str], code: int, summary: str, folder: Path, gavel: Gavel
) -> None:
    done = gavel("check", file, *options)
    assert (done.code, done.out.splitlines()[-1]) == (code, f"{file}: {summary}")


def test_a_weight_that_cancels_is_exit_2_with_the_ways_that_work(folder: Path, gavel: Gavel) -> None:
    done = gavel("check", "cancels.yaml")
    assert done.code == 2
    for said in ("[weight-cancels]", "apply: advantage", "sampling rare labels", "scale_rewards: none"):
        assert said in done.err


def test_every_file_is_checked_whatever_the_others_are(folder: Path, gavel: Gavel) -> None:
    done = gavel("check", "bad.yaml", "good.yaml", "none.yaml", "easy.yaml")
    assert done.code == 2
    for file in ("bad", "good", "none", "easy"):
        assert f"{file}.yaml: " in done.out
    assert "bad.yaml:2:28: error: there is no built-in `structur`" in done.err
    assert "[trivial-policy]" in done.err


def test_what_is_wrong_goes_to_standard_error(folder: Path, gavel: Gavel) -> None:
    done = gavel("check", "bad.yaml")
    assert done.err == (
        "bad.yaml:2:28: error: there is no built-in `structur`\n"
        "    2 | components: {format: {use: structur}}\n"
        "                                   ^^^^^^^^\n"
        "  = did you mean `structure`?\n\n"
    )


def test_it_works_from_another_directory() -> None:
    done = gavel_process("check", EXAMPLE, cwd="/")
    assert (done.code, done.err) == (0, "")


def test_a_notice_is_told(folder: Path, gavel: Gavel) -> None:
    (folder / "two.yaml").write_text(GOOD.replace("}}", ", weight: 2}}"), encoding="utf-8")
    assert "note: weights sum to 2, so each is divided by 2" in gavel("check", "two.yaml").out


def test_a_file_is_required(gavel: Gavel) -> None:
    done = gavel("check")
    assert done.code == 2
    assert "Missing argument" in done.err
