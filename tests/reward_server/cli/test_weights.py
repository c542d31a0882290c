import json
from pathlib import Path

import pytest

from reward_server.reward.loading import load_reward
from rubrics.document import load
from rubrics.rubric_file import load_rubric
from tests.processes import ROOT
from tests.reward_server.cli.running import Gavel

EXAMPLE = ROOT / "examples" / "moderation"
ROWS = ["spam"] * 1 + ["ham"] * 17 + ["other"] * 2

RUBRIC = """
schema: rubric/v1
id: test
criteria:
  - {id: agrees, label: {field: x, equals: metadata.label, labels: {spam: [s], ham: [h], other: [o]}}}
  - {id: cites, ask: Does it cite?, expect: {label: metadata.cites}}
  - {id: long, check: {words: {at_least: 3}}}
weights: {mode: inverse_frequency, table: table.yaml}
"""


def row(label: str, *, cites: bool) -> str:
    return json.dumps({"completion": "x", "metadata": {"label": label, "cites": cites}})


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    rows = [row(label, cites=number < 5) for number, label in enumerate(ROWS)]
    (tmp_path / "data.jsonl").write_text("\n".join(rows), encoding="utf-8")
    (tmp_path / "rubric.yaml").write_text(RUBRIC, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def table(text: str) -> list[list[str]]:
    """The rows of a printed table, without its head."""
    return [line.split() for line in text.splitlines() if line.strip() and "─" not in line][1:]


def test_the_preview_shows_counts_weights_and_clipping(folder: Path, gavel: Gavel) -> None:
    done = gavel(
        "weights", "fit", "data.jsonl", "--label", "metadata.label", "--smoothing", 0, "--max-ratio", 8
    )
    # n / (K n_y): 20 / 51, 20 / 6, 20 / 3; at most 8 * 20 / 51
    assert (done.code, done.err) == (0, "")
    assert table(done.out) == [
        ["ham", "17", "0.392"],
        ["other", "2", "3.137", "clipped"],
        ["spam", "1", "3.137", "clipped"],
    ]
    assert sorted(path.name for path in folder.iterdir()) == ["data.jsonl", "rubric.yaml"]


def test_labels_of_samples_become_a_table_that_loads(folder: Path, gavel: Gavel) -> None:
    done = gavel("weights", "fit", "data.jsonl", "--label", "metadata.label", "-o", "labels.yaml")
    assert (done.code, done.out.splitlines()[-1]) == (0, "wrote labels.yaml")
    # smoothed by 1: 23 / (3 * 18), 23 / (3 * 3), 23 / (3 * 2)
    assert table(done.out)[:3] == [["ham", "17", "0.426"], ["other", "2", "2.556"], ["spam", "1", "3.833"]]
    (folder / "reward.yaml").write_text(
        "name: x\ncomponents: {a: {use: number_match}}\n"
        "weighting: {inverse_frequency: {table: labels.yaml}}\n",
        encoding="utf-8",
    )
    assert gavel("check", "reward.yaml").code == 0
    weights = load_reward("reward.yaml").sample_weights
    assert weights is not None
    assert weights.label == "metadata.label"
    assert weights.table.by_label() == pytest.approx({"ham": 23 / 54, "other": 23 / 9, "spam": 23 / 6})


def test_labels_of_criteria_become_a_table_that_loads(folder: Path, gavel: Gavel) -> None:
    done = gavel(
        "weights",
        "fit",
        "data.jsonl",
        "--scope",
        "criterion_label",
        "--rubric",
        "rubric.yaml",
        "-o",
        "table.yaml",
    )
    assert done.code == 0
    assert table(done.out)[:5] == [
        ["agrees", "ham", "17", "0.426"],
        ["agrees", "other", "2", "2.556"],
        ["agrees", "spam", "1", "3.833"],
        ["cites", "no", "15", "0.688"],
        ["cites", "yes", "5", "1.833"],
    ]
    assert set(load_rubric("rubric.yaml").weights.counts) == {"agrees", "cites"}


def results_line(values: dict[str, str]) -> str:
    verdicts = [f'{{"criterion": "{name}", "value": {value}}}' for name, value in values.items()]
    return f'{{"verdicts": [{", ".join(verdicts)}]}}'


def test_verdicts_become_a_table_that_loads(folder: Path, gavel: Gavel) -> None:
    verdicts = [
        {"agrees": "1.0", "cites": "0.25", "long": "1.0"},
        {"agrees": "0.5", "cites": "null", "long": "0.0"},
    ]
    lines = [results_line(found) for found in verdicts]
    (folder / "out.jsonl").write_text("\n".join(lines), encoding="utf-8")
    done = gavel(
        "weights", "fit", "out.jsonl", "--scope", "verdict", "--rubric", "rubric.yaml", "-o", "table.yaml"
    )
    assert done.code == 0
    # 1 / p_met, p_met = (met + 1) / (n + 2): 4 / 3, 3 / 1, 4 / 2
    assert table(done.out)[:3] == [
        ["agrees", "met", "2", "1.333"],
        ["cites", "met", "0", "3.000"],
        ["long", "met", "1", "2.000"],
    ]
    text = RUBRIC.replace("mode: inverse_frequency,", "mode: inverse_frequency, scope: verdict,")
    (folder / "rubric.yaml").write_text(text, encoding="utf-8")
    assert load_rubric("rubric.yaml").weights.counts["cites"] == {"met": 0, "unmet": 1}


def test_a_table_is_not_overwritten_unless_told(folder: Path, gavel: Gavel) -> None:
    command = ("weights", "fit", "data.jsonl", "--label", "metadata.label", "-o", "labels.yaml")
    (folder / "labels.yaml").write_text("mine", encoding="utf-8")
    done = gavel(*command)
    assert (done.code, (folder / "labels.yaml").read_text(encoding="utf-8")) == (2, "mine")
    assert "labels.yaml exists already" in done.err
    assert "reward_version" in done.err
    assert gavel(*command, "--force").code == 0
    assert load("labels.yaml").data != "mine"


@pytest.mark.parametrize(
    ("options", "code", "complaint"),
    [
        (["data.jsonl"], 2, "no row has a label at `ground_truth`"),
        (["data.jsonl", "--label", "metadata.labl"], 2, "no row has a label at `metadata.labl`"),
        (["none.jsonl"], 2, "cannot read none.jsonl: No such file or directory"),
        (["data.jsonl", "--scope", "verdict"], 2, "needs the rubric"),
        (["data.jsonl", "--scope", "criterion_label"], 2, "needs the rubric"),
        (
            ["data.jsonl", "--scope", "verdict", "--rubric", "rubric.yaml"],
            2,
            "no row has a verdict on agrees",
        ),
        (["data.jsonl", "--scope", "verdict", "--rubric", "none.yaml"], 2, "cannot read none.yaml"),
        (["data.jsonl", "--scope", "verdict", "--rubric", "data.jsonl"], 2, "data.jsonl:"),
        (["data.jsonl", "--scope", "label"], 2, "--scope"),
        (["data.jsonl", "--smoothing", "-1"], 2, "--smoothing"),
        (["data.jsonl", "--smoothing", "nan"], 2, "--smoothing"),
        (["data.jsonl", "--smoothing", "inf"], 2, "--smoothing"),
        (["data.jsonl", "--max-ratio", "0.5"], 2, "--max-ratio"),
        (["data.jsonl", "--max-ratio", "inf"], 2, "--max-ratio"),
        (
            ["data.jsonl", "--label", "metadata.label", "-o", "none/t.yaml"],
            1,
            "No such file or directory: none/t.yaml",
        ),
    ],
)
def test_mistakes_are_messages(
    options: list[str], code: int, complaint: str, folder: Path, gavel: Gavel
) -> None:
    done = gavel("weights", "fit", *options)
    assert done.code == code
    assert complaint in done.err


def test_labels_are_shown_as_they_are(folder: Path, gavel: Gavel) -> None:
    (folder / "odd.jsonl").write_text(
        '{"ground_truth": "[red]x"}\n{"ground_truth": "日本"}\n', encoding="utf-8"
    )
    assert table(gavel("weights", "fit", "odd.jsonl").out) == [
        ["[red]x", "1", "1.000"],
        ["日本", "1", "1.000"],
    ]


def test_what_is_read_is_never_overwritten(folder: Path, gavel: Gavel) -> None:
    before = (folder / "data.jsonl").read_bytes()
    done = gavel("weights", "fit", "data.jsonl", "--label", "metadata.label", "-o", "data.jsonl", "--force")
    assert (done.code, (folder / "data.jsonl").read_bytes()) == (2, before)


def test_rows_without_a_label_are_told(folder: Path, gavel: Gavel) -> None:
    with (folder / "data.jsonl").open("a", encoding="utf-8") as file:
        file.write('\n{"completion": "x"}\n{"completion": "x", "metadata": {"label": ["ham"]}}')
    done = gavel("weights", "fit", "data.jsonl", "--label", "metadata.label")
    assert (done.code, done.err) == (0, "note: 2 of 22 rows have no label at metadata.label\n")
