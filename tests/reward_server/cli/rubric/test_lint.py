import json
from pathlib import Path

import pytest

from tests.processes import ROOT
from tests.reward_server.cli.running import Gavel, gavel_process

HEAD = 'schema: rubric/v1\nid: some\nversion: "1.0.0"\ncriteria:\n'
CLEAN = HEAD + "  - id: cites\n    ask: The reply names the section it relies on.\n"
DOUBLE = HEAD + "  - id: polite\n    ask: The reply is polite and answers the question.\n"
CLOSED = HEAD + '  - {id: never, check: {not_regex: ""}, gate: {else: 0}}\n'
BROKEN = CLEAN.replace("ask:", "aks:")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    files = {"clean": CLEAN, "double": DOUBLE, "closed": CLOSED, "broken": BROKEN}
    for name, text in files.items():
        (tmp_path / f"{name}.yaml").write_text(text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_example_is_clean(gavel: Gavel) -> None:
    file = ROOT / "examples" / "moderation" / "rubrics" / "moderation-reasoning.yaml"
    done = gavel("rubric", "lint", file, "--strict")
    assert (done.code, done.out, done.err) == (0, f"{file}: 0 errors, 0 warnings\n", "")


def test_a_finding_has_its_place_a_caret_and_advice(folder: Path, gavel: Gavel) -> None:
    done = gavel("rubric", "lint", "double.yaml")
    assert (done.code, done.out) == (0, "double.yaml: 0 errors, 1 warning\n")
    assert done.err == (
        'double.yaml:6:30: warning: two statements in one: with "and answers" one half can hold '
        "without the other [double-barrelled]\n"
        "    6 |     ask: The reply is polite and answers the question.\n"
        "                                     ^^^^^^^^^^^\n"
        "  = make each half a criterion of its own, with its own weight\n\n"
    )


@pytest.mark.parametrize(
    ("file", "options", "code", "summary"),
    [
        ("clean.yaml", ["--strict"], 0, "0 errors, 0 warnings"),
        ("double.yaml", ["--strict"], 2, "0 errors, 1 warning"),
        ("double.yaml", ["--strict", "--ignore", "double-barrelled"], 0, "0 errors, 0 warnings"),
        ("double.yaml", ["--strict", "--ignore", "vague"], 2, "0 errors, 1 warning"),
        ("closed.yaml", [], 2, "1 error, 1 warning"),
        ("broken.yaml", [], 2, "1 error, 0 warnings"),
        ("none.yaml", [], 2, "1 error, 0 warnings"),
    ],
)
def test_the_exit_code_says_how_it_went(
    file: str, options: list[str], code: int, summary: str, folder: Path, gavel: Gavel
) -> None:
    done = gavel("rubric", "lint", file, *options)
    assert (done.code, done.out.splitlines()[-1]) == (code, f"{file}: {summary}")


def test_every_file_is_linted_whatever_the_others_are(folder: Path, gavel: Gavel) -> None:
    done = gavel("rubric", "lint", "broken.yaml", "clean.yaml", "none.yaml", "double.yaml")
    assert [line.partition(":")[0] for line in done.out.splitlines()] == [
        "broken.yaml",
        "clean.yaml",
        "none.yaml",
        "double.yaml",
    ]
    assert "did you mean `ask`?" in done.err
    assert "[double-barrelled]" in done.err


def test_json_is_all_that_is_printed(folder: Path, gavel: Gavel) -> None:
    done = gavel("rubric", "lint", "double.yaml", "none.yaml", "--json")
    double, none = json.loads(done.out)
    assert (done.code, done.err) == (2, "")
    assert double == {
        "file": "double.yaml",
        "line": 6,
        "column": 30,
        "severity": "warning",
        "code": "double-barrelled",
        "message": 'two statements in one: with "and answers" one half can hold without the other',
        "hint": "make each half a criterion of its own, with its own weight",
    }
    assert (none["file"], none["line"], none["column"], none["code"]) == ("none.yaml", 0, 0, None)
    assert json.loads(gavel("rubric", "lint", "clean.yaml", "--json").out) == []


def test_a_version_is_compared_with_an_older_state(folder: Path, gavel: Gavel) -> None:
    newer = CLEAN.replace("names", "quotes")
    (folder / "newer.yaml").write_text(newer, encoding="utf-8")
    done = gavel("rubric", "lint", "newer.yaml", "--against", "clean.yaml")
    assert done.code == 2
    assert "newer.yaml:3:10: error: the rubric's digest changed, but its version is 1.0.0" in done.err
    assert 'raise it, as in version: "1.1.0"' in done.err
    (folder / "newer.yaml").write_text(newer.replace("1.0.0", "1.1.0"), encoding="utf-8")
    assert gavel("rubric", "lint", "newer.yaml", "--against", "clean.yaml").code == 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["clean.yaml", "--ignore", "vage"], "did you mean `vague`?"),
        (["clean.yaml", "double.yaml", "--against", "clean.yaml"], "it is compared with one FILE"),
        (["clean.yaml", "--against", "gone.yaml"], "cannot read gone.yaml"),
        ([], "Missing argument"),
    ],
)
def test_mistakes_in_the_command_line_are_told(
    arguments: list[str], said: str, folder: Path, gavel: Gavel
) -> None:
    done = gavel("rubric", "lint", *arguments)
    assert done.code == 2
    assert said in done.err


def test_it_works_from_another_directory(folder: Path) -> None:
    done = gavel_process("rubric", "lint", folder / "double.yaml", cwd="/")
    assert (done.code, "[double-barrelled]" in done.err) == (0, True)
