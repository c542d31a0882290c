"""The pages on mistakes and on includes: every file and every answer on them is real."""

import re
from pathlib import Path

import pytest

from rubrics.goldens.golden_file import load_goldens
from rubrics.goldens.requirements import missing
from rubrics.rubric_file import build_rubric, load_resolved, load_rubric
from tests.pages import fences
from tests.reward_server.cli.running import Gavel

MISTAKES = "docs/rubric-mistakes.md"
INCLUDES = "docs/rubric-includes.md"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def write_files(page: str) -> None:
    """The page's files, each called as its first line says; goldens are left out."""
    for text in fences(page, "yml"):
        name = text.splitlines()[0].removeprefix("# ")
        if ".golden." not in name:
            Path(name).write_text(text, encoding="utf-8")


def answers(page: str) -> list[tuple[str, str]]:
    """Each command of the page with what it prints."""
    return [(line[2:], answer) for line, answer in (b.split("\n", 1) for b in fences(page, "console"))]


@pytest.mark.parametrize(
    ("page", "command", "answer"),
    [pytest.param(page, *shown, id=shown[0]) for page in (MISTAKES, INCLUDES) for shown in answers(page)],
)
def test_the_page_shows_what_is_printed(page: str, command: str, answer: str, gavel: Gavel) -> None:
    write_files(page)
    done = gavel(*command.split()[1:])
    assert done.err + done.out == answer


def test_each_of_the_ten_mistakes_has_an_answer_with_place_caret_and_advice() -> None:
    shown = "".join(answer for _, answer in answers(MISTAKES))
    assert len(answers(MISTAKES)) == 10
    assert len(re.findall(r"^[\w.]+:\d+:\d+: ", shown, re.MULTILINE)) == len(
        re.findall(r"^ +\^+$", shown, re.MULTILINE)
    )


def test_what_is_said_of_a_rubric_with_half_of_its_goldens() -> None:
    write_files(MISTAKES)
    golden = next(text for text in fences(MISTAKES, "yml") if text.startswith("# greeting.golden.yaml"))
    Path("greeting.golden.yaml").write_text(golden, encoding="utf-8")
    document = load_resolved("greeting.yaml")
    found = missing(
        load_goldens("greeting.golden.yaml"), build_rubric(document), document, "greeting.golden.yaml"
    )
    assert "\n\n".join(problem.render() for problem in found) + "\n" == fences(MISTAKES, "text")[0]


def test_the_rubric_put_together_is_the_one_written_out() -> None:
    write_files(INCLUDES)
    assert load_rubric("refunds.yaml").digest == load_rubric("whole.yaml").digest
    assert load_rubric("refunds.yaml").version == "1.0.0"
