import pytest

from rubrics.document import parse
from rubrics.problems import MOST_SHOWN, ConfigError, Problem, closest, did_you_mean, dotted

DOCUMENT = parse("a: 1\nb: 2\n", "one.yaml")
OTHER = parse("c: 3\n", "other.yaml")


def test_a_problem_without_a_document_has_no_place() -> None:
    assert Problem(message="wrong").render() == "error: wrong"
    assert Problem(message="odd", code="a-code", severity="warning", hint="so").render() == (
        "warning: odd [a-code]\n  = so"
    )


def test_an_error_tells_its_problems_in_file_order() -> None:
    found = ConfigError(
        [
            Problem(message="second", document=DOCUMENT, path=("b",)),
            Problem(message="elsewhere", document=OTHER, path=("c",)),
            Problem(message="first", document=DOCUMENT, path=("a",)),
        ]
    )
    assert [problem.message for problem in found.problems] == ["first", "second", "elsewhere"]
    assert str(found) == "\n\n".join(problem.render() for problem in found.problems)


def test_the_same_problem_is_told_once() -> None:
    twice = [Problem(message="wrong", document=DOCUMENT, path=("a",))] * 2
    assert len(ConfigError(twice).problems) == 1


def test_a_flood_is_cut_short() -> None:
    text = str(ConfigError([Problem(message=f"problem {n}") for n in range(1234)]))
    assert text.count("error:") == MOST_SHOWN
    assert text.endswith(f"... and {1234 - MOST_SHOWN:,} more")


@pytest.mark.parametrize(
    ("word", "hint"),
    [
        ("wieght", "did you mean `weight`?"),
        ("WEIGHT", "did you mean `weight`?"),
        ("at-least", "did you mean `at_least`?"),
        ("label_matchh", "did you mean `label_match`?"),
        ("zebra", "known here: at_least, label_match, weight"),
        ("", "known here: at_least, label_match, weight"),
    ],
)
def test_did_you_mean(word: str, hint: str) -> None:
    assert did_you_mean(word, ["weight", "label_match", "at_least"]) == hint


def test_there_may_be_nothing_to_mean() -> None:
    assert did_you_mean("word", []) is None
    assert closest("zebra", ["weight"]) is None


def test_a_huge_word_is_no_work() -> None:
    assert did_you_mean("x" * 10**7, ["weight"]) == "known here: weight"


def test_paths_are_written_with_dots_and_brackets() -> None:
    assert dotted(("components", "length", "full", 0)) == "components.length.full[0]"
    assert dotted((0, "id")) == "[0].id"
    assert dotted(()) == ""
