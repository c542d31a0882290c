from pathlib import Path

import pytest

from reward_server.dashboard.page import PageError
from reward_server.dashboard.playing.editing import confinement, editable, served, text_of
from reward_server.reward.loading import load_reward
from tests.reward_server.dashboard.playing.making import OWN, REWARD, RUBRIC, served_from, write


def test_the_reward_file_and_its_rubrics_can_be_edited(tmp_path: Path) -> None:
    function = served_from(tmp_path)
    assert dict(editable(function)) == {"reward.yaml": REWARD, "rubrics/quality.yaml": RUBRIC}
    assert text_of(function, None) == ("reward.yaml", REWARD)


def test_what_a_rubric_includes_can_be_edited_too(tmp_path: Path) -> None:
    path = write(tmp_path)
    extending = RUBRIC.partition("criteria")[0] + "extends: base.yaml\ncriteria: [{use: 'other.yaml#kind'}]\n"
    (tmp_path / "rubrics" / "base.yaml").write_text(RUBRIC, encoding="utf-8")
    (tmp_path / "rubrics" / "other.yaml").write_text(RUBRIC, encoding="utf-8")
    (tmp_path / "rubrics" / "quality.yaml").write_text(extending, encoding="utf-8")
    assert list(editable(load_reward(path))) == [
        "reward.yaml",
        "rubrics/quality.yaml",
        "rubrics/base.yaml",
        "rubrics/other.yaml",
    ]


def test_the_reward_file_is_the_one_that_is_served_whatever_the_disk_says_now(tmp_path: Path) -> None:
    function = served_from(tmp_path)
    (tmp_path / "reward.yaml").write_text("name: other\n", encoding="utf-8")
    assert text_of(function, None)[1] == REWARD


@pytest.mark.parametrize(
    "file",
    ["../reward.yaml", "/etc/passwd", "rubrics/../reward.yaml", "rewards.py", "kind.txt", "", "x" * 999],
)
def test_p24_only_files_that_are_on_offer_can_be_opened(tmp_path: Path, file: str) -> None:
    with pytest.raises(PageError, match="has no file") as found:
        text_of(served_from(tmp_path), file)
    assert found.value.status == 404
    assert len(found.value.message) < 250


def test_a_rubric_outside_of_the_folder_is_not_on_offer(tmp_path: Path) -> None:
    (tmp_path / "shared.yaml").write_text(RUBRIC, encoding="utf-8")
    (tmp_path / "rewards").mkdir()
    path = write(tmp_path / "rewards")
    path.write_text(REWARD.replace("rubrics/quality.yaml", "../shared.yaml"), encoding="utf-8")
    assert list(editable(load_reward(path))) == ["reward.yaml"]


def test_the_code_in_use_is_that_of_components_functions_and_rubrics(tmp_path: Path) -> None:
    path = write(tmp_path)
    check = "tests.rubrics.author_checks:has_two_lines"
    (tmp_path / "rubrics" / "quality.yaml").write_text(
        RUBRIC + f"  - {{id: lines, check: {{python: '{check}'}}}}\n", encoding="utf-8"
    )
    held = confinement(load_reward(path))
    assert held.code == {f"{OWN}:scored", "rewards.py:scored", f"{OWN}:Kind", check}


def test_a_reward_is_found_by_its_name(tmp_path: Path) -> None:
    function = served_from(tmp_path)
    assert served({"played": function}, None) is served({"played": function}, "played")
    with pytest.raises(PageError, match="no reward 'playd' is served here") as found:
        served({"played": function}, "playd")
    assert found.value.hint == "did you mean `played`?"
    with pytest.raises(PageError, match="no reward is being served"):
        served({}, None)
