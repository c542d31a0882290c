from pathlib import Path

import pytest

from rubrics.importing.importer import Format, Source
from rubrics.problems import ConfigError
from rubrics.rollout import Json
from tests.rubrics.importing.writing import saved


@pytest.mark.parametrize(
    ("data", "found"),
    [
        ([{"requirement": "Is kind", "weight": 1}], "rubric"),
        ([{"reqirement": "Is kind", "weight": 1}], "rubric"),
        ({"sections": []}, "rubric"),
        ({"rubric": []}, "rubric"),
        ({"rubrics": []}, "healthbench"),
        ([{"rubrics": []}], "healthbench"),
        ({"prompt_id": "a", "rubric": []}, "healthbench"),
    ],
)
def test_the_keys_tell_the_format(data: Json, found: Format, tmp_path: Path) -> None:
    assert Source(saved(tmp_path, data)).format == found


@pytest.mark.parametrize(
    ("data", "name", "said"),
    [
        ({"criteria": []}, "a.json", "neither a list of {requirement, weight} nor HealthBench items"),
        ("", "a.json", "is empty"),
        ("", "a.yaml", "neither a list"),
        ("[]\n[]\n", "a.jsonl", "a.jsonl:2:1: error: a second JSON value starts here"),
        ("a: [", "a.yaml", "a.yaml:1:"),
    ],
)
def test_other_files_are_refused(data: Json, name: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="(?s)" + said.replace("{", r"\{").replace("[", r"\[")):
        Source(saved(tmp_path, data, name)).draft()


def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    (tmp_path / "latin.json").write_bytes(b'["\xe9"]')
    for name, said in {
        "gone.json": "cannot read",
        "gone.yaml": "cannot read",
        "latin.json": "is not UTF-8 .byte 2.",
    }.items():
        with pytest.raises(ConfigError, match=said):
            Source(tmp_path / name)
