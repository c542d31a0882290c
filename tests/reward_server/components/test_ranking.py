import json
from math import log2

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from reward_server.components.ranking import Ranking
from rubrics.cause import Cause
from rubrics.layout import PLAIN, Layout
from rubrics.outcome import Outcome, Score, Unscored
from rubrics.problems import ConfigError
from rubrics.rollout import Json
from tests.reward_server.components.entry import component, rollout

SHOWN = list("abcdefghij")
JSON = Layout.model_validate({"answer": {"json": {"order": "any"}}})
GR2: dict[str, Json] = {"metric": "promotion", "format_bonus": 0.2}
STRICT: dict[str, Json] = {**GR2, "condition": "promotion_strict"}


def score(options: dict[str, Json], answer: Json, truth: Json, shown: Json = SHOWN) -> Outcome:
    text = answer if isinstance(answer, str) else json.dumps(answer)
    metadata = {"candidates": shown}
    return Ranking.model_validate(options).score(rollout(text, PLAIN, ground_truth=truth, metadata=metadata))


def value(options: dict[str, Json], answer: Json, truth: Json, shown: Json = SHOWN) -> float:
    outcome = score(options, answer, truth, shown)
    assert isinstance(outcome, Score)
    return outcome.value


def moved(item: str, rank: int) -> list[str]:
    """The order shown with `item` moved to `rank`, from 1."""
    rest = [other for other in SHOWN if other != item]
    return [*rest[: rank - 1], item, *rest[rank - 1 :]]


def test_gr2_numbers_by_hand() -> None:
    assert value(GR2, SHOWN, "d") == 0.2  # the naive sum pays a copy
    assert value(STRICT, SHOWN, "d") == 0  # the conditional one does not
    assert value(STRICT, moved("d", 1), "d") == pytest.approx(0.3 + 0.2)  # rank 4 to 1 of 10
    assert value(STRICT, moved("d", 3), "d") == pytest.approx(0.1 + 0.2)
    assert value(STRICT, moved("d", 6), "d") == -0.2


def test_the_strict_form_pays_format_at_rank_one_only_if_it_is_kept() -> None:
    assert value(STRICT, SHOWN, "a") == 0.2
    assert value(STRICT, ["a", *reversed(SHOWN[1:])], "a") == 0.2
    assert value(STRICT, moved("a", 3), "a") == -0.2  # one third-party note would pay 0.0 here
    assert value(GR2, moved("a", 3), "a") == pytest.approx(0.0)


def test_identity_zero_takes_the_rank_term_and_keeps_the_format() -> None:
    options: dict[str, Json] = {"metric": "ndcg", "format_bonus": 0.2, "condition": "identity_zero"}
    assert value(options, SHOWN, "d") == 0.2
    assert value({**options, "condition": "none"}, SHOWN, "d") == pytest.approx(1 / log2(5) + 0.2)
    assert value(options, SHOWN, "a") == 1.2  # nothing is better than the order shown
    assert value(options, SHOWN, {"a": 2, "b": 2, "c": 1}) == 1.2
    assert value(options, moved("d", 3), "d") == 0.7
    recall = {**options, "metric": "recall", "k": 2}
    assert value(recall, SHOWN, ["b", "e", "f"]) == 0.2
    assert value(recall, SHOWN, ["a", "b", "f"]) == pytest.approx(2 / 3 + 0.2)  # 2 is all that fits


def test_an_identity_copy_is_named() -> None:
    assert score(STRICT, SHOWN, "d") == Score(
        0.0, "target from rank 4 to 4 of 10, identity copy, format bonus withheld"
    )
    assert score({"k": 2}, SHOWN, "a") == Score(1.0, "ndcg@2 1.0000, identity copy")
    assert score({"metric": "recall"}, moved("b", 1), "a") == Score(1.0, "recall 1.0000")


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ("", "unparseable: answer_missing"),
        ("a > b > c", "unparseable: no array of ids"),
        ('{"order": ["a"]}', "unparseable: no array of ids"),
        (SHOWN[:-1], "unparseable: not a permutation of the candidates"),
        ([*SHOWN, "a"], "unparseable: not a permutation of the candidates"),
        ([*SHOWN[:-1], "a"], "unparseable: not a permutation of the candidates"),
        ([*SHOWN[:-1], "z"], "unparseable: not a permutation of the candidates"),
    ],
)
def test_what_is_no_permutation_is_unparseable_and_stays_in_its_group(answer: Json, reason: str) -> None:
    assert score(STRICT, answer, "d") == Score(-1.0, reason)
    assert value({"unparseable": 0.0}, answer, "d") == 0


