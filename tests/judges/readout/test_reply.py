"""What counts as a verdict, and what does not."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from judges.readout.reply import choice_begun, read, read_json, read_text, read_token
from judges.request import Alternatives, Form, Reply
from rubrics.cause import Cause
from rubrics.outcome import Unscored
from rubrics.verdict import Reading

YES_NO = ("yes", "no")
LETTERS = ("A", "B", "C")


def logs(**chances: float) -> Alternatives:
    return [(token, math.log(chance)) for token, chance in chances.items()]


def cause(outcome: Reading | Unscored) -> Cause:
    assert isinstance(outcome, Unscored)
    return outcome.cause


def test_all_spellings_of_an_answer_are_summed_and_normalised() -> None:
    alternatives = [
        *logs(yes=0.40, Yes=0.10, YES=0.05, no=0.20, No=0.05, The=0.10),
        ("\u0120yes", math.log(0.03)),
        ("\u2581Yes", math.log(0.01)),
        ('"yes', math.log(0.01)),
    ]
    # P(yes) = .40 + .10 + .05 + .03 + .01 + .01 = .60, P(no) = .25, so .60 / .85 and .25 / .85
    reading = read_token(alternatives, YES_NO)
    assert isinstance(reading, Reading)
    assert reading.choices == pytest.approx({"yes": 0.60 / 0.85, "no": 0.25 / 0.85})


def test_a_judge_with_less_than_half_on_the_choices_has_abstained() -> None:
    assert cause(read_token(logs(yes=0.30, no=0.19, Hmm=0.5), YES_NO)) == Cause.JUDGE_ABSTAINED
    assert isinstance(read_token(logs(yes=0.30, no=0.21, Hmm=0.4), YES_NO), Reading)


@pytest.mark.parametrize(
    "alternatives", [[("!!!!", 0.0)], [("blorf", -0.7), ("wug", -0.7)], [("yes", -9999.0)]]
)
def test_a_judge_that_does_not_even_consider_the_choices_babbles(alternatives: Alternatives) -> None:
    assert cause(read_token(alternatives, YES_NO)) == Cause.JUDGE_GARBLED


@pytest.mark.parametrize(
    ("token", "choices", "choice"),
    [
        ("yes", YES_NO, "yes"),
        (" Yes.", YES_NO, "yes"),
        ("**No**", YES_NO, "no"),
        ("\u010ano", YES_NO, "no"),
        ("ye", YES_NO, "yes"),
        ("n", YES_NO, None),  # n/a
        ("y", YES_NO, None),
        ("not", YES_NO, None),
        ("none", YES_NO, None),
        ("yesterday", YES_NO, None),
        ("", YES_NO, None),
        ("\n", YES_NO, None),
        ("B", LETTERS, "B"),
        ("(B)", LETTERS, "B"),
        ("a", LETTERS, None),  # as in "a good answer"
        ("sev", ("mild", "severe"), "severe"),
        ("se", ("senior", "severe"), None),
        ("no", ("no", "none"), None),  # may go on to none
        ("none", ("no", "none"), "none"),
        ("bad", ("not bad", "very bad"), None),
        ("x" * 1_000_000, YES_NO, None),
    ],
)
def test_a_token_counts_for_a_choice_only_where_it_can_be_no_other(
    token: str, choices: tuple[str, ...], choice: str | None
) -> None:
    assert choice_begun(token, choices) == choice


@pytest.mark.parametrize(
    "alternatives",
    [
        [("yes", math.nan), ("no", -1.0)],
        [("yes", 0.7)],
        [("yes", 0.0), ("no", 0.0)],
        [("yes", math.inf)],
    ],
)
def test_p06_numbers_that_are_no_probabilities_are_garbage(alternatives: Alternatives) -> None:
    assert cause(read_token(alternatives, YES_NO)) == Cause.JUDGE_GARBLED


def test_an_impossible_alternative_counts_for_nothing() -> None:
    reading = read_token([("yes", 0.0), ("no", -math.inf), ("No", -9999.0)], YES_NO)
    assert reading == Reading({"yes": 1.0, "no": 0.0})


@pytest.mark.parametrize("text", ["yes", "Yes.", ' "yes" ', "**Yes**", "YES\n", "`yes`"])
def test_a_text_that_is_one_choice_is_a_verdict(text: str) -> None:
    assert read_text(text, YES_NO) == Reading({"yes": 1.0, "no": 0.0})


@pytest.mark.parametrize(
    "text",
    [
        "",
        "yes and no",
        "yes, no",
        "Answer with exactly one of: yes, no.",
        "Answer: yes",
        "The criterion is met: yes",
        "yes, because the text says so",
        "not bad",
        "n",
        '{"verdict": "yes"}',
        "On a scale of 1 to 10 I give 3",
        "!!!!",
        "I can't help with that.",
        "yes " * 100_000 + "no",
    ],
)
def test_p01_an_echo_or_a_longer_text_is_no_verdict(text: str) -> None:
    outcome = read_text(text, YES_NO)
    assert cause(outcome) == Cause.JUDGE_GARBLED
    assert isinstance(outcome, Unscored)
    assert len(outcome.detail or "") < 120


def test_a_substring_of_a_choice_is_no_choice() -> None:
    assert cause(read_text("bad", ("very bad", "good"))) == Cause.JUDGE_GARBLED


def test_letters_are_read_in_their_own_case() -> None:
    assert read_text("B.", LETTERS) == Reading({"A": 0.0, "B": 1.0, "C": 0.0})
    assert cause(read_text("b", LETTERS)) == Cause.JUDGE_GARBLED


def test_a_refusal_is_a_refusal_whatever_else_the_reply_holds() -> None:
    reply = Reply("yes", logs(yes=0.99), refusal="I can't help with that.")
    assert cause(read(reply, YES_NO, "token")) == Cause.JUDGE_REFUSED


YES = Reading({"yes": 1.0, "no": 0.0})


@pytest.mark.parametrize("text", ['{"verdict": "yes"}', ' {"verdict":"Yes"}\n', '{"verdict": "\\u0079es"}'])
def test_one_object_with_one_verdict_is_a_verdict(text: str) -> None:
    assert read_json(text, YES_NO) == YES


@pytest.mark.parametrize(
    "text",
    [
        "",
        "yes",
        '"yes"',
        '["yes"]',
        "{}",
        '{"verdict": true}',
        '{"verdict": null}',
        '{"verdict": ["yes"]}',
        '{"verdict": "maybe"}',
        '{"answer": "yes"}',
        '{"Verdict": "yes"}',
        '{"verdict": "yes", "reason": "no"}',
        '{"verdict": "no", "verdict": "yes"}',
        '{"verdict": "no", "\\u0076erdict": "yes"}',
        '{"verdict": "yes"} {"verdict": "no"}',
        '{"verdict": "yes"}{"verdict": "yes"}',
        '{"verdict": "yes"},',
        'The verdict: {"verdict": "yes"}',
        '```json\n{"verdict": "yes"}\n```',
        '\ufeff{"verdict": "yes"}',
        '{"verdict": "yes"',
        '{"verdict": "yes", "x": NaN}',
        "{'verdict': 'yes'}",
        '{"verdict":' * 100_000,
        '{"verdict":' + "[" * 100_000,
        '{"verdict": ' + "9" * 100_000 + "}",
    ],
)
def test_p06_anything_but_exactly_one_object_with_one_verdict_is_garbage(text: str) -> None:
    outcome = read_json(text, YES_NO)
    assert cause(outcome) == Cause.JUDGE_GARBLED
    assert isinstance(outcome, Unscored)
    assert len(outcome.detail or "") < 160


CERTAIN: Alternatives = [("yes", 0.0), ("no", -9999.0)]


@pytest.mark.parametrize(
    ("form", "reply"),
    [
        ("token", Reply("yes")),
        ("token", Reply("yes", [])),
        ("token", Reply('{"verdict": "yes"}')),
        ("choice", Reply('{"verdict": "yes"}')),
        ("choice", Reply("", CERTAIN)),
        ("json", Reply("yes")),
        ("json", Reply("yes", CERTAIN)),
        ("text", Reply("")),
        ("choice", Reply("yes", truncated=True)),
        ("json", Reply('{"verdict": "yes"}', truncated=True)),
        ("text", Reply("yes", truncated=True)),
    ],
)
def test_a_question_asked_in_one_form_is_not_answered_in_another(form: Form, reply: Reply) -> None:
    assert cause(read(reply, YES_NO, form)) == Cause.JUDGE_GARBLED


@pytest.mark.parametrize(
    ("form", "reply"),
    [
        ("token", Reply("yes", CERTAIN, truncated=True)),  # one token of one, so always at the limit
        ("choice", Reply("yes")),
        ("json", Reply('{"verdict": "yes"}')),
        ("text", Reply("Yes.")),
    ],
)
def test_each_form_is_read_in_its_own_way(form: Form, reply: Reply) -> None:
    assert read(reply, YES_NO, form) == YES


@pytest.mark.parametrize("form", ["token", "choice", "json", "text"])
def test_a_refusal_is_a_refusal_in_every_form(form: Form) -> None:
    reply = Reply('{"verdict": "yes"}', CERTAIN, refusal="no")
    assert cause(read(reply, YES_NO, form)) == Cause.JUDGE_REFUSED


@given(st.dictionaries(st.text(max_size=6), st.floats(0, 1), max_size=8), st.permutations(range(8)))
def test_p07_the_order_of_the_alternatives_changes_nothing(
    chances: dict[str, float], order: list[int]
) -> None:
    total = sum(chances.values()) or 1.0
    tokens = ["yes", " Yes", "No", *chances]
    shares = [0.3, 0.2, 0.1, *(0.4 * chance / total for chance in chances.values())]
    alternatives = [
        (token, math.log(share)) for token, share in zip(tokens, shares, strict=True) if share > 0
    ]
    shuffled = [alternatives[index] for index in order if index < len(alternatives)]
    shuffled += [alternatives[index] for index in range(len(alternatives)) if index not in order]
    assert read_token(alternatives, YES_NO) == read_token(shuffled, YES_NO)
