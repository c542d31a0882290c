import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from reward_server.components.text_match import Normalise, TextMatch
from rubrics.cause import Cause
from rubrics.layout import PLAIN, Layout
from rubrics.outcome import Outcome, Score, Unscored
from rubrics.rollout import Json
from tests.reward_server.components.entry import rollout

SQUAD = {"casefold": True, "whitespace": True, "punctuation": True, "articles": ["a", "an", "the"]}


def score(text: str, truth: Json, layout: Layout = PLAIN, **options: Json) -> Outcome:
    return TextMatch.model_validate(options).score(rollout(text, layout, ground_truth=truth))


def value(text: str, truth: Json, **options: Json) -> float:
    outcome = score(text, truth, PLAIN, **options)
    assert isinstance(outcome, Score)
    return outcome.value


def test_case_and_white_space_do_not_count_by_default() -> None:
    assert score("  New\n YORK ", "new york") == Score(1.0, "an accepted answer")
    assert score("New York City", "New York") == Score(0.0, "not an accepted answer")
    assert value("New York.", "New York") == 0


@pytest.mark.parametrize(
    ("option", "text", "truth"),
    [("casefold", "STRASSE", "straße"), ("whitespace", "a  b", "a b"), ("punctuation", "«U.S.»", "us")],
)
def test_each_normalisation_can_be_chosen(option: str, text: str, truth: str) -> None:
    assert value(text, truth, normalise={"casefold": True, option: True}) == 1
    assert value(text, truth, normalise={"casefold": option != "casefold", option: False}) == 0


def test_articles_are_dropped_as_whole_words() -> None:
    normalise: Json = {"articles": ["the", "a"]}
    assert value("The theatre", "theatre", normalise=normalise) == 1
    assert value("a theatre", "the theatre", normalise=normalise) == 1
    assert value("theatre", "atre", normalise=normalise) == 0
    with pytest.raises(ValidationError, match="single words"):
        TextMatch.model_validate({"normalise": {"articles": ["of the"]}})


def test_all_together_are_squads_normalisation() -> None:
    assert value("The  Eiffel-Tower!", "an eiffeltower", normalise=SQUAD) == 1


def test_composed_and_decomposed_accents_are_the_same() -> None:
    assert value(unicodedata.normalize("NFD", "Café"), "café") == 1


def test_any_of_several_answers_is_accepted() -> None:
    accepted: Json = ["NYC", "New York", 10001]
    assert [value(text, accepted) for text in ("nyc", "new york", "10001", "NYC or New York")] == [1, 1, 1, 0]


def test_listing_every_answer_is_wrong() -> None:
    for truth in ("Paris", "London"):
        assert value("Paris London", truth) == 0


def test_scalars_of_the_json_answer_are_text() -> None:
    layout = Layout.model_validate({"answer": {"json": {"done": "boolean"}}})
    outcome = score('{"done": true}', True, layout, extract={"field": "done"})
    assert outcome == Score(1.0, "an accepted answer")


@pytest.mark.parametrize(
    ("truth", "cause"),
    [
        (None, Cause.MISSING_GROUND_TRUTH),
        ("", Cause.INVALID_GROUND_TRUTH),
        ([], Cause.INVALID_GROUND_TRUTH),
        (["a", None], Cause.INVALID_GROUND_TRUTH),
        (["a", " "], Cause.INVALID_GROUND_TRUTH),
        ({"a": 1}, Cause.INVALID_GROUND_TRUTH),
    ],
)
@pytest.mark.parametrize("text", ["a", ""])
def test_p01_a_truth_without_text_is_unscored(text: str, truth: Json, cause: Cause) -> None:
    outcome = score(text, truth)
    assert isinstance(outcome, Unscored)
    assert outcome.cause == cause


def test_p01_an_empty_answer_is_a_zero() -> None:
    assert score(" ", "a") == Score(0.0, "empty")


@given(st.text(), st.sampled_from([Normalise(), Normalise.model_validate(SQUAD)]))
def test_normalising_twice_changes_nothing(text: str, normalise: Normalise) -> None:
    once = normalise(text)
    assert normalise(once) == once


@pytest.mark.parametrize("hostile", ["a" * 10_000_000, "a\u0301\u0323" * 3_000_000, " a" * 5_000_000])
def test_p19_a_long_text_is_wrong_unread(hostile: str) -> None:
    assert score(hostile, "a") == Score(0.0, "much longer than any accepted answer")
