"""Verdicts carried to another rubric against the rubric applied to the same answers."""

import json
from collections.abc import Mapping
from copy import deepcopy
from random import Random

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from rubrics.cause import Cause
from rubrics.diff.carrying import Carrying, Saved
from rubrics.diff.obstacles import obstacles
from rubrics.diff.pairing import pair
from rubrics.diff.rescoring import Rescoring, rescore
from rubrics.document import parse
from rubrics.outcome import Outcome, Score, Unscored
from rubrics.problems import ConfigError
from rubrics.replay import replay
from rubrics.rollout import Rollout
from rubrics.rubric import Rubric
from rubrics.rubric_file import build_rubric
from rubrics.verdict import Reading
from tests.rubrics.arbitrary import Trial, any_rubric
from tests.rubrics.making import assess, rollout_of, rubric_of, yes
from tests.rubrics.reference import Entry

Readings = Mapping[str, Reading | Unscored]


def saved(rubric: Rubric, rollout: Rollout, readings: Readings) -> Saved:
    return {verdict.criterion: verdict for verdict in assess(rubric, rollout, readings).verdicts}


def carrying(before: Rubric, after: Rubric, anew: frozenset[str] = frozenset()) -> Carrying:
    pairing = pair(before, after)
    return Carrying(before, after, pairing, obstacles(before, after, pairing, anew))


def needs(before: Rubric, after: Rubric, anew: frozenset[str] = frozenset()) -> list[tuple[str, str]]:
    return [(o.criterion, o.need) for o in obstacles(before, after, pair(before, after), anew)]


def value(outcome: Outcome) -> object:
    return pytest.approx(outcome.value) if isinstance(outcome, Score) else outcome.cause


TEXT = """
criteria:
  - {{id: a, ask: A, weight: {a}, expect: {expect}}}
  - {{id: code, check: {{words: {{at_least: 2}}}}, weight: 2, expect: {code}}}
  - {{id: labelled, ask: L, weight: {labelled}, expect: {{label: metadata.l}}}}
  - {{id: tone, ask: T, scale: [bad, ok, good]}}
{rest}
"""
PLAIN = {"a": 3, "expect": "met", "code": "met", "labelled": 1, "rest": ""}
WORDS = st.sampled_from(["met", "unmet"])
RESTS = st.sampled_from(["", "weights: {mode: uniform}", "aggregate: {min_coverage: 0.4, range: [0, 1]}"])
ANSWERS = st.one_of(st.floats(0, 1).map(yes), st.just(Unscored(Cause.JUDGE_TIMEOUT, "late")))


@given(
    st.fixed_dictionaries(
        {
            "a": st.integers(-3, 3).filter(bool),
            "expect": WORDS,
            "code": WORDS,
            "labelled": st.integers(1, 4),
            "rest": RESTS,
        }
    ),
    ANSWERS,
    ANSWERS,
    st.sampled_from(["", "one", "two words"]),
    st.sampled_from(["yes", "no", None]),
)
def test_what_is_carried_is_what_the_same_answers_give(
    change: dict[str, object],
    first: Reading | Unscored,
    second: Reading | Unscored,
    text: str,
    label: str | None,
) -> None:
    before, after = (rubric_of(TEXT.format(**{**PLAIN, **options})) for options in ({}, change))
    rollout = rollout_of(text, metadata={"l": label})
    readings = {"a": first, "labelled": second, "tone": Reading({"bad": 0.25, "ok": 0.5, "good": 0.25})}
    outcomes = carrying(before, after).outcomes(saved(before, rollout, readings))
    assert outcomes is not None
    was, now = outcomes
    assert value(assess(before, rollout, readings)) == (was.value if isinstance(was, Score) else was.cause)
    assert value(assess(after, rollout, readings)) == (now.value if isinstance(now, Score) else now.cause)


def test_a_renamed_criterion_keeps_its_verdicts() -> None:
    before = rubric_of("criteria: [{id: a, ask: A}, {id: b, ask: B}]")
    after = rubric_of("criteria: [{id: a, ask: A, weight: 3}, {id: c, ask: B}]")
    outcomes = carrying(before, after).outcomes(saved(before, rollout_of(), {"a": yes(1.0), "b": yes(0.0)}))
    assert outcomes is not None
    assert [o.value for o in outcomes if isinstance(o, Score)] == [0.5, 0.75]
    assert [v.criterion for v in outcomes[1].verdicts] == ["a", "c"]


