import pytest

from rubrics.problems import ConfigError
from rubrics.rollout import Json
from rubrics.weights.fitting import MAX_LABELS, fit_criterion_label, fit_sample_label, fit_verdict
from tests.rubrics.making import rubric_of

ROWS: list[dict[str, Json]] = [
    {"ground_truth": {"spam": True}, "metadata": {"labels": {"cites": "yes", "kind": "ham", "level": 2}}},
    {"ground_truth": {"spam": "true"}, "metadata": {"labels": {"cites": 1, "kind": "Ham", "level": 2}}},
    {"ground_truth": {"spam": False}, "metadata": {"labels": {"cites": False, "kind": "other"}}},
    {"completion": "a row without labels"},
    {"ground_truth": None, "metadata": None},
]

RUBRIC = rubric_of("""
    criteria:
      - {id: cites, ask: It cites., expect: {label: metadata.labels.cites}}
      - {id: level, ask: How well?, scale: [1, 2, 3], expect: {label: metadata.labels.level}}
      - {id: kind, label: {field: kind, equals: labels.kind, labels: {ham: [ham, Ham], spam: [spam]}}}
      - {id: plain, ask: It is plain.}
""")


def test_sample_labels() -> None:
    table = fit_sample_label(ROWS, "ground_truth.spam", smoothing=0, max_ratio=3)
    assert table.counts == {"false": 1, "true": 2}
    assert (table.label, table.smoothing, table.max_ratio) == ("ground_truth.spam", 0, 3)


def test_rows_may_come_as_a_stream_in_any_order() -> None:
    assert fit_sample_label(iter(ROWS), "ground_truth.spam") == fit_sample_label(
        ROWS[::-1], "ground_truth.spam"
    )


def test_criterion_labels_by_their_names() -> None:
    """`yes`, `1` and `true` are one label; labels nobody has still belong to K; unknown ones are left out."""
    table = fit_criterion_label(ROWS, RUBRIC, smoothing=2)
    assert table.scope == "criterion_label"
    assert table.counts == {
        "cites": {"no": 1, "yes": 2},
        "level": {"1": 0, "2": 2, "3": 0},
        "kind": {"ham": 2, "spam": 0},
    }


def test_verdicts_count_as_met_from_a_half_on() -> None:
    rows: list[dict[str, Json]] = [
        {"verdicts": [{"criterion": "cites", "value": 0.5}, {"criterion": "level", "value": 0.4}]},
        {"verdicts": [{"criterion": "cites", "value": 1}, {"criterion": "level", "value": None}]},
        {"verdicts": [{"criterion": "kind", "value": 0.0}, {"criterion": "plain", "value": 0.9}]},
        {"verdicts": None},
        {"verdicts": [{"criterion": "of another rubric", "value": 1.0}]},
    ]
    table = fit_verdict(rows, RUBRIC)
    assert table.scope == "verdict"
    assert table.counts == {
        "cites": {"met": 2, "unmet": 0},
        "level": {"met": 0, "unmet": 1},
        "kind": {"met": 0, "unmet": 1},
        "plain": {"met": 1, "unmet": 0},
    }


def test_a_path_that_leads_nowhere() -> None:
    with pytest.raises(ConfigError, match=r"no row has a label at `ground_truth\.ham`"):
        fit_sample_label(ROWS, "ground_truth.ham")
    with pytest.raises(ConfigError, match=r"no row has a label at `metadata\.labels\.cites`"):
        fit_criterion_label([{}], RUBRIC)


def test_text_is_no_label() -> None:
    rows = [{"ground_truth": f"answer {index}"} for index in range(MAX_LABELS + 1)]
    with pytest.raises(ConfigError, match=r"1,001 different values: no label"):
        fit_sample_label(rows, "ground_truth")


def test_a_rubric_without_labels_has_nothing_to_fit() -> None:
    with pytest.raises(ConfigError, match="no criterion of test has a human label"):
        fit_criterion_label(ROWS, rubric_of("criteria: [{id: a, ask: It is.}]"))


def test_every_criterion_needs_a_verdict() -> None:
    with pytest.raises(ConfigError, match="no row has a verdict on level, kind, plain"):
        fit_verdict([{"verdicts": [{"criterion": "cites", "value": 1.0}]}], RUBRIC)
