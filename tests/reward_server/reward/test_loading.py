"""Reward files with mistakes: each is explained, placed, and told together with all the others.

To write the expected texts anew: UPDATE_GOLDEN=1 pytest tests/reward_server/test_loading.py
"""

import os
from pathlib import Path

import pytest

from reward_server.check.lint import lint
from reward_server.reward.loading import load_reward
from reward_server.reward.reward_function import RewardFunction
from rubrics.document import load, parse
from rubrics.problems import ConfigError
from tests.processes import ROOT
from tests.reward_server.making import reward_of

CASES = sorted((ROOT / "tests" / "golden" / "errors").iterdir())


def explained(path: str) -> str:
    """What `gavel check` says about a file."""
    try:
        document = load(path)
        problems = lint(load_reward(document), document)
    except ConfigError as error:
        problems = error.problems
    return "".join(f"{problem.render()}\n\n" for problem in problems)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_mistakes_are_explained(case: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(case)
    for name in ("UNSET_URL", "UNSET_MODEL"):
        monkeypatch.delenv(name, raising=False)
    said, expected = explained("reward.yaml"), case / "expected.txt"
    if os.environ.get("UPDATE_GOLDEN"):
        expected.write_text(said, encoding="utf-8")
    assert said == expected.read_text(encoding="utf-8")


def test_windows_line_ends_change_no_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    case = ROOT / "tests" / "golden" / "errors" / "everything_at_once"
    for file in case.glob("*.yaml"):
        text = file.read_text(encoding="utf-8").replace("\n", "\r\n")
        (tmp_path / file.name).write_text(text, encoding="utf-8", newline="")
    monkeypatch.chdir(tmp_path)
    assert explained("reward.yaml") == (case / "expected.txt").read_text(encoding="utf-8")


JUDGED = """
components:
  rubric: {use: rubric, rubric: rubric.yaml}
judges:
  default: {use: openai, base_url: "%s", model: "${MODEL:-small}"}
"""
ASKS = "schema: rubric/v1\nid: asks\ncriteria:\n  - id: clear\n    ask: Clear?\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "rubric.yaml").write_text(ASKS, encoding="utf-8")
    return tmp_path


def judge_of(function: RewardFunction) -> dict[str, object]:
    return function.judges["default"].options.model_dump()


def test_judges_are_filled_from_the_environment(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JUDGE_HOST", "judge:80")
    monkeypatch.delenv("MODEL", raising=False)
    made = judge_of(reward_of(JUDGED % "http://${JUDGE_HOST}/v1", folder))
    assert (made["base_url"], made["model"]) == (["http://judge:80/v1"], "small")


def test_p24_a_value_from_the_environment_is_never_told(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JUDGE_HOST", "http://user:hunter2@judge/v1")
    monkeypatch.setenv("MODEL", "")
    with pytest.raises(ConfigError) as caught:
        reward_of(
            JUDGED % "${JUDGE_HOST}"
            + "  other: {use: openai, base_url: x, model: m, verdict: '${JUDGE_HOST}'}",
            folder,
        )
    assert "hunter2" not in str(caught.value)
    assert "found the text '${JUDGE_HOST}'" in str(caught.value)


def test_components_are_not_filled_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORD", "spam")
    function = reward_of('components: {x: {use: label_match, labels: {"${WORD}": ["${WORD}"], ham: [ham]}}}')
    assert function.columns[0].component.model_dump()["labels"]["${WORD}"] == ["${WORD}"]


def test_a_broken_judge_is_told_once_and_not_missed(folder: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        reward_of(JUDGED % "nowhere", folder)
    assert [problem.message for problem in caught.value.problems] == [
        "expected http://host/v1 or https://host/v1"
    ]


def test_a_judge_that_nobody_asks_may_be_absent(folder: Path) -> None:
    (folder / "rubric.yaml").write_text(
        ASKS.replace("ask: Clear?", "check: {words: {at_least: 3}}"), encoding="utf-8"
    )
    function = reward_of("components: {rubric: {use: rubric, rubric: rubric.yaml}}", folder)
    assert function.judges == {}


def test_weights_are_normalised_with_a_notice() -> None:
    function = reward_of("components: {a: {use: structure, weight: 1}, b: {use: repetition, weight: 3}}")
    assert function.weights == {"a": 0.25, "b": 0.75}
    assert function.notices == ("weights sum to 4, so each is divided by 4",)


def test_left_out_weights_are_equal() -> None:
    function = reward_of("components: {a: {use: structure}, b: {use: repetition}, c: {use: structure}}")
    assert function.weights == {"a": 1 / 3, "b": 1 / 3, "c": 1 / 3}


@pytest.mark.parametrize("weights", [(0.1, 0.2, 0.7), (1, 0, 0), (0.25, 0.25, 0.5)])
def test_weights_that_sum_to_1_stay_as_they_are(weights: tuple[float, ...]) -> None:
    entries = ", ".join(f"c{n}: {{use: structure, weight: {weight}}}" for n, weight in enumerate(weights))
    function = reward_of(f"components: {{{entries}}}")
    assert tuple(function.weights.values()) == weights
    assert function.notices == ()


def test_gates_come_before_what_they_gate_and_results_stay_in_file_order() -> None:
    function = reward_of(
        """
        components:
          a: {use: structure, gate: {on: b, at_least: 1}}
          b: {use: structure, gate: {on: c, at_least: 1}}
          c: {use: structure}
        """
    )
    assert [column.name for column in function.columns] == ["c", "b", "a"]
    assert list(function.order) == ["a", "b", "c"]
    assert list(function.weights) == ["a", "b", "c"]


def test_relative_paths_start_at_the_file(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "deep").mkdir()
    (folder / "deep" / "reward.yaml").write_text(
        "name: deep\ncomponents: {r: {use: rubric, rubric: ../rubric.yaml}}\n"
        "judges: {default: {use: scripted}}\n"
        "weighting: {inverse_frequency: {table: ../counts.yaml}}\n",
        encoding="utf-8",
    )
    (folder / "counts.yaml").write_text("scope: sample_label\ncounts: {a: 1, b: 3}\n", encoding="utf-8")
    monkeypatch.chdir("/")
    function = load_reward(folder / "deep" / "reward.yaml")
    assert function.sample_weights is not None
    assert function.sample_weights.table.counts == {"a": 1, "b": 3}


@pytest.mark.parametrize(
    ("option", "table", "expected"),
    [
        ("label: metadata.l, ", "label: metadata.t\n", "metadata.l"),
        ("", "label: metadata.t\n", "metadata.t"),
        ("", "", "ground_truth"),
    ],
)
def test_the_label_of_a_sample_is_where_the_file_or_else_its_table_says(
    option: str, table: str, expected: str, tmp_path: Path
) -> None:
    (tmp_path / "t.yaml").write_text(f"scope: sample_label\n{table}counts: {{a: 1}}\n", encoding="utf-8")
    function = reward_of(
        f"components: {{a: {{use: structure}}}}\nweighting: {{inverse_frequency: {{{option}table: t.yaml}}}}",
        tmp_path,
    )
    assert function.sample_weights is not None
    assert function.sample_weights.label == expected


def test_a_parsed_document_loads_like_its_file(folder: Path) -> None:
    text = "name: x\ncomponents: {a: {use: structure}}\n"
    (folder / "x.yaml").write_text(text, encoding="utf-8")
    assert load_reward(parse(text)).version == load_reward(folder / "x.yaml").version
    assert load_reward(str(folder / "x.yaml")).name == "x"