def test_weights_by_label_are_scaled_where_the_table_is_the_same() -> None:
    text = """
        weights: {mode: inverse_frequency, smoothing: 0, max_ratio: 9, table: {a: {yes: 1, no: 3}}}
        criteria: [{id: a, ask: A, weight: %s, expect: {label: metadata.a}}, {id: b, ask: B}]
    """
    before, after = rubric_of(text % 1), rubric_of(text % 2)
    rollout = rollout_of(metadata={"a": "yes"})
    readings = {"a": yes(1.0), "b": yes(0.0)}
    outcomes = carrying(before, after).outcomes(saved(before, rollout, readings))
    assert outcomes is not None
    assert value(assess(after, rollout, readings)) == outcomes[1].value  # type: ignore[union-attr]
    # 4 / (2 * 1) = 2 a weight: 2 / (2 + 1), then 4 / (4 + 1)
    assert [o.value for o in outcomes if isinstance(o, Score)] == [pytest.approx(2 / 3), pytest.approx(0.8)]
    other = rubric_of((text % 1).replace("no: 3", "no: 5"))
    assert needs(before, other) == [("a", "rollouts")]


def test_blank_text_is_worth_the_least_of_the_rubric_it_is_carried_to() -> None:
    before = rubric_of("criteria: [{id: a, ask: A}, {id: b, ask: B, weight: -1}]")
    after = rubric_of("criteria: [{id: a, ask: A, weight: -2}, {id: b, ask: B, weight: -1}]")
    outcomes = carrying(before, after).outcomes(saved(before, rollout_of(" "), {}))
    assert outcomes is not None
    assert outcomes[1] == assess(after, rollout_of(" "), {})
    # 1 + (-2 * 1 - 1 * 1) / 3
    assert [o.value for o in outcomes if isinstance(o, Score)] == [0.0, 0.0]


def test_what_stands_in_the_way() -> None:
    before = rubric_of("""
        criteria:
          - {id: a, ask: A}
          - {id: b, ask: B, scale: [bad, good]}
          - {id: c, check: {contains: [x]}}
          - {id: d, ask: D}
    """)
    after = rubric_of("""
        criteria:
          - {id: e, ask: E}
          - {id: f, check: {contains: [y]}}
          - {id: a, ask: A!}
          - {id: b, ask: B, scale: {bad: 0.5, good: 1}}
          - {id: c, check: {contains: [z]}}
          - {id: d, ask: D, expect: {label: metadata.d}}
    """)
    expected = [
        ("e", "judge"),
        ("f", "rollouts"),
        ("a", "judge"),
        ("b", "levels"),
        ("c", "rollouts"),
        ("d", "rollouts"),
    ]
    assert needs(before, after, frozenset("ae")) == expected
    assert needs(before, before) == []


GATES = "criteria: [{id: judged, ask: J, gate: {else: %s}}, {id: a, ask: A%s}]"


def test_a_closed_gate_tells_the_score_although_the_rest_needs_a_judge() -> None:
    before, after = rubric_of(GATES % (0, "")), rubric_of(GATES % (0.25, "!"))
    carry = carrying(before, after, frozenset("a"))
    closed = saved(before, rollout_of(), {"judged": yes(0.0)})
    opened = saved(before, rollout_of(), {"judged": yes(1.0), "a": yes(1.0)})
    outcomes = carry.outcomes(closed)
    assert outcomes is not None
    assert [o.value for o in outcomes if isinstance(o, Score)] == [0.0, 0.25]
    assert carry.outcomes(opened) is None
    gone = rubric_of("criteria: [{id: judged, ask: J}, {id: a, ask: A}]")
    assert carrying(before, gone).outcomes(closed) is None


def test_a_new_gate_could_decide_everything_so_nothing_is_told() -> None:
    before = rubric_of(GATES % (0, ""))
    after = rubric_of(
        (GATES % (0, "")).replace("}]", "}, {id: code, check: {contains: [x]}, gate: {else: 1}}]")
    )
    assert carrying(before, after).outcomes(saved(before, rollout_of(), {"judged": yes(0.0)})) is None


