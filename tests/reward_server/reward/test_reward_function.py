"""`reward_version`: it changes with all that can change a value, and with nothing else."""

import subprocess
import sys
from pathlib import Path

import pytest

from reward_server.reward.loading import load_reward
from reward_server.reward.reward_function import RewardFunction
from tests.processes import ROOT
from tests.reward_server.making import reward_of

FILES = {
    "reward.yaml": """\
name: forum
description: Posts of a forum.
completion: {reasoning: {tag: think}, answer: {json: {section: [a, b], conclusion: [true, false]}}}
components:
  accuracy: {use: label_match, weight: 0.25, field: conclusion}
  format: {use: structure, weight: 0.25}
  length: {use: target_length, weight: 0.25, of: reasoning, unit: words, full: [150, 400], zero: [50, 800]}
  rubric: {use: rubric, weight: 0.25, rubric: rubric.yaml, gate: {on: format, at_least: 1}}
  mine: {use: python, weight: 0, function: mine.py:score, options: {x: 1, y: 2}}
judges:
  default: {use: openai, base_url: "http://127.0.0.1:8901/v1", model: small, headers: {A: x}}
weighting: {inverse_frequency: {scope: sample_label, label: ground_truth.conclusion, table: labels.yaml}}
trainer: {scale_rewards: group}
""",
    "rubric.yaml": """\
schema: rubric/v1
id: forum/reasoning
version: "1.0"
description: Does the reasoning apply the policy?
guidelines: Judge the reasoning only.
criteria:
  - id: cites
    ask: The reasoning cites a clause.
    anchors: {met: It names one., unmet: It names none.}
  - id: agrees
    label: {field: conclusion, equals: metadata.label}
    weight: 2
weights: {mode: inverse_frequency, table: criteria.yaml}
""",
    "criteria.yaml": "scope: criterion_label\ncounts: {agrees: {'true': 10, 'false': 90}}\n",
    "labels.yaml": "scope: sample_label\ncounts: {'true': 10, 'false': 90}\n",
    "mine.py": "def score(rollout, x, y):\n    return 0.5\n",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in FILES.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


def version(folder: Path, file: str = "reward.yaml", old: str = "", new: str = "") -> str:
    """The version after one replacement in one file."""
    text = FILES[file]
    assert text.count(old) == 1 or not old
    (folder / file).write_text(text.replace(old, new) if old else text, encoding="utf-8")
    return load_reward(folder / "reward.yaml").version


CHANGES = {
    "an option": ("reward.yaml", "full: [150, 400]", "full: [151, 400]"),
    "a default written otherwise": ("reward.yaml", "{use: structure,", "{use: structure, grade: fraction,"),
    "another component": ("reward.yaml", "{use: structure,", "{use: repetition, scale: score,"),
    "a weight": ("reward.yaml", "weight: 0.25, field", "weight: 0.5, field"),
    "a gate's mark": ("reward.yaml", "at_least: 1", "at_least: 0.5"),
    "a gate's else": ("reward.yaml", "at_least: 1", "at_least: 1, else: 0.5"),
    "no gate": ("reward.yaml", ", gate: {on: format, at_least: 1}", ""),
    "the name of a component": ("reward.yaml", "  length:", "  size:"),
    "the tag of the layout": ("reward.yaml", "tag: think", "tag: thought"),
    "the vocabulary of the layout": ("reward.yaml", "section: [a, b]", "section: [a, b, c]"),
    "the order of the layout's keys": (
        "reward.yaml",
        "{section: [a, b], conclusion: [true, false]}",
        "{conclusion: [true, false], section: [a, b]}",
    ),
    "the model": ("reward.yaml", "model: small", "model: large"),
    "the temperature": ("reward.yaml", "model: small", "model: small, temperature: 0.5"),
    "the request to the judge": ("reward.yaml", "model: small", "model: small, extra_body: {top_k: 1}"),
    "how verdicts are read": ("reward.yaml", "model: small", "model: small, verdict: text"),
    "an option of the user's function": ("reward.yaml", "y: 2", "y: 3"),
    "the user's function": ("mine.py", "0.5", "0.6"),
    "what happens to the unscored": ("reward.yaml", "trainer:", "on_unscored: renormalise_group\ntrainer:"),
    "where the label stands": ("reward.yaml", "ground_truth.conclusion", "metadata.conclusion"),
    "a table of samples": ("labels.yaml", "90", "91"),
    "the smoothing of a table": ("labels.yaml", "counts:", "smoothing: 2\ncounts:"),
    "where the weight acts": ("reward.yaml", "scope: sample_label,", "scope: sample_label, apply: reward,"),
    "a criterion": ("rubric.yaml", "cites a clause", "names a clause"),
    "an anchor": ("rubric.yaml", "It names one.", "It cites one."),
    "the guidelines": ("rubric.yaml", "reasoning only", "reasoning alone"),
    "the weight of a criterion": ("rubric.yaml", "weight: 2", "weight: 3"),
    "a table of criteria": ("criteria.yaml", "90", "91"),
}


@pytest.mark.parametrize("change", CHANGES)
def test_the_version_changes_with(change: str, folder: Path) -> None:
    assert version(folder) != version(folder, *CHANGES[change])


SAME = {
    "where the judge runs": ("reward.yaml", "http://127.0.0.1:8901/v1", "https://judge.example/v1"),
    "its headers": ("reward.yaml", "headers: {A: x}", "headers: {A: y}"),
    "its key": ("reward.yaml", "model: small", "model: small, api_key_env: OTHER"),
    "its speed": (
        "reward.yaml",
        "model: small",
        "model: small, max_concurrency: 2, timeout_s: 5, attempts: 1",
    ),
    "a judge that nobody asks": ("reward.yaml", "judges:\n", "judges:\n  other: {use: scripted}\n"),
    "the description": ("reward.yaml", "Posts of a forum.", "Posts."),
    "a comment": ("reward.yaml", "components:\n", "components:  # these\n"),
    "how a number is written": ("reward.yaml", "at_least: 1", "at_least: 1.0"),
    "a default written out": ("reward.yaml", "{use: structure,", "{use: structure, grade: all,"),
    "the order of options": ("reward.yaml", "of: reasoning, unit: words", "unit: words, of: reasoning"),
    "the order of sections": (
        "reward.yaml",
        "name: forum\ndescription: Posts of a forum.\n",
        "description: x\nname: forum\n",
    ),
    "the order of a user's options": ("reward.yaml", "{x: 1, y: 2}", "{y: 2, x: 1}"),
    "what the linter is told": ("reward.yaml", "scale_rewards: group", "scale_rewards: none"),
    "the rubric's name and version": ("rubric.yaml", 'reasoning\nversion: "1.0"', 'other\nversion: "2.0"'),
    "the order of a table": ("labels.yaml", "'true': 10, 'false': 90", "'false': 90, 'true': 10"),
}


@pytest.mark.parametrize("change", SAME)
def test_the_version_does_not_change_with(change: str, folder: Path) -> None:
    assert version(folder) == version(folder, *SAME[change])


def test_weights_count_by_their_shares(folder: Path) -> None:
    doubled = FILES["reward.yaml"].replace("weight: 0.25", "weight: 0.5")
    before = version(folder)
    (folder / "reward.yaml").write_text(doubled, encoding="utf-8")
    assert load_reward(folder / "reward.yaml").version == before


def test_the_version_does_not_change_with_the_place_of_the_files(folder: Path) -> None:
    other = folder / "elsewhere"
    other.mkdir()
    for name, text in FILES.items():
        (other / name).write_text(text, encoding="utf-8")
    (other / "reward.yaml").rename(other / "renamed.yaml")
    assert load_reward(other / "renamed.yaml").version == version(folder)


def test_the_version_changes_with_the_judges_prompt(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = version(folder)
    monkeypatch.setattr("reward_server.components.rubric.PROMPT_VERSION", "another")
    assert version(folder) != before


def test_p07_the_version_is_the_same_in_every_process(folder: Path) -> None:
    loading = "from reward_server.reward.loading import load_reward"
    script = f"import sys; {loading}; print(load_reward(sys.argv[1]).version)"
    seeds = ["0", "1", "4711"]
    found = {
        subprocess.run(
            [sys.executable, "-c", script, str(folder / "reward.yaml")],
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT)},
            cwd="/",
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()
        for seed in seeds
    }
    assert found == {version(folder)}


def immediate(function: RewardFunction) -> set[str]:
    return set(function.immediate)


def test_what_never_waits_is_scored_at_once() -> None:
    function = reward_of(
        """
        components:
          plain: {use: structure}
          gated: {use: structure, gate: {on: plain, at_least: 1}}
          waits: {use: cosine_length, correct: {use: structure}}
          behind: {use: structure, gate: {on: waits, at_least: 1}}
        """
    )
    assert immediate(function) == {"plain", "gated"}


async def test_closing_releases_judges_that_were_opened(folder: Path) -> None:
    version(folder)
    function = load_reward(folder / "reward.yaml")
    function.open()
    assert "judge" in function.judges["default"].__dict__
    await function.aclose()
    await load_reward(folder / "reward.yaml").aclose()
