"""What well formed means, completion by completion."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reward_server.components.structure import Structure, checks_of
from reward_server.reward.component import RIGHT, WRONG
from rubrics.completion import Completion, Fault
from rubrics.layout import PLAIN, Layout
from rubrics.outcome import Score
from rubrics.rollout import FinishReason, Rollout

MODERATION = Layout.model_validate(
    {
        "reasoning": {"tag": "think"},
        "answer": {
            "json": {"policy_1": [True, False], "policy_2": ["yes", "no"], "conclusion": [True, False]}
        },
    }
)
PREFILLED = Layout.model_validate(
    {"reasoning": {"prefilled": True}, "answer": {"json": {"label": [True, False]}}}
)
REFLECTION = Layout.model_validate(
    {"reasoning": {}, "answer": {"reflection": {"sub_labels": {"advertises": ["yes", "no"]}}}}
)
TAGGED = Layout.model_validate({"reasoning": {}, "answer": {"tag": "answer"}})

THOUGHT = "<think>\nThe post sells pills.\n</think>\n"
ANSWER = '{"policy_1": true, "policy_2": "no", "conclusion": true}'
GOOD = THOUGHT + ANSWER


def rollout(text: str, layout: Layout = MODERATION, finish_reason: FinishReason | None = None) -> Rollout:
    return Rollout(id="r", completion=Completion(text, layout), finish_reason=finish_reason)


def grade(
    text: str, layout: Layout = MODERATION, *, finish: FinishReason | None = None, **options: object
) -> Score:
    outcome = Structure.model_validate(options).score(rollout(text, layout, finish))
    assert isinstance(outcome, Score), "form is always the policy's doing"
    return outcome


WELL_FORMED = {
    "as asked": (GOOD, MODERATION),
    "white space around": (f"\n {GOOD} \n", MODERATION),
    "json on several lines": (THOUGHT + ANSWER.replace(", ", ",\n  "), MODERATION),
    "empty reasoning": (f"<think></think>{ANSWER}", MODERATION),
    "braces and other tags in the reasoning": (f"<think>{{a}} <b> </answer></think>{ANSWER}", MODERATION),
    "escaped key": (GOOD.replace("policy_1", "\\u0070olicy_1"), MODERATION),
    "prefilled tag left out": ('so.</think>{"label": true}', PREFILLED),
    "prefilled tag repeated by the model": ('<think>so.</think>{"label": true}', PREFILLED),
    "reflection": (
        '<think>a</think>{"first_decision": false, "advertises": "yes", "last_decision": true}',
        REFLECTION,
    ),
    "tagged answer": ("<think>a</think> <answer>42</answer>\n", TAGGED),
    "no layout": ("anything </think> at all {", PLAIN),
}


@pytest.mark.parametrize(("text", "layout"), WELL_FORMED.values(), ids=WELL_FORMED)
@pytest.mark.parametrize("how", ["all", "fraction"])
def test_c2_well_formed(text: str, layout: Layout, how: str) -> None:
    assert grade(text, layout, grade=how, finish="stop") == Score(RIGHT, "well formed")


F = Fault
MALFORMED = {
    "empty": ("", [F.REASONING_MISSING, F.ANSWER_MISSING]),
    "white space": (" \n\t", [F.REASONING_MISSING, F.ANSWER_MISSING]),
    "bare label": ("true", [F.REASONING_MISSING, F.ANSWER_NOT_JSON]),
    "bare json": (ANSWER, [F.REASONING_MISSING]),
    "prose only": ("This violates the policy.", [F.REASONING_MISSING, F.ANSWER_NOT_JSON]),
    "opening tag missing": (GOOD.replace("<think>", ""), [F.REASONING_UNOPENED]),
    "closing tag missing": (GOOD.replace("</think>", ""), [F.REASONING_UNCLOSED, F.ANSWER_MISSING]),
    "closing tag misspelt": (GOOD.replace("</think>", "</thnik>"), [F.REASONING_UNCLOSED, F.ANSWER_MISSING]),
    "tags in capitals": (GOOD.replace("think", "THINK"), [F.REASONING_MISSING, F.ANSWER_NOT_JSON]),
    "tag with a space": (GOOD.replace("<think>", "<think >"), [F.REASONING_UNOPENED]),
    "tags the wrong way round": (f"</think>a<think>{ANSWER}", [F.REASONING_UNOPENED, F.ANSWER_NOT_JSON]),
    "two blocks": (f"<think>a</think><think>b</think>{ANSWER}", [F.REASONING_REPEATED, F.ANSWER_NOT_JSON]),
    "nested block": (f"<think>a<think>b</think>{ANSWER}", [F.REASONING_REPEATED]),
    "closed twice": (f"<think>a</think></think>{ANSWER}", [F.REASONING_REPEATED, F.ANSWER_NOT_JSON]),
    "closed again at the end": (f"{GOOD}</think>", [F.REASONING_REPEATED, F.TEXT_AFTER_ANSWER]),
    "opened again at the end": (f"{GOOD}<think>", [F.REASONING_REPEATED, F.TEXT_AFTER_ANSWER]),
    "tag inside a json string": (
        GOOD.replace('"no"', '"no</think>"'),
        [F.REASONING_REPEATED, F.ANSWER_VOCABULARY],
    ),
    "text before": (f"Sure! {GOOD}", [F.TEXT_BEFORE_REASONING]),
    "json before": (f"{ANSWER}{GOOD}", [F.TEXT_BEFORE_REASONING]),
    "zero-width space before": (f"\u200b{GOOD}", [F.TEXT_BEFORE_REASONING]),
    "text between": (f"{THOUGHT}The answer is {ANSWER}", [F.ANSWER_NOT_JSON]),
    "text after": (f"{GOOD}\nHope this helps!", [F.TEXT_AFTER_ANSWER]),
    "full stop after": (f"{GOOD}.", [F.TEXT_AFTER_ANSWER]),
    "two objects": (f"{GOOD}{ANSWER}", [F.TEXT_AFTER_ANSWER]),
    "end-of-turn token after": (f"{GOOD}<|im_end|>", [F.TEXT_AFTER_ANSWER]),
    "no answer": (THOUGHT, [F.ANSWER_MISSING]),
    "fenced": (f"{THOUGHT}```json\n{ANSWER}\n```", [F.ANSWER_FENCED]),
    "fenced, broken inside": (f"{THOUGHT}```json\n{ANSWER[:-1]}\n```", [F.ANSWER_FENCED, F.ANSWER_NOT_JSON]),
    "empty fence": (f"{THOUGHT}```json\n```", [F.ANSWER_FENCED, F.ANSWER_NOT_JSON]),
    "fence not closed": (f"{THOUGHT}```json\n{ANSWER}", [F.ANSWER_NOT_JSON]),
    "brace missing": (GOOD[:-1], [F.ANSWER_NOT_JSON]),
    "comma at the end": (GOOD.replace("true}", "true,}"), [F.ANSWER_NOT_JSON]),
    "single quotes": (THOUGHT + ANSWER.replace('"', "'"), [F.ANSWER_NOT_JSON]),
    "python's booleans": (GOOD.replace("true", "True"), [F.ANSWER_NOT_JSON]),
    "an array around": (f"{THOUGHT}[{ANSWER}]", [F.ANSWER_NOT_JSON]),
    "a string around": (f'{THOUGHT}"{{}}"', [F.ANSWER_NOT_JSON]),
    "byte order mark": (f"{THOUGHT}\ufeff{ANSWER}", [F.ANSWER_NOT_JSON]),
    "deeper than a stack": (THOUGHT + '{"policy_1": ' * 100_000, [F.ANSWER_NOT_JSON]),
    "not a number": (GOOD.replace("true", "NaN"), [F.ANSWER_NOT_JSON]),
    "infinite by overflow": (GOOD.replace("true", "1e999"), [F.ANSWER_NOT_JSON]),
    "key twice, same value": (GOOD.replace("}", ', "conclusion": true}'), [F.ANSWER_DUPLICATE_KEY]),
    "key twice, hedging": (GOOD.replace("}", ', "conclusion": false}'), [F.ANSWER_DUPLICATE_KEY]),
    "key twice, escaped": (GOOD.replace("}", ', "con\\u0063lusion": false}'), [F.ANSWER_DUPLICATE_KEY]),
    "key missing": (GOOD.replace('"policy_2": "no", ', ""), [F.ANSWER_KEYS]),
    "key too many": (GOOD.replace("}", ', "confidence": 1}'), [F.ANSWER_KEYS]),
    "key misspelt": (GOOD.replace("policy_1", "policy1"), [F.ANSWER_KEYS]),
    "key in capitals": (GOOD.replace("conclusion", "Conclusion"), [F.ANSWER_KEYS]),
    "empty object": (f"{THOUGHT}{{}}", [F.ANSWER_KEYS]),
    "object inside an object": (f'{THOUGHT}{{"answer": {ANSWER}}}', [F.ANSWER_KEYS]),
    "conclusion first": (
        THOUGHT + '{"conclusion": true, "policy_1": true, "policy_2": "no"}',
        [F.ANSWER_ORDER],
    ),
    "order and vocabulary": (
        THOUGHT + '{"conclusion": 1, "policy_1": true, "policy_2": "no"}',
        [F.ANSWER_ORDER, F.ANSWER_VOCABULARY],
    ),
    "true as a string": (GOOD.replace("true", '"true"'), [F.ANSWER_VOCABULARY]),
    "true as 1": (GOOD.replace("true", "1"), [F.ANSWER_VOCABULARY]),
    "no as a boolean": (GOOD.replace('"no"', "false"), [F.ANSWER_VOCABULARY]),
    "yes in capitals": (GOOD.replace('"no"', '"NO"'), [F.ANSWER_VOCABULARY]),
    "both at once": (GOOD.replace('"no"', '["yes", "no"]'), [F.ANSWER_VOCABULARY]),
    "null": (GOOD.replace('"no"', "null"), [F.ANSWER_VOCABULARY]),
}


@pytest.mark.parametrize(("text", "faults"), MALFORMED.values(), ids=MALFORMED)
def test_c2_malformed(text: str, faults: list[Fault]) -> None:
    assert grade(text) == Score(WRONG, ", ".join(faults))
    share = grade(text, grade="fraction")
    assert 0 <= share.value < 1
    assert (share.reason or "").endswith(f" checks hold: {', '.join(faults)}")


def test_cut_off_by_the_trainer() -> None:
    assert grade(GOOD, finish="length") == Score(WRONG, "truncated")
    assert grade("", PLAIN, finish="length") == Score(WRONG, "answer_missing, truncated")
    assert grade(GOOD, finish="length", grade="fraction") == Score(11 / 12, "11 of 12 checks hold: truncated")
    assert grade(GOOD, finish=None).value == 1


@pytest.mark.parametrize(
    ("text", "faults"),
    [
        ("so. {}", "reasoning_unclosed, answer_missing"),  # inside the reasoning from the start
        ('{"label": true}', "reasoning_unclosed, answer_missing"),
        ('no<think>so.</think>{"label": true}', "text_before_reasoning"),
        ('<think><think>so.</think>{"label": true}', "reasoning_repeated"),
        ('so.</think>{"label": true}</think>', "reasoning_repeated, text_after_answer"),
    ],
)
def test_c2_malformed_with_a_prefilled_tag(text: str, faults: str) -> None:
    assert grade(text, PREFILLED) == Score(WRONG, faults)


@pytest.mark.parametrize(
    ("answer", "faults"),
    [
        ("42", "answer_untagged, answer_missing"),
        ("<answer>42", "answer_untagged, answer_missing"),
        ("so <answer>42</answer>", "answer_untagged, answer_missing"),
        ("<answer>42</answer> or 43", "text_after_answer, answer_missing"),
        ("<answer>42</answer><answer>43</answer>", "text_after_answer, answer_missing"),
        ("<answer> </answer>", "answer_missing"),
    ],
)
def test_c2_malformed_tagged_answers(answer: str, faults: str) -> None:
    assert grade(f"<think>a</think>{answer}", TAGGED) == Score(WRONG, faults)


@pytest.mark.parametrize(
    "answer",
    [
        '{"advertises": "yes", "first_decision": true, "last_decision": true}',
        '{"first_decision": true, "last_decision": true, "advertises": "yes"}',
    ],
)
def test_the_order_of_the_reflection_is_its_point(answer: str) -> None:
    assert grade(f"<think>a</think>{answer}", REFLECTION) == Score(WRONG, "answer_order")


def test_a_fence_can_be_allowed() -> None:
    fenced = f"{THOUGHT}```json\n{ANSWER}\n```"
    assert grade(fenced, allow_fence=True) == Score(RIGHT, "well formed")
    assert grade(fenced, allow_fence=True, finish="length") == Score(WRONG, "truncated")
    assert grade(f"{THOUGHT}```json\n```", allow_fence=True) == Score(WRONG, "answer_not_json")


@pytest.mark.parametrize(
    ("case", "held"),
    [
        # of 12: reasoning opened, closed, once, nothing before; answer present, one object, exact keys,
        # key order, vocabulary, nothing after, unfenced; not truncated
        ("empty", 1),  # only: not truncated
        ("bare json", 8),  # all about the answer (7), and not truncated
        ("bare label", 3),  # answer present, unfenced, not truncated
        ("opening tag missing", 9),  # without: opened, once, nothing before
        ("closing tag missing", 2),  # opened, not truncated
        ("nested block", 11),
        ("text before", 11),
        ("text after", 8),  # an object was read, but nobody looked at its keys
        ("key twice, hedging", 7),
        ("key missing", 9),  # without: keys, order, vocabulary
        ("conclusion first", 11),
        ("order and vocabulary", 10),
        ("true as a string", 11),
        ("fenced", 11),
        ("no answer", 5),
    ],
)
def test_a_fraction_counts_what_holds_by_hand(case: str, held: int) -> None:
    text, _ = MALFORMED[case]
    assert grade(text, grade="fraction").value == held / 12


def test_the_checks_of_a_layout() -> None:
    assert list(checks_of(MODERATION)) == [
        "reasoning_opened",
        "reasoning_closed",
        "reasoning_once",
        "nothing_before",
        "answer_present",
        "one_object",
        "exact_keys",
        "key_order",
        "vocabulary",
        "nothing_after",
        "unfenced",
        "not_truncated",
    ]
    assert list(checks_of(PREFILLED, allow_fence=True)) == [
        *("reasoning_closed", "reasoning_once", "nothing_before", "answer_present", "one_object"),
        *("exact_keys", "key_order", "vocabulary", "nothing_after", "not_truncated"),
    ]
    assert list(checks_of(PLAIN)) == ["answer_present", "not_truncated"]


@pytest.mark.parametrize("layout", [MODERATION, REFLECTION, TAGGED, PLAIN])
def test_every_fault_breaks_a_check_of_a_layout_that_can_have_it(layout: Layout) -> None:
    possible = {"answer_missing"}
    if layout.reasoning is not None:
        possible |= {fault for fault in Fault if "reasoning" in fault}
    if layout.answer is not None:
        possible |= {"text_after_answer"}
        json_only = {fault for fault in Fault if fault.startswith("answer_")} - {"answer_untagged"}
        possible |= {"answer_untagged"} if layout.answer.tag else json_only
    breaking = set().union(*checks_of(layout).values())
    assert breaking == possible | {"truncated"}


PIECES = [
    THOUGHT,
    ANSWER,
    "<think>",
    "</think>",
    "```json\n",
    "```",
    '{"policy_1": true',
    "}",
    "<answer>",
    "\ud800",
]
TEXTS = st.text() | st.lists(st.sampled_from(PIECES), max_size=8).map("".join)


@given(TEXTS, st.sampled_from([MODERATION, PREFILLED, REFLECTION, TAGGED, PLAIN]), st.booleans())
def test_c2_any_text_is_graded_between_0_and_1(text: str, layout: Layout, allow_fence: bool) -> None:
    strict = grade(text, layout, allow_fence=allow_fence)
    share = grade(text, layout, allow_fence=allow_fence, grade="fraction")
    assert strict.value in (0, 1)
    assert math.isfinite(share.value)
    assert (share.value == 1) == (strict.value == 1)
    assert len(strict.reason or "") < 300, "reasons name faults, they do not quote"


def test_in_a_group_each_is_graded_by_itself() -> None:
    texts = [GOOD, "", GOOD + "!", "\ud800" * 1000]
    outcomes = Structure().score_all([rollout(text) for text in texts])
    assert [outcome.value for outcome in outcomes if isinstance(outcome, Score)] == [1, 0, 0, 0]