def test_rollouts_are_counted_by_what_is_known_of_them() -> None:
    before = rubric_of("criteria: [{id: a, ask: A}, {id: b, ask: B, weight: 3}]")
    after = rubric_of("aggregate: {min_coverage: 0.5}\ncriteria: [{id: a, ask: A}, {id: b, ask: B}]")
    late = Unscored(Cause.JUDGE_TIMEOUT)
    readings: list[Readings] = [
        {"a": yes(1.0), "b": yes(0.0)},  # 0.25, then 0.5
        {"a": yes(0.0), "b": yes(0.5)},  # 0.375, then 0.25: the other way round
        {"a": yes(1.0), "b": late},  # unscored, then 1
    ]
    results = [("g", saved(before, rollout_of(), each)) for each in readings]
    unfinished = {"a": results[0][1]["a"]}
    found = rescore(carrying(before, after), [*results, ("g", unfinished), ("h", {})])
    assert found == Rescoring(
        rollouts=5, not_judged=1, not_told=1, unscored_before=1, unscored_after=0, shift=found.shift
    )
    assert (found.shift.rollouts, found.shift.pairs, found.shift.flips) == (2, 1, 1)
    assert (found.shift.before, found.shift.after) == (0.3125, 0.375)


def test_code_that_was_not_run_leaves_the_score_untold() -> None:
    text = "criteria:\n  - {{id: a, ask: A}}\n  - {{id: short, check: {{words: {{at_most: {most}}}}}}}"
    before, after = rubric_of(text.format(most=3)), rubric_of(text.format(most=30))
    found = saved(before, rollout_of("one two three four"), {"a": yes(1)})
    assert needs(before, after) == [("short", "rollouts")]
    assert carrying(before, after).outcomes(found) is None


def test_a_new_gate_that_nobody_was_asked_about_comes_before_a_failure() -> None:
    before = rubric_of("criteria: [{id: a, ask: A}, {id: b, ask: B, gate: {else: 0}}]")
    after = rubric_of("criteria: [{id: a, ask: A, gate: {else: 0.5}}, {id: b, ask: B, gate: {else: 0}}]")
    found = saved(before, rollout_of(), {"b": Unscored(Cause.JUDGE_TIMEOUT, "late")})
    assert found.keys() == {"b"}
    assert carrying(before, after).outcomes(found) is None


def changed(chance: Random, data: Entry) -> Entry:
    """Another rubric of nearly the same statements."""
    after = deepcopy(data)
    criteria: list[Entry] = after["criteria"]
    for c in criteria:
        if chance.random() < 0.3:
            c["weight"] = chance.choice([1, 2, 4])
            c["gate"] = chance.choice([None, {"else": 0}, {"cap": 0.25}])
        if chance.random() < 0.2:
            c["expect"] = chance.choice(["met", "unmet"])
        if chance.random() < 0.1:
            c["id"] = f"renamed_{c['id']}"
        if "check" in c and chance.random() < 0.2:
            c["check"] = {"contains": ["otherwise"]}
    chance.shuffle(criteria)
    after["aggregate"]["min_coverage"] = chance.choice([0.01, 0.4, 1.0])
    after.pop("weights", None)
    return after


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32))
@example(6443110)  # a label that is none decides before a judged gate does
@example(312828671)  # and so it may for a check that changed
def test_what_is_told_is_what_replay_finds(seed: int) -> None:
    chance = Random(seed)
    data = any_rubric(chance)
    try:
        before, after = (build_rubric(parse(json.dumps(each))) for each in (data, changed(chance, data)))
    except ConfigError:
        return
    names = {was.id: now.id for was, now in pair(before, after).both}
    for _ in range(3):
        trial = Trial(chance, data, before)
        found = {verdict.criterion: verdict for verdict in trial.outcome.verdicts}
        outcomes = carrying(before, after).outcomes(found)
        if outcomes is None:
            continue
        assert value(outcomes[0]) == value(trial.outcome)
        if isinstance(outcomes[1], Score):
            known = {names[name]: verdict for name, verdict in found.items() if name in names}
            assert value(outcomes[1]) == value(replay(after, trial.rollout, known))
