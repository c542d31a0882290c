"""An edit is checked as `gavel check` does it, and may not do what nobody asked of the served file."""

import sys
from pathlib import Path

import pytest

from reward_server.dashboard.page import PageError
from reward_server.dashboard.playing.checking import check
from reward_server.reward.loading import load_reward
from rubrics.problems import ConfigError
from tests.reward_server.dashboard.playing.making import (
    OWN,
    REWARD,
    RUBRIC,
    RUNS,
    checked,
    edit_of,
    served_from,
    told,
)


def test_the_served_text_is_right(tmp_path: Path) -> None:
    function = served_from(tmp_path)
    found = checked(function, REWARD)
    assert told(found) == []
    assert found.version == function.version
    assert found.equation == "reward = 0.5 short + 0.5 quality"


def test_mistakes_are_those_that_the_command_line_tells(tmp_path: Path) -> None:
    function = served_from(tmp_path)
    text = REWARD.replace("weight: 0.5, unit", "wieght: 0.5, unit").replace("full: [0, 2]", "full: [2, 0]")
    found = checked(function, text)
    (tmp_path / "edited.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as error:
        load_reward(tmp_path / "edited.yaml")
    assert [(each.line, each.column, each.message, each.hint) for each in found.findings] == [
        (*problem.position, problem.message, problem.hint) for problem in error.value.problems
    ]
    assert found.findings[0].excerpt[-1].strip() == "^^^^^^"
    assert (found.version, found.equation) == (None, None)


def test_a_rubric_is_linted_and_loaded_with_its_reward(tmp_path: Path) -> None:
    function = served_from(tmp_path)
    text = RUBRIC.replace("The text is plain.", "The text is plain and it is short.")
    found = checked(function, text, "rubrics/quality.yaml")
    assert ("rubrics/quality.yaml", 5, "warning") in {
        (each.file, each.line, each.severity) for each in found.findings
    }
    assert found.version not in (None, function.version)
    broken = checked(
        function,
        RUBRIC.replace("ask: The text is kind.", "check: {of: reasoning, regex: x}"),
        "rubrics/quality.yaml",
    )
    assert told(broken) == [
        "rubrics/quality.yaml:6: completions have no reasoning part here, so it would always be empty"
    ]


CODE = "is code that the served reward does not use"
FOREIGN = "is a text that the served file does not tell its own code"
JUDGES = "`judges` cannot be changed here"
URL = "base_url: 'http://192.0.2.1'"


@pytest.mark.parametrize(
    ("written", "instead", "said"),
    [
        ("otherwise: 0.75", "otherwise: 0.5", JUDGES),
        ("default: {", f"more: {{use: openai, {URL}, model: m}}\n  default: {{", JUDGES),
        ("judges:\n  default: {use: scripted, otherwise: 0.75, chances: {kind: 0.25}}\n", "", JUDGES),
        ("judges:", f"classifiers: {{c: {{use: vllm, {URL}}}}}\njudges:", "`classifiers` cannot"),
        (f'"{OWN}:Kind"', '"os:system"', f"'os:system' {CODE}"),
        (f'"{OWN}:Kind"', f'"{OWN}:Other"', CODE),
        (f"{OWN}:scored", f"{OWN}:other", CODE),
        (f"{OWN}:scored", "subprocess:run", f"'subprocess:run' {CODE}"),
        ("rewards.py:scored", "rewards.py:other", CODE),
        ("rewards.py:scored", "../rewards.py:scored", CODE),
        ("rubrics/quality.yaml", "../quality.yaml", "'../quality.yaml' is not read here"),
        ("rubrics/quality.yaml", "/etc/passwd", "'/etc/passwd' is not read here"),
        ("unit: words", "unit: tokens, tokenizer: /etc/passwd", "'/etc/passwd' is not read here"),
        ("judges:", "weighting: {inverse_frequency: {table: ../t.yaml}}\njudges:", "'../t.yaml' is not read"),
        ("path: kind.txt", "path: /etc/passwd", f"'/etc/passwd' {FOREIGN}"),
        ("word: a", "word: /etc/passwd", f"'/etc/passwd' {FOREIGN}"),
        ("word: a", "word: {a: [$(id)]}", f"'$(id)' {FOREIGN}"),
    ],
)
def test_p24_an_edit_is_refused_what_would_reach_out(
    tmp_path: Path, written: str, instead: str, said: str
) -> None:
    (tmp_path.parent / "quality.yaml").write_text(RUBRIC, encoding="utf-8")
    assert REWARD.count(written) >= 1
    found = checked(served_from(tmp_path), REWARD.replace(written, instead))
    assert any(said in line for line in told(found)), told(found)
    assert found.version is None
    assert "root:" not in str(found)


def test_p24_variables_of_the_environment_are_not_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET_OF_THE_SERVER", "s3cret")
    function = served_from(tmp_path)
    for text in (
        REWARD.replace("use: scripted", 'use: scripted, layout: "${SECRET_OF_THE_SERVER}"'),
        REWARD.replace("word: a", 'word: "${SECRET_OF_THE_SERVER}"'),
        REWARD.replace("name: played", 'name: "${SECRET_OF_THE_SERVER}"'),
        REWARD.replace("rubrics/quality.yaml", "${SECRET_OF_THE_SERVER}.yaml"),
    ):
        found = checked(function, text)
        assert told(found) != []
        assert "s3cret" not in str(found)


def test_p24_keys_of_the_served_judges_stay_where_they_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the served file says with a variable is compared as it is written, and not filled in again."""
    monkeypatch.setenv("WHERE", "http://127.0.0.1:1/v1")
    path = tmp_path / "reward.yaml"
    served_from(tmp_path)
    judge = 'default: {use: openai, base_url: "${WHERE}", model: m}'
    text = REWARD.replace("default: {use: scripted, otherwise: 0.75, chances: {kind: 0.25}}", judge)
    path.write_text(text, encoding="utf-8")
    function = load_reward(path)
    monkeypatch.delenv("WHERE")
    assert told(checked(function, text.replace("weight: 0.5, unit", "weight: 0.7, unit"))) == []
    resolved = told(checked(function, text.replace("${WHERE}", "http://127.0.0.1:1/v1")))
    assert resolved == [
        "reward.yaml:8: `judges` cannot be changed here: they are those that are being served"
    ]


def test_the_models_of_an_edit_are_those_that_are_open(tmp_path: Path) -> None:
    function = served_from(tmp_path)
    loaded = check(function, edit_of(REWARD.replace("weight: 0.5, unit", "weight: 0.7, unit")))
    assert loaded.function is not None
    assert loaded.function.judges["default"] is function.judges["default"]


def test_numbers_of_own_code_may_change_and_nothing_of_it_runs_again(tmp_path: Path) -> None:
    function = served_from(tmp_path)
    (tmp_path / "rewards.py").write_text("raise SystemExit('changed since')\n", encoding="utf-8")
    text = REWARD.replace("times: 1", "times: 3").replace("least: 0.5", "least: 0.25")
    assert told(checked(function, text)) == []
    assert (tmp_path / RUNS).read_text(encoding="utf-8") == "ran\n"


def test_p24_a_class_that_is_not_in_use_is_not_imported(tmp_path: Path) -> None:
    (tmp_path / "module_of_a_page.py").write_text("raise SystemExit('ran')\n", encoding="utf-8")
    function = served_from(tmp_path)
    sys.path.insert(0, str(tmp_path))
    try:
        for instead in ("module_of_a_page:Kind", "module_of_a_page:f"):
            checked(function, REWARD.replace(f"{OWN}:Kind", instead).replace(f"{OWN}:scored", instead))
        nested = "cosine_length, correct: {use: 'module_of_a_page:Kind'}, max_length: 9}"
        checked(
            function,
            REWARD.replace(
                "target_length, weight: 0.5, unit: words, of: all, full: [0, 2], zero: [0, 4]}", nested
            ),
        )
    finally:
        sys.path.remove(str(tmp_path))
    assert "module_of_a_page" not in sys.modules


@pytest.mark.parametrize(
    "text", ["", "a: [", "x", "[1]", "\0", "a: &a [*a]", "- " * 5_000, "a: !!python/object:os.system x"]
)
def test_what_is_no_reward_file_is_said_to_be_none(tmp_path: Path, text: str) -> None:
    function = served_from(tmp_path)
    for file in ("reward.yaml", "rubrics/quality.yaml"):
        assert told(checked(function, text, file)) != []


def test_a_file_that_is_not_on_offer_is_no_edit(tmp_path: Path) -> None:
    with pytest.raises(PageError, match="has no file"):
        check(served_from(tmp_path), edit_of("x", "../x.yaml"))


def test_nothing_is_written(tmp_path: Path) -> None:
    function = served_from(tmp_path)
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    checked(function, REWARD.replace("0.5", "0.7"))
    checked(function, RUBRIC + "  - {id: more, ask: More.}\n", "rubrics/quality.yaml")
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before
