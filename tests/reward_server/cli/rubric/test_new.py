from pathlib import Path

import pytest

from rubrics.rubric_file import load_rubric
from tests.reward_server.cli.running import Gavel


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("support-reply.yaml", "support-reply"),
        ("Support Reply.yml", "support-reply"),
        ("tone.rubric.yaml", "tone"),
        ("2_tone", "tone"),
        ("\u8a9e.yaml", "my-rubric"),
    ],
)
def test_it_writes_a_rubric_that_is_called_after_its_file(name: str, found: str, gavel: Gavel) -> None:
    done = gavel("rubric", "new", name)
    assert (done.code, done.out.splitlines()[0]) == (0, f"wrote {name}")
    rubric = load_rubric(name)
    assert (rubric.id, rubric.version) == (found, "1.0.0")
    assert {criterion.kind for criterion in rubric.criteria} == {"ask", "check"}
    assert any(criterion.scale for criterion in rubric.criteria)
    assert any(criterion.weight < 0 for criterion in rubric.criteria)


def test_what_it_writes_lints_clean(gavel: Gavel) -> None:
    gavel("rubric", "new", "tone.yaml")
    done = gavel("rubric", "lint", "tone.yaml", "--strict")
    assert (done.code, done.out, done.err) == (0, "tone.yaml: 0 errors, 0 warnings\n", "")


def test_it_overwrites_nothing_unasked(folder: Path, gavel: Gavel) -> None:
    (folder / "tone.yaml").write_text("mine", encoding="utf-8")
    done = gavel("rubric", "new", "tone.yaml")
    assert (done.code, "--force" in done.err) == (2, True)
    assert (folder / "tone.yaml").read_text(encoding="utf-8") == "mine"
    assert gavel("rubric", "new", "tone.yaml", "--force").code == 0
    assert load_rubric("tone.yaml").id == "tone"


def test_a_directory_that_is_not_there_is_told(gavel: Gavel) -> None:
    done = gavel("rubric", "new", "nowhere/tone.yaml")
    assert (done.code, done.err.splitlines()[0]) == (2, "error: there is no folder nowhere")


def test_a_rubric_cannot_take_the_place_of_what_it_extends(folder: Path, gavel: Gavel) -> None:
    gavel("rubric", "new", "tone.yaml")
    written = (folder / "tone.yaml").read_text(encoding="utf-8")
    done = gavel("rubric", "new", "tone.yaml", "--from", "tone.yaml", "--force")
    assert (done.code, "name another file" in done.err) == (2, True)
    assert (folder / "tone.yaml").read_text(encoding="utf-8") == written


def test_a_name_that_extends_would_read_otherwise_is_refused(folder: Path, gavel: Gavel) -> None:
    gavel("rubric", "new", "tone#1.yaml")
    done = gavel("rubric", "new", "own.yaml", "--from", "tone#1.yaml")
    assert (done.code, "what follows # is a criterion" in done.err) == (2, True)
    assert not (folder / "own.yaml").exists()