def test_ids_may_be_numbers_and_the_answer_a_field() -> None:
    assert value({}, [3, 1, 2], {"3": 1.0}, [1, 2, 3]) == 1
    assert value({}, ["3", 1, "2"], 3, [1, 2, 3]) == 1
    metadata: dict[str, Json] = {"slate": {"ids": ["x", "y"]}, "best": "y"}
    options = {"field": "order", "truth": "metadata.best", "candidates": "slate.ids", "metric": "promotion"}
    ranking = Ranking.model_validate(options)
    assert ranking.score(rollout('{"order": ["y", "x"]}', JSON, metadata=metadata)) == Score(
        0.5, "target from rank 2 to 1 of 2"
    )


@pytest.mark.parametrize(
    ("truth", "shown", "cause"),
    [
        (None, SHOWN, Cause.MISSING_GROUND_TRUTH),
        ("d", None, Cause.MISSING_FIELD),
        ("d", [], Cause.MISSING_FIELD),
        ("d", ["d", "d"], Cause.MISSING_FIELD),
        ("d", "abc", Cause.MISSING_FIELD),
        ("z", SHOWN, Cause.INVALID_GROUND_TRUTH),
        (["a", "b"], SHOWN, Cause.INVALID_GROUND_TRUTH),  # a promotion has one target
        ({"a": 0}, SHOWN, Cause.INVALID_GROUND_TRUTH),
        ({"a": -1}, SHOWN, Cause.INVALID_GROUND_TRUTH),
        (1.5, SHOWN, Cause.INVALID_GROUND_TRUTH),
    ],
)
@pytest.mark.parametrize("answer", [SHOWN, "garbage"])
def test_p01_what_the_data_lacks_is_unscored(answer: Json, truth: Json, shown: Json, cause: Cause) -> None:
    outcome = score(STRICT, answer, truth, shown)
    assert isinstance(outcome, Unscored)
    assert outcome.cause == cause


@pytest.mark.parametrize(
    ("options", "bounds"),
    [
        ({}, (-1, 1)),
        ({"unparseable": 0.0}, (0, 1)),
        ({"format_bonus": 0.2, "unparseable": 0.0}, (0, 1.2)),
        (GR2, (-1, 1.2)),
        ({**GR2, "unparseable": -0.5}, (-0.8, 1.2)),
        ({**STRICT, "unparseable": -0.5}, (-1, 1.2)),
        ({"unparseable": 5.0}, (0, 5)),
    ],
)
def test_bounds_follow_the_options(options: dict[str, Json], bounds: tuple[float, float]) -> None:
    assert Ranking.model_validate(options).bounds == pytest.approx(bounds)


@st.composite
def every_option(draw: st.DrawFn) -> dict[str, Json]:
    metric = draw(st.sampled_from(["ndcg", "recall", "promotion"]))
    conditions = ["none", "identity_zero", *(["promotion_strict"] if metric == "promotion" else [])]
    return {
        "metric": metric,
        "k": None if metric == "promotion" else draw(st.none() | st.integers(1, 6)),
        "condition": draw(st.sampled_from(conditions)),
        "format_bonus": draw(st.floats(0, 2)),
        "unparseable": draw(st.floats(-2, 2)),
    }


GAINS = st.dictionaries(st.sampled_from("abcdef"), st.floats(0.1, 9), min_size=1)


@given(every_option(), GAINS, st.permutations("abcdef"), st.permutations("abcdef"))
def test_p06_every_value_is_within_the_bounds(
    options: dict[str, Json], gains: dict[str, float], shown: list[str], answered: list[str]
) -> None:
    truth: Json = next(iter(gains)) if options["metric"] == "promotion" else gains
    low, high = Ranking.model_validate(options).bounds
    for answer in (answered, shown, "garbage"):
        assert low - 1e-9 <= value(options, answer, truth, shown) <= high + 1e-9


@given(st.permutations(SHOWN), st.sampled_from(SHOWN[1:]))
def test_under_the_strict_form_no_copy_beats_a_promotion(answered: list[str], target: str) -> None:
    copy, reward = value(STRICT, SHOWN, target), value(STRICT, answered, target)
    promoted = answered.index(target) < SHOWN.index(target)
    assert copy == 0
    assert (reward > 0) == promoted


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"condition": "promotion_strict"}, "needs `metric: promotion`"),
        ({"metric": "promotion", "k": 3}, "`k` cuts"),
        ({"k": 0}, "greater than or equal to 1"),
        ({"format_bonus": -0.1}, "greater than or equal to 0"),
    ],
)
def test_inconsistent_options_are_refused(options: dict[str, Json], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        Ranking.model_validate(options)


def test_the_field_is_checked_against_the_layout() -> None:
    with pytest.raises(ConfigError, match="name one of its keys in `field`"):
        component("{use: ranking}", layout=JSON)
    with pytest.raises(ConfigError, match="did you mean `order`"):
        component("{use: ranking, field: ordr}", layout=JSON)


@pytest.mark.parametrize(
    "hostile", ["[" * 1_000_000, "[" + '"a",' * 500_000 + '"a"]', "[" + "9" * 5_000_000 + "]"]
)
def test_p19_hostile_text_is_unparseable(hostile: str) -> None:
    assert value({}, hostile, "a") == -1
