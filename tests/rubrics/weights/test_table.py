from pathlib import Path
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rubrics.document import parse
from rubrics.problems import ConfigError
from rubrics.weights.table import CriterionTable, PreviewRow, SampleTable, load_table
from rubrics.weights.yaml import to_yaml

OWNER = parse("weights:\n  table: table.yaml\n", "rubric.yaml")
PATH = ("weights", "table")

SAMPLES = """\
schema: weights/v1
scope: sample_label
label: ground_truth.spam
smoothing: 0
counts: {true: 100, "false": 900}
"""

CRITERIA = """\
schema: weights/v1
scope: criterion_label
counts:
  cites: {yes: 3, no: 7}
"""


def sample_table(folder: Path, text: str) -> SampleTable:
    (folder / "table.yaml").write_text(text)
    return load_table(
        "table.yaml", parse("table: table.yaml\n", "reward.yaml", folder), ("table",), "sample_label"
    )


def problem(folder: Path, text: str, scope: Literal["criterion_label", "verdict"] = "criterion_label") -> str:
    (folder / "table.yaml").write_text(text)
    owner = parse("weights:\n  table: table.yaml\n", "rubric.yaml", folder)
    with pytest.raises(ConfigError) as caught:
        load_table("table.yaml", owner, PATH, scope)
    return str(caught.value)


def test_a_file_of_sample_labels(tmp_path: Path) -> None:
    table = sample_table(tmp_path, SAMPLES)
    assert table.by_label() == {"true": 5.0, "false": pytest.approx(5 / 9)}
    assert table.label == "ground_truth.spam"


def test_weights_of_labels_as_rollouts_carry_them(tmp_path: Path) -> None:
    table = sample_table(tmp_path, SAMPLES)
    assert table.weight(True) == table.weight("true") == 5.0
    # A count of 0 would be infinite without smoothing; the cap is 10 times the smallest.
    assert table.weight("never counted") == pytest.approx(50 / 9)
    assert table.weight(None) is None
    assert table.weight({"no": "label"}) is None


def test_counts_written_out_in_the_file_that_uses_them() -> None:
    owner = parse("table: {true: 100, false: 900}\n", "reward.yaml")
    table = load_table({"true": 100, "false": 900}, owner, ("table",), "sample_label")
    # Smoothed by 1: 1002 / (2 * 101) and 1002 / (2 * 901).
    assert table.by_label() == {"true": pytest.approx(1002 / 202), "false": pytest.approx(1002 / 1802)}


def test_a_bad_count_is_placed_where_it_stands() -> None:
    owner = parse("table:\n  true: 100\n  false: many\n", "reward.yaml")
    with pytest.raises(ConfigError) as caught:
        load_table({"true": 100, "false": "many"}, owner, ("table",), "sample_label")
    assert str(caught.value).startswith("reward.yaml:3:10: error: ")


def test_counts_made_by_code_may_use_booleans_and_numbers() -> None:
    table = SampleTable.model_validate({"counts": {True: 1, False: 2, 3: 4}})
    assert table.counts == {"true": 1, "false": 2, "3": 4}


def test_a_missing_file_is_reported_where_it_is_named(tmp_path: Path) -> None:
    owner = parse("weights:\n  table: nowhere.yaml\n", "rubric.yaml", tmp_path)
    with pytest.raises(ConfigError) as caught:
        load_table("nowhere.yaml", owner, PATH, "criterion_label")
    assert str(caught.value).startswith("rubric.yaml:2:10: error: cannot read")
    assert "gavel weights fit" in str(caught.value)


def test_a_table_for_another_scope_is_refused(tmp_path: Path) -> None:
    message = problem(tmp_path, SAMPLES)
    assert (
        "table.yaml:2:8: error: this table is for `scope: sample_label`, but rubric.yaml uses it" in message
    )
    assert "gavel weights fit --scope criterion_label" in message


def test_mistakes_in_the_file_are_placed_in_the_file(tmp_path: Path) -> None:
    message = problem(tmp_path, CRITERIA.replace("counts", "smothing: 2\ncounts"))
    assert "table.yaml:3:1: error: unknown key `smothing`" in message
    assert "did you mean `smoothing`?" in message
    assert "table.yaml:4:16: error:" in problem(tmp_path, CRITERIA.replace("3", "-3"))


