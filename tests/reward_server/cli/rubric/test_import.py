import json
from pathlib import Path

import pytest

from rubrics.rubric_file import load_rubric
from tests.reward_server.cli.running import Gavel, gavel_process

PLAIN = """\
- {requirement: Names the drug and gives the dose, weight: 3}
- {requirement: Is kind, weight: 0}
- {requirement: Recommends alcohol, weight: -2}
"""
ITEM = {
    "prompt_id": "0a1",
    "prompt": [{"role": "user", "content": "Help"}],
    "rubrics": [{"criterion": "Gives good advice", "points": 5, "tags": ["axis:accuracy"]}],
    "example_tags": [],
}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    items = [ITEM, {**ITEM, "prompt_id": "../0b2"}]
    (tmp_path / "care.yaml").write_text(PLAIN, encoding="utf-8")
    (tmp_path / "items.jsonl").write_text("\n".join(map(json.dumps, items)), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_rubric_is_written_and_linted(folder: Path, gavel: Gavel) -> None:
    done = gavel("rubric", "import", "care.yaml", "-o", "out.yaml")
    assert (done.code, done.out) == (0, "")
    assert done.err == (
        'care.yaml:2:34: warning: left out: "Is kind" weighs 0, so it has no effect\n'
        "    2 | - {requirement: Is kind, weight: 0}\n"
        "                                         ^\n"
        "  = give it a weight if it should count\n\n"
        "wrote out.yaml: 2 criteria, 1 pitfall\n"
        "lint finds: double-barrelled 1\n"
        '  out.yaml:21:25: warning: two statements in one: with "and gives" one half can hold without the '
        "other [double-barrelled]\n"
        "each with advice: gavel rubric lint out.yaml\n"
    )
    rubric = load_rubric("out.yaml")
    assert (rubric.id, [c.weight for c in rubric.criteria]) == ("care", [3.0, -2.0])
    assert gavel("rubric", "lint", "out.yaml").code == 0


def test_without_a_place_it_is_printed_and_nothing_else(folder: Path, gavel: Gavel) -> None:
    done = gavel("rubric", "import", "care.yaml", "--id", "drugs/care", "--from", "rubric")
    (folder / "printed.yaml").write_text(done.out, encoding="utf-8")
    assert load_rubric("printed.yaml").id == "drugs/care"
    assert "<stdout>:21:25: warning: two statements in one" in done.err


def test_every_item_has_a_file_of_its_own(folder: Path, gavel: Gavel) -> None:
    done = gavel("rubric", "import", "items.jsonl", "--out-dir", "made/here")
    assert (done.code, "wrote 2 rubrics to made/here\nlint finds: vague 2\n" in done.err) == (0, True)
    made = sorted(path.name for path in (folder / "made" / "here").iterdir())
    assert made == ["0a1.yaml", "0b2.yaml"]
    assert [load_rubric(folder / "made" / "here" / name).id for name in made] == [
        "healthbench/0a1",
        "healthbench/0b2",
    ]


def test_nothing_is_overwritten_unasked(folder: Path, gavel: Gavel) -> None:
    (folder / "made").mkdir()
    (folder / "made" / "0b2.yaml").write_text("mine", encoding="utf-8")
    (folder / "mine.yaml").write_text("mine", encoding="utf-8")
    for place in (["-o", "mine.yaml", "--item", "0"], ["--out-dir", "made"]):
        done = gavel("rubric", "import", "items.jsonl", *place)
        assert (done.code, "exists already" in done.err) == (2, True)
    assert [path.name for path in (folder / "made").iterdir()] == ["0b2.yaml"]
    assert gavel("rubric", "import", "items.jsonl", "--out-dir", "made", "--force").code == 0
    assert load_rubric("made/0b2.yaml").id == "healthbench/0b2"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (
            ["items.jsonl"],
            "items.jsonl holds 2 items\n  = choose one with --item, or write all of them with --out-dir",
        ),
        (["items.jsonl", "--item", "0c"], "there is no item '0c'"),
        (["care.yaml", "--item", "0"], "a `rubric` file is one rubric"),
        (["care.yaml", "--id", "Care"], "lower-case letters"),
        (["care.yaml", "--out-dir", "made", "--id", "a"], "so there is no --id"),
        (["care.yaml", "-o", "care.yaml", "--force"], "is what is read"),
        (["care.yaml", "--out-dir", ".", "--force"], "is what is read"),
        (
            ["care.yaml", "--from", "healthbench", "--item", "0"],
            "care.yaml:1:4: error: unknown key `requirement`",
        ),
        (["gone.yaml"], "cannot read gone.yaml"),
        (["care.yaml", "--from", "autorubric"], "'autorubric' is not one of"),
    ],
)
def test_mistakes_are_told(arguments: list[str], said: str, folder: Path, gavel: Gavel) -> None:
    done = gavel("rubric", "import", *arguments)
    assert (done.code, done.out) == (2, "")
    assert said in done.err
    assert not (folder / "made").exists()


def test_a_directory_that_does_not_exist_is_no_traceback(folder: Path) -> None:
    done = gavel_process("rubric", "import", "care.yaml", "-o", "gone/out.yaml", cwd=folder)
    assert (done.code, done.err) == (1, "error: No such file or directory: gone/out.yaml\n")
