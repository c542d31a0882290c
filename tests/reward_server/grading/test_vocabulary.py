import pytest

from reward_server.grading.vocabulary import Labels, Wording, of_key, of_labels
from rubrics.rollout import Json

LABELS: Labels = {"spam": [True, "spam", 1.5], "ham": [False, "ham", 0]}


@pytest.mark.parametrize(
    ("value", "name"),
    [
        (True, "spam"),
        ("spam", "spam"),
        (0, "ham"),
        (0.0, "ham"),
        (1, None),
        ("True", None),
        (None, None),
        ([], None),
        ({}, None),
    ],
)
def test_declared_labels_are_told_apart_by_json_type(value: Json, name: str | None) -> None:
    assert of_labels(LABELS).said(value) == name


def test_only_a_truth_may_use_the_name_of_a_class() -> None:
    vocabulary = of_labels({"violating": ["yes"], "fine": ["no"]})
    assert vocabulary.said("violating") is None
    assert vocabulary.meant("violating") == vocabulary.said("yes")


def test_a_closed_key_knows_its_values_and_an_open_one_its_type() -> None:
    closed = of_key([True, "true", None])
    assert closed.said(True) != closed.said("true") != closed.said(None)
    assert closed.said(1) is None
    number = of_key("number")
    assert number.said(1) == number.said(1.0)
    assert number.said(True) is number.said("1") is number.said([1]) is None
    assert of_key(None).said("anything") is not None


def test_words_are_found_whole_and_the_longest_first() -> None:
    wording = Wording({"good": ["ok", "very good"], "bad": ["not ok", "违规"]})
    assert wording.named("OK!") == {"good"}
    assert wording.named("not\nok") == {"bad"}
    assert wording.named("Very   good, not ok") == {"good", "bad"}
    assert wording.named("tokyo, ok_ay, okay") == set()
    assert wording.named("内容违规了") == wording.named("答案not ok吧") == {"bad"}


def test_words_of_a_truth_are_one_class() -> None:
    wording = Wording({"yes": [True], "no": [False, "nope"]})
    assert wording.meant(True) == wording.meant("TRUE") == wording.meant("yes") == "yes"
    assert wording.meant("maybe") is wording.meant(None) is wording.meant(["yes"]) is None
    assert wording.named("true") == {"yes"}


def test_patterns_in_labels_are_plain_text() -> None:
    assert Wording({"a": ["c++"], "b": [".*"]}).named("I like C++ most") == {"a"}
