import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rubrics.document import Document, parse
from rubrics.importing import healthbench
from rubrics.importing.importer import Source
from rubrics.importing.rubric_yaml import to_yaml
from rubrics.problems import ConfigError
from rubrics.rollout import Json
from rubrics.rubric_file import build_rubric
from tests.rubrics.importing.writing import imported, saved, value


def item(number: int = 1, **changes: Json) -> dict[str, Json]:
    made: dict[str, Json] = {
        "example_tags": ["theme:emergency_referrals"],
        "ideal_completions_data": None,
        "prompt": [{"role": "user", "content": "My chest hurts. \U0001f600"}],
        "prompt_id": f"0a{number}",
        "rubrics": [
            {
                "criterion": "Tells the user to call 911",
                "points": 10,
                "tags": ["level:example", "axis:accuracy"],
            },
            {"criterion": "Fails to ask how long it has lasted", "points": -5, "tags": []},
        ],
    }
    return {**made, **changes}


def lines(*items: Json) -> str:
    return "".join(f"{json.dumps(one)}\n" for one in items)


def test_an_item_becomes_a_rubric_with_its_tags(tmp_path: Path) -> None:
    path = saved(tmp_path, lines(item()), "items.jsonl")
    rubric = imported(path)
    assert (rubric.id, rubric.aggregate.range) == ("healthbench/0a1", None)
    assert [(c.id, c.ask, c.weight) for c in rubric.criteria] == [
        ("tells_user_call_911", "Tells the user to call 911", 10.0),
        ("fails_ask_how_long_lasted", "Fails to ask how long it has lasted", -5.0),
    ]
    text = to_yaml(Source(path).draft())
    assert "    # tags: level:example, axis:accuracy\n    ask: Tells the user to call 911\n" in text
    assert "# prompt: user: My chest hurts. \U0001f600\n# tags: theme:emergency_referrals\n" in text


def source_value(points: list[float], met: list[bool]) -> float | None:
    """Achieved points over possible points, computed anew: brute force, no code of ours."""
    possible = achieved = 0.0
    for worth, found in zip(points, met, strict=True):
        if worth > 0:
            possible += worth
        if found:
            achieved += worth
    return achieved / possible if possible else None


rows = st.lists(st.tuples(st.integers(-10, 10).filter(bool), st.booleans()), min_size=1, max_size=6)


@settings(max_examples=60, deadline=None)
@given(rows)
def test_its_value_is_the_sources_own_and_not_clipped(rows: list[tuple[int, bool]]) -> None:
    points, met = [float(worth) for worth, _ in rows], [found for _, found in rows]
    rubrics = [{"criterion": f"Says {n}", "points": worth, "tags": []} for n, worth in enumerate(points)]
    draft = healthbench.read(healthbench.Place(Document("x", "", {"rubrics": rubrics}), ()), 0)
    rubric = build_rubric(parse(to_yaml(draft)))
    expected = source_value(points, met)
    if expected is None:
        assert "HealthBench gives no score" in draft.remarks[0].message
    else:
        assert value(rubric, met) == pytest.approx(expected, abs=1e-12)
        assert draft.remarks == ()


@pytest.mark.parametrize("many", [False, True])
def test_an_item_is_chosen_by_id_or_number(many: bool, tmp_path: Path) -> None:
    items = [item(1), item(2), item(3, prompt_id="0")]
    path = saved(tmp_path, items, "items.json") if many else saved(tmp_path, lines(*items), "items.jsonl")
    assert [imported(path, wanted).id for wanted in ("0a2", "1", "0")] == [
        "healthbench/0a2",
        "healthbench/0a2",
        "healthbench/0",
    ]
    with pytest.raises(ConfigError, match="a number from 0 to 2"):
        Source(path).draft("3")
    with pytest.raises(ConfigError, match="holds 3 items\n  = choose one with --item"):
        Source(path).draft()


@pytest.mark.parametrize(
    ("second", "said"),
    [
        (item(2, rubric=[]), ["items.jsonl:2:", "unknown key `rubric`", "did you mean `rubrics`?"]),
        (
            item(2, rubrics=[{"criterion": "a", "point": 3}]),
            ["unknown key `point`", "did you mean `points`?", "`points` is required"],
        ),
        (item(2, rubrics=[{"criterion": "a", "points": "3"}]), ["`rubrics[0].points` should be a number"]),
        (item(2, rubrics=[{"criterion": "a", "points": 0}]), ["no criterion has points"]),
        (item(2, rubrics=[]), ["there are no criteria"]),
        ("text", ["items.jsonl:2:1: error: the file should be a mapping"]),
    ],
)
def test_a_mistake_is_told_with_its_line(second: Json, said: list[str], tmp_path: Path) -> None:
    path = saved(tmp_path, lines(item(), second), "items.jsonl")
    with pytest.raises(ConfigError) as caught:
        Source(path).drafts()
    assert [part for part in said if part not in str(caught.value)] == []
    assert all(problem.position[0] == 2 for problem in caught.value.problems)


def test_items_without_an_id_go_by_their_number(tmp_path: Path) -> None:
    path = saved(tmp_path, lines(item(prompt_id=None), item(prompt_id="\u56de")), "items.jsonl")
    assert [draft.id for draft in Source(path).drafts()] == ["healthbench/0", "healthbench/1"]
