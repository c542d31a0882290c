from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rubrics.document import parse
from rubrics.importing import requirements
from rubrics.importing.importer import Source
from rubrics.importing.rubric_yaml import to_yaml
from rubrics.problems import ConfigError
from rubrics.rollout import Json
from rubrics.rubric_file import build_rubric
from tests.rubrics.importing.writing import imported, saved, value

PUBLISHED = """\
- weight: 10.0
  requirement: "States Q4 2023 base margin as 17.2%"
- weight: 8.0
  requirement: "Explicitly uses Shapley attribution for decomposition"
- weight: -15.0
  requirement: "Uses total deliveries instead of cash-only deliveries"
"""
ONE: dict[str, Json] = {"requirement": "Names the drug", "weight": 2}
TWO: dict[str, Json] = {"requirement": "Names the dose", "weight": 1}


def test_the_published_example_becomes_a_rubric(tmp_path: Path) -> None:
    rubric = imported(saved(tmp_path, PUBLISHED, "Base Margin.yaml"))
    assert (rubric.id, rubric.aggregate.range) == ("base-margin", [0.0, 1.0])
    assert [(c.id, c.ask, c.weight) for c in rubric.criteria] == [
        ("states_q4_2023_base_margin", "States Q4 2023 base margin as 17.2%", 10.0),
        ("explicitly_uses_shapley_attribution", "Explicitly uses Shapley attribution for decomposition", 8.0),
        (
            "uses_total_deliveries_instead_cash",
            "Uses total deliveries instead of cash-only deliveries",
            -15.0,
        ),
    ]


def source_value(weights: list[float], met: list[bool]) -> float:
    """The formula on the package's page, normalised, computed anew: brute force, no code of ours."""
    total = 0.0
    for weight, found in zip(weights, met, strict=True):
        total += weight if found else 0.0
    positive = sum(weight for weight in weights if weight > 0)
    if positive > 0:
        return max(0.0, min(1.0, total / positive))
    return max(0.0, min(1.0, 1.0 + total / sum(abs(weight) for weight in weights)))


rows = st.lists(
    st.tuples(st.integers(-40, 40).filter(bool).map(lambda n: n / 4), st.booleans()), min_size=1, max_size=6
)


@settings(max_examples=60, deadline=None)
@given(rows)
def test_its_value_is_the_sources_own(rows: list[tuple[float, bool]]) -> None:
    weights, met = [weight for weight, _ in rows], [found for _, found in rows]
    listed = [f"- {{requirement: Says {index}, weight: {weight!r}}}" for index, weight in enumerate(weights)]
    draft = requirements.read(parse("\n".join(listed), "some.yaml"))
    rubric = build_rubric(parse(to_yaml(draft)))
    assert value(rubric, met) == pytest.approx(source_value(weights, met), abs=1e-12)


@pytest.mark.parametrize(
    "data",
    [
        [ONE, TWO],
        {"rubric": [ONE, TWO]},
        {"sections": [{"criteria": [ONE]}, TWO]},
        {"name": "Care", "rubric": {"sections": [{"title": "Drugs", "criteria": [ONE, TWO]}]}},
        [{"name": "Drugs", "criteria": [ONE]}, {"criteria": [TWO]}],
    ],
)
def test_every_shape_that_the_package_reads_is_read(data: Json, tmp_path: Path) -> None:
    assert [(c.ask, c.weight) for c in imported(saved(tmp_path, data)).criteria] == [
        ("Names the drug", 2.0),
        ("Names the dose", 1.0),
    ]


def test_sections_are_kept_as_comments(tmp_path: Path) -> None:
    data: Json = [{"name": "Drugs", "criteria": [ONE, TWO]}, {"title": "Tone\n- id: x", "criteria": [ONE]}]
    text = to_yaml(Source(saved(tmp_path, data)).draft())
    assert [line for line in text.splitlines() if line.startswith("  #")] == [
        "  # Drugs",
        r"  # Tone\n- id: x",
    ]


def test_what_weighs_nothing_is_left_out_by_name(tmp_path: Path) -> None:
    draft = Source(
        saved(
            tmp_path, "- {requirement: Is kind, weight: 0}\n- {requirement: Is right, weight: 1}\n", "a.yaml"
        )
    ).draft()
    assert [statement.text for statement in draft.statements] == ["Is right"]
    (remark,) = draft.remarks
    assert (
        remark.render()
        .splitlines()[0]
        .endswith('a.yaml:1:34: warning: left out: "Is kind" weighs 0, so it has no effect')
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "- {reqired: true, requirement: Is kind, weight: 1}",
            ["1:4: error: unknown key `reqired`", "did you mean `requirement`?"],
        ),
        (
            "- {requirement: Is kind, wieght: 9}",
            ["1:26: error: unknown key `wieght`", "did you mean `weight`?", "`weight` is required"],
        ),
        (
            '- {requirement: Is kind, weight: "9"}',
            ["1:34: error: `weight` should be a number", "remove the quotes"],
        ),
        ('- {requirement: " ", weight: 9}', ["1:17: error: a statement without words"]),
        ("- {requirement: 5, weight: 9}", ["1:17: error: `requirement` should be text"]),
        ("- {requirement: Is kind, weight: 1e9}", ["1:34: error: `weight` should be at most 1e+06"]),
        ("- Is kind", ["1:3: error: `[0]` should be a mapping"]),
        ("- {criteria: [Is kind], weight: 2}", ["1:25: error: unknown key `weight`"]),
        ("- {requirement: Is kind, weight: 0}", ["no criterion weighs anything"]),
        ("sections: {a: 1}", ["`sections` should be a list"]),
        ("sectoins: []\nrubric: []", ["1:1: error: unknown key `sectoins`", "did you mean `sections`?"]),
        ("rubric: Is kind", ["1:9: error: a list of criteria, or `sections` of them, is expected here"]),
        ("[]", ["there are no criteria"]),
    ],
)
def test_mistakes_that_the_package_swallows_are_told_with_their_place(
    text: str, said: list[str], tmp_path: Path
) -> None:
    path = saved(tmp_path, text, "source.yaml")
    with pytest.raises(ConfigError) as caught:
        Source(path).draft()
    assert [part for part in said if part not in str(caught.value)] == []


def test_every_mistake_is_told_at_once(tmp_path: Path) -> None:
    path = saved(tmp_path, "- {requirment: a, weight: 1}\n- {requirement: b, weihgt: 1}\n", "source.yaml")
    with pytest.raises(ConfigError) as caught:
        Source(path).draft()
    assert {problem.position[0] for problem in caught.value.problems} == {1, 2}