def test_verdicts_are_counted_as_met_and_unmet(tmp_path: Path) -> None:
    message = problem(tmp_path, CRITERIA.replace("criterion_label", "verdict"), "verdict")
    assert "verdicts are counted as met and unmet; `cites` has yes, no" in message


def test_counts_of_nothing_are_refused(tmp_path: Path) -> None:
    nothing = CRITERIA.replace("3", "0").replace("7", "0").replace("counts", "smoothing: 0\ncounts")
    assert "every count is 0" in problem(tmp_path, nothing)


def test_the_digest_tells_all_that_a_weight_depends_on(tmp_path: Path) -> None:
    digest = sample_table(tmp_path, SAMPLES).digest
    assert len(digest) == 64
    reordered = SAMPLES.replace('{true: 100, "false": 900}', "{false: 900, true: 100} # the same")
    assert sample_table(tmp_path, reordered).digest == digest
    for changed in (
        SAMPLES.replace("100", "101"),
        SAMPLES.replace("smoothing: 0", "smoothing: 1"),
        SAMPLES.replace("smoothing", "max_ratio: 5\nsmoothing"),
        SAMPLES.replace("ground_truth.spam", "ground_truth.ham"),
    ):
        assert sample_table(tmp_path, changed).digest != digest


def shown(rows: list[PreviewRow]) -> list[tuple[str | None, str, int, float, bool]]:
    return [(row.criterion, row.label, row.count, round(row.weight, 6), row.clipped) for row in rows]


def test_a_preview_shows_what_is_clipped() -> None:
    table = SampleTable.model_validate({"smoothing": 0.0, "counts": {"ham": 990, "spam": 10}})
    assert shown(table.preview()) == [
        (None, "ham", 990, round(50 / 99, 6), False),
        (None, "spam", 10, round(500 / 99, 6), True),
    ]


def test_a_preview_of_criteria() -> None:
    labels = CriterionTable.model_validate(
        {"scope": "criterion_label", "smoothing": 0.0, "counts": {"cites": {"no": 3, "yes": 1}}}
    )
    # 4 / (2 * 3) and 4 / (2 * 1).
    assert shown(labels.preview()) == [
        ("cites", "no", 3, round(2 / 3, 6), False),
        ("cites", "yes", 1, 2.0, False),
    ]
    counts = {"easy": {"met": 3, "unmet": 1}, "hard": {"met": 0, "unmet": 4}}
    verdicts = CriterionTable.model_validate({"scope": "verdict", "smoothing": 0.0, "counts": counts})
    assert shown(verdicts.preview()) == [
        ("easy", "met", 3, round(4 / 3, 6), False),
        ("hard", "met", 0, round(40 / 3, 6), True),
    ]


LABELS = st.dictionaries(
    st.text(min_size=1), st.integers(min_value=0, max_value=10**9), min_size=1, max_size=4
)


@given(LABELS)
def test_what_is_written_is_what_is_read(counts: dict[str, int]) -> None:
    """Labels are somebody's data: `no`, `true`, quotes, controls and newlines stay the text they are."""
    table = SampleTable.model_validate({"label": "metadata.x", "smoothing": 0.5, "counts": counts})
    again = SampleTable.model_validate(parse(to_yaml(table, "1,000 rows")).data)
    assert again.counts == counts
    assert again.digest == table.digest


@given(st.dictionaries(st.sampled_from(["cites", "quotes"]), LABELS, min_size=1))
def test_criterion_tables_are_written_and_read_alike(counts: dict[str, dict[str, int]]) -> None:
    table = CriterionTable.model_validate({"scope": "criterion_label", "smoothing": 0.5, "counts": counts})
    assert CriterionTable.model_validate(parse(to_yaml(table)).data).digest == table.digest


def test_the_file_says_where_it_came_from() -> None:
    text = to_yaml(
        SampleTable.model_validate({"label": "metadata.spam", "counts": {True: 1}}), "3 rows\n2 without"
    )
    assert text.splitlines() == [
        "# Generated by `gavel weights fit`; a rubric's digest and reward_version change with it.",
        "# 3 rows",
        "# 2 without",
        "schema: weights/v1",
        "scope: sample_label",
        'label: "metadata.spam"',
        "smoothing: 1.0",
        "max_ratio: 10.0",
        "counts:",
        '  "true": 1',
    ]
