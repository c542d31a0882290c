"""What a document that came in a request may name: files of one folder, and code that is in use."""

import os
import sys
from pathlib import Path

import msgspec
import pytest

from rubrics.confinement import Confinement
from rubrics.document import Document, parse
from rubrics.problems import ConfigError
from rubrics.rubric_file import build_rubric

SECRET = "s3cret-of-another-folder"
RUBRIC = "schema: rubric/v1\nid: x\nversion: '1'\ncriteria:\n  - {id: a, check: {regex: x}}\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder of rubrics, in a folder with a secret."""
    (tmp_path / "secret.yaml").write_text(f"{SECRET}: [", encoding="utf-8")
    inside = tmp_path / "rewards"
    (inside / "rubrics").mkdir(parents=True)
    (inside / "rubrics" / "good.yaml").write_text(RUBRIC, encoding="utf-8")
    (inside / ".env.yaml").write_text(f"{SECRET}: [", encoding="utf-8")
    (inside / "key.txt").write_text(SECRET, encoding="utf-8")
    (inside / "folder.yaml").mkdir()
    os.mkfifo(inside / "pipe.yaml")
    (inside / "leads_out.yaml").symlink_to(tmp_path / "secret.yaml")
    (inside / "leads_to_hidden.yaml").symlink_to(inside / ".env.yaml")
    (inside / "way_out").symlink_to(tmp_path)
    return inside


def document(folder: Path, text: str = "a: 1\n", *code: str) -> Document:
    held = Confinement(folder, frozenset(code))
    return msgspec.structs.replace(parse(text, "reward.yaml", folder), confinement=held)


@pytest.mark.parametrize(
    "name",
    [
        "../secret.yaml",
        "rubrics/../../secret.yaml",
        "rubrics/../rubrics/good.yaml",
        "/etc/passwd",
        "/proc/self/environ",
        "~/secret.yaml",
        "..\\secret.yaml",
        "C:secret.yaml",
        "file:///etc/passwd",
        "leads_out.yaml",
        "leads_to_hidden.yaml",
        "way_out/secret.yaml",
        "a" * 300 + ".yaml",
        "a/" * 3_000 + "a.yaml",
        ".env.yaml",
        ".ssh/id.yaml",
        "key.txt",
        "folder.yaml",
        "pipe.yaml",
        "rubrics",
        ".",
        "..",
        "",
        "good.yaml\0",
        "a\u202e.yaml",
        "a\n.yaml",
    ],
)
def test_p24_what_is_off_limits_is_not_opened_and_nothing_is_told_of_it(folder: Path, name: str) -> None:
    with pytest.raises(ConfigError, match="is not read here") as found:
        document(folder).open(name)
    assert SECRET not in str(found.value)


def test_p24_a_file_that_is_not_there_and_one_that_is_look_alike_from_inside(folder: Path) -> None:
    told = []
    for name in ("../secret.yaml", "../nothing.yaml"):
        with pytest.raises(ConfigError) as found:
            document(folder).open(name)
        told.append(str(found.value).replace(name, "NAME"))
    assert told[0] == told[1]


@pytest.mark.parametrize("name", ["rubrics/good.yaml", "./rubrics/good.yaml", "rubrics//good.yaml"])
def test_files_of_the_folder_are_read_and_shown_by_their_place_in_it(folder: Path, name: str) -> None:
    opened = document(folder).open(name)
    assert (opened.name, opened.text) == ("rubrics/good.yaml", RUBRIC)
    assert opened.confinement is not None


def test_a_link_that_stays_inside_may_be_followed(folder: Path) -> None:
    (folder / "link.yaml").symlink_to(folder / "rubrics" / "good.yaml")
    assert document(folder).open("link.yaml").text == RUBRIC


def test_files_that_are_links_into_a_hidden_folder_beside_them_are_read(folder: Path) -> None:
    """As Kubernetes mounts a ConfigMap."""
    (folder / "..2026").mkdir()
    (folder / "..2026" / "mounted.yaml").write_text(RUBRIC, encoding="utf-8")
    (folder / "..data").symlink_to("..2026")
    (folder / "mounted.yaml").symlink_to("..data/mounted.yaml")
    opened = document(folder).open("mounted.yaml")
    assert (opened.name, opened.directory, opened.text) == ("mounted.yaml", folder, RUBRIC)
    with pytest.raises(ConfigError, match="is not read here"):
        document(folder).open("..data/mounted.yaml")


def test_a_folder_that_is_reached_by_a_link_is_the_folder(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "by_link").symlink_to(folder)
    assert document(tmp_path / "by_link").open("rubrics/good.yaml").text == RUBRIC


def test_an_edited_text_stands_in_the_place_of_its_file(folder: Path) -> None:
    path = Confinement(folder).locate(folder, "rubrics/good.yaml")
    held = Confinement(folder, frozenset(), {path: "edited: true\n"})
    opened = msgspec.structs.replace(document(folder), confinement=held)
    assert opened.open("rubrics/good.yaml").data == {"edited": True}
    assert opened.open("./rubrics/good.yaml").data == {"edited": True}


@pytest.mark.parametrize(
    "how", ["extends: {}", "criteria: [{{use: {}}}]", "weights: {{mode: inverse_frequency, table: {}}}"]
)
@pytest.mark.parametrize(
    "outside", ["../secret.yaml", "../../secret.yaml", "/etc/passwd", "../leads_out.yaml"]
)
def test_p24_what_an_included_file_names_is_held_to_the_same_folder(
    folder: Path, how: str, outside: str
) -> None:
    """The including file is fine, and so is the place of the one that leads out."""
    base = RUBRIC.replace("criteria", how.format(outside) + "\ncriteria", 1)
    if how.startswith("criteria"):
        base = RUBRIC.partition("criteria")[0] + how.format(outside) + "\n"
    (folder / "rubrics" / "leading.yaml").write_text(base, encoding="utf-8")
    including = document(folder, "schema: rubric/v1\nid: y\nversion: '1'\nextends: rubrics/leading.yaml\n")
    with pytest.raises(ConfigError) as found:
        build_rubric(including)
    assert "is not read here" in str(found.value)
    assert SECRET not in str(found.value)
    assert "root:" not in str(found.value)


def test_p24_code_that_is_not_in_use_is_not_imported(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "module_of_an_attacker.py").write_text("raise SystemExit('ran')\n", encoding="utf-8")
    sys.path.insert(0, str(tmp_path))
    try:
        text = RUBRIC.replace("{regex: x}", "{python: 'module_of_an_attacker:f'}")
        with pytest.raises(ConfigError, match="is code that the served reward does not use") as found:
            build_rubric(document(folder, text))
        assert found.value.problems[0].position == (5, 29)
        (folder / "rubrics" / "calls.yaml").write_text(text, encoding="utf-8")
        with pytest.raises(ConfigError, match="is code that the served reward does not use"):
            build_rubric(
                document(folder, "schema: rubric/v1\nid: y\nversion: '1'\nextends: rubrics/calls.yaml\n")
            )
    finally:
        sys.path.remove(str(tmp_path))
    assert "module_of_an_attacker" not in sys.modules


def test_code_that_is_in_use_may_be_named(folder: Path) -> None:
    named = "tests.rubrics.author_checks:has_two_lines"
    text = RUBRIC.replace("{regex: x}", f"{{python: '{named}'}}")
    assert build_rubric(document(folder, text, named)).criteria[0].check is not None
