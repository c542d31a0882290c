"""What an edit changes of stored rollouts: worked out by hand, and without a question that nobody allowed."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from reward_server.dashboard.playing.choosing import Choice
from reward_server.dashboard.playing.comparing import Change, Compared, Comparison
from reward_server.reward.loading import load_reward
from tests.reward_server.dashboard.playing.making import REWARD, RUBRIC, fill, served_from, tried

QUALITY = "rubrics/quality.yaml"
TEXTS = {"a": "one", "b": "one two three", "c": "one two three four five"}
"""`short`: full marks for up to 2 words, none for 4: 1, 0.5 and 0. `quality`: (0.75 + 0.25) / 2 = 0.5."""


@pytest.fixture
async def store(tmp_path: Path) -> Path:
    """Three rollouts of one group, whose rewards are 0.75, 0.5 and 0.25."""
    path = tmp_path / "store.sqlite3"
    served_from(tmp_path)
    await fill(tmp_path, path, TEXTS)
    return path


def pair(change: Change) -> tuple[float | str | None, float | str | None]:
    """A change, with the reason in the place of a number that is not there."""
    before, after = (
        each.why if each.value is None else round(each.value, 9) for each in (change.before, change.after)
    )
    return before, after


def rewards(found: Comparison) -> Mapping[str, tuple[float | str | None, float | str | None]]:
    return {each.id: pair(each.reward) for each in found.rollouts}


def only(found: Comparison, name: str) -> Compared:
    return next(each for each in found.rollouts if each.id == name)


async def test_nothing_changes_where_nothing_was_changed(tmp_path: Path, store: Path) -> None:
    found = await tried(served_from(tmp_path), store, REWARD)
    assert rewards(found) == {"1": (0.75, 0.75), "2": (0.5, 0.5), "3": (0.25, 0.25)}
    assert [*found.components, *found.criteria] == []
    assert (found.shift.changed, found.unasked, found.asked, list(found.notices)) == (0, 0, 0, [])


async def test_new_weights_cost_no_question(tmp_path: Path, store: Path) -> None:
    """0.2 short + 0.8 quality: 0.2 + 0.4, 0.1 + 0.4 and 0 + 0.4."""
    text = REWARD.replace("weight: 0.5, unit", "weight: 0.2, unit").replace(
        "weight: 0.5, rubric", "weight: 0.8, rubric"
    )
    found = await tried(served_from(tmp_path), store, text)
    assert rewards(found) == {"1": (0.75, 0.6), "2": (0.5, 0.5), "3": (0.25, 0.4)}
    assert [each.id for each in found.rollouts][-1] == "2"  # the biggest changes come first
    assert (found.unasked, found.asked, found.shift.changed, found.shift.flips) == (0, 0, 2, 0)
    assert (found.shift.before, found.shift.after) == (0.5, 0.5)


async def test_what_code_decides_is_decided_again(tmp_path: Path, store: Path) -> None:
    """Full marks for up to 4 words, none for 6: `short` is 1, 1 and 0.5; rewards 0.75, 0.75 and 0.5."""
    text = REWARD.replace("full: [0, 2], zero: [0, 4]", "full: [0, 4], zero: [0, 6]")
    found = await tried(served_from(tmp_path), store, text)
    assert rewards(found) == {"1": (0.75, 0.75), "2": (0.5, 0.75), "3": (0.25, 0.5)}
    assert list(found.components) == ["short"]
    assert {each.id: each.ranks for each in found.rollouts} == {"1": (1, 1), "2": (2, 1), "3": (3, 3)}
    assert (found.shift.ties_made, found.shift.pairs) == (1, 3)


async def test_weights_of_a_rubric_count_with_the_stored_verdicts(tmp_path: Path, store: Path) -> None:
    """`plain` counts three times: (3 * 0.75 + 0.25) / 4 = 0.625, so rewards go up by 0.0625."""
    text = RUBRIC.replace("The text is plain.", "The text is plain., weight: 3")
    found = await tried(served_from(tmp_path), store, text, QUALITY)
    assert rewards(found) == {"1": (0.75, 0.8125), "2": (0.5, 0.5625), "3": (0.25, 0.3125)}
    assert (found.unasked, found.asked) == (0, 0)


async def test_p1_what_was_not_asked_is_no_number(tmp_path: Path, store: Path) -> None:
    text = RUBRIC.replace("The text is kind.", "The text is not unkind.")
    found = await tried(served_from(tmp_path), store, text, QUALITY)
    assert rewards(found) == {"1": (0.75, "not asked"), "2": (0.5, "not asked"), "3": (0.25, "not asked")}
    assert pair(only(found, "1").components["quality"]) == (0.5, "not asked")
    assert pair(only(found, "1").criteria["plain"]) == (0.75, 0.75)
    assert pair(only(found, "1").criteria["kind"]) == (0.25, "not asked")
    assert (found.unasked, found.asked) == (3, 0)
    assert only(found, "1").ranks == (None, None)


async def test_p1_not_asked_is_not_left_out_of_a_sum_either(tmp_path: Path, store: Path) -> None:
    text = REWARD.replace("judges:", "on_unscored: renormalise_group\njudges:").replace("judge: default", "")
    edited = text.replace("rubrics/quality.yaml}", "rubrics/other.yaml}")
    (tmp_path / "rubrics" / "other.yaml").write_text(RUBRIC.replace("kind", "rude"), encoding="utf-8")
    found = await tried(served_from(tmp_path), store, edited)
    assert {after for _, after in rewards(found).values()} == {"not asked"}


async def test_questions_are_put_where_they_are_allowed_and_only_new_ones(
    tmp_path: Path, store: Path
) -> None:
    """The script says 0.75 to what does not hold the word `kind`: (0.75 + 0.75) / 2."""
    text = RUBRIC.replace("The text is kind.", "The text is friendly.")
    found = await tried(served_from(tmp_path), store, text, QUALITY, ask=3)
    assert rewards(found) == {"1": (0.75, 0.875), "2": (0.5, 0.625), "3": (0.25, 0.375)}
    assert (found.unasked, found.asked) == (0, 3)


async def test_no_more_questions_are_put_than_were_allowed(tmp_path: Path, store: Path) -> None:
    text = RUBRIC.replace("The text is kind.", "The text is friendly.")
    found = await tried(served_from(tmp_path), store, text, QUALITY, ask=2)
    after = [after for _, after in rewards(found).values()]
    assert after.count("not asked") == 1
    assert (found.unasked, found.asked) == (1, 2)


async def test_a_rubric_under_a_new_name_does_not_take_over_other_answers(
    tmp_path: Path, store: Path
) -> None:
    (tmp_path / "rubrics" / "other.yaml").write_text(
        RUBRIC.replace("The text is kind.", "The text is rude."), encoding="utf-8"
    )
    text = REWARD.replace(
        "quality: {use: rubric, weight: 0.5, rubric: rubrics/quality.yaml}",
        "renamed: {use: rubric, weight: 0.5, rubric: rubrics/other.yaml}",
    )
    found = await tried(served_from(tmp_path), store, text)
    assert found.unasked == 3
    same = REWARD.replace("quality: {", "renamed: {")
    found = await tried(served_from(tmp_path), store, same)
    assert (found.unasked, rewards(found)["1"]) == (0, (0.75, 0.75))


async def test_another_layout_shows_other_texts_to_the_judge(tmp_path: Path, store: Path) -> None:
    text = REWARD.replace("components:", "completion: {reasoning: {tag: think}}\ncomponents:", 1)
    assert (await tried(served_from(tmp_path), store, text)).unasked == 6


async def test_verdicts_of_another_version_are_used_only_where_they_are_trusted(
    tmp_path: Path, store: Path
) -> None:
    served_from(tmp_path)
    (tmp_path / QUALITY).write_text(
        RUBRIC.replace("The text is kind.", "The text is rude."), encoding="utf-8"
    )
    function = load_reward(tmp_path / "reward.yaml")
    found = await tried(function, store, REWARD)
    assert found.unasked == 6
    said = (
        "3 of 3 rollouts were scored by another version of `played`: its verdicts may answer other words, "
        "so they are not used"
    )
    assert list(found.notices) == [said]
    found = await tried(function, store, REWARD, trust=True)
    assert (found.unasked, list(found.notices)) == (0, [])


async def test_a_part_of_a_group_is_said_to_be_one(tmp_path: Path, store: Path) -> None:
    found = await tried(served_from(tmp_path), store, REWARD, choice=Choice(count=2))
    assert {each.id for each in found.rollouts} == {"2", "3"}  # the newest
    assert list(found.notices) == [
        "1 of 1 groups are not whole here: ranks are those among the rollouts chosen"
    ]


@pytest.mark.parametrize(
    ("choice", "wanted"),
    [
        (Choice(numbers="3, 1"), {"1", "3"}),
        (Choice(numbers="2 2 77"), {"2"}),
        (Choice(order="least", count=1), {"3"}),
        (Choice(order="greatest", count=1), {"1"}),
        (Choice(run="run", step=0, group="g"), {"1", "2", "3"}),
        (Choice(run="1"), {"1", "2", "3"}),
    ],
)
async def test_rollouts_are_chosen(tmp_path: Path, store: Path, choice: Choice, wanted: set[str]) -> None:
    found = await tried(served_from(tmp_path), store, REWARD, choice=choice)
    assert {each.id for each in found.rollouts} == wanted


async def test_the_models_stay_open_after_a_trial(tmp_path: Path, store: Path) -> None:
    function = served_from(tmp_path)
    text = RUBRIC.replace("The text is kind.", "The text is friendly.")
    first = await tried(function, store, text, QUALITY, ask=3)
    again = await tried(function, store, text, QUALITY, ask=3)
    assert rewards(first) == rewards(again)
    await function.aclose()
