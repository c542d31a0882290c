"""Each alarm is raised at the right step of a run made by hand, and is over at the right one."""

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from reward_server.alarms.alarm import Alarm
from reward_server.alarms.raising import Raising, raised
from reward_server.alarms.rounds import Round
from reward_server.alarms.rules import LIVE_RULES, RULES
from reward_server.alarms.seen import Seen
from reward_server.history.statistics import DeadGroups, StepStatistics
from reward_server.reward.alarm_options import AlarmOptions, LengthCollapse
from tests.reward_server.alarms.making import EXAMPLES, OK, column, step, steps, words

LIMITS = AlarmOptions()


def spans(
    history: Sequence[StepStatistics], options: AlarmOptions = LIMITS, rounds: Sequence[Round] = ()
) -> list[tuple[str, str, int, int, int | None]]:
    """Every alarm: its name and subject, since when, raised when, until when."""
    found = raised(history, options, rounds)
    return [(alarm.name, alarm.subject, alarm.since, alarm.raised, alarm.until) for alarm in found]


def only(history: Sequence[StepStatistics], rounds: Sequence[Round] = ()) -> Alarm:
    (alarm,) = raised(history, LIMITS, rounds)
    return alarm


def test_a_run_in_which_nothing_is_wrong_raises_nothing() -> None:
    assert spans(steps((100, OK))) == []


# -- length -----------------------------------------------------------------------------------------


def test_a_length_collapse_is_raised_at_the_second_step_below_half_of_the_baseline() -> None:
    history = steps((20, OK), (1, {"words": words(124)}), (5, {"words": words(120)}), (10, OK))
    alarm = only(history)
    assert (alarm.name, alarm.level) == ("length_collapse", "warning")
    # 250 words in the first 10 steps, so 125 is the limit; over at the second step from 125 / 0.8 = 156 on
    assert (alarm.since, alarm.raised, alarm.last, alarm.until) == (20, 21, 25, 27)
    assert alarm.numbers == {"now": 120, "before": 250, "limit": 125}
    assert alarm.seen == (
        "a median of 120 words of reasoning, below 125 over the last 2 steps; 250 in the first 10"
    )
    assert list(alarm.rollouts) == EXAMPLES["short"]


def test_below_fifty_words_it_is_critical_also_where_that_is_more_than_half() -> None:
    history = steps((20, {"words": words(80)}), (2, {"words": words(45)}))  # half of 80 is 40
    alarm = only(history)
    assert (alarm.name, alarm.level, alarm.raised) == ("length_collapse", "critical", 21)


def test_a_policy_that_never_said_fifty_words_is_held_to_half_of_what_it_said() -> None:
    assert spans(steps((20, {"words": words(30)}), (5, {"words": words(16)}))) == []
    found = spans(steps((20, {"words": words(30)}), (5, {"words": words(14)})))
    assert found == [("length_collapse", "", 20, 21, None)]
    assert spans(steps((50, {"words": words(0)}))) == []


def test_one_short_step_is_no_collapse() -> None:
    assert spans(steps((20, OK), (1, {"words": words(20)}), (5, OK))) == []


@pytest.mark.parametrize("collapse", range(1, 10))
def test_there_is_no_alarm_about_a_change_before_there_is_a_baseline(collapse: int) -> None:
    changed: Mapping[str, Any] = {"words": words(20), "duplicates": 60, "truncated": 60, "inconsistent": 30}
    found = raised(steps((collapse, OK), (10 - collapse, changed)), LIMITS)
    assert found == []


def test_steps_without_a_reward_are_no_baseline() -> None:
    outage = {"scored": 0, "unscored": {"judge_unreachable": 64}, "words": words(400)}
    history = steps((5, outage), (10, OK), (5, {"words": words(130)}))
    assert "length_collapse" not in {name for name, *_ in spans(history)}  # below half of 400, not of 250


def test_the_reward_file_sets_the_limits() -> None:
    tight = AlarmOptions(baseline=3, length_collapse=LengthCollapse(factor=0.9, steps=1))
    history = steps((3, OK), (3, {"words": words(224)}))  # 90 % of 250 is 225
    assert spans(history, tight) == [("length_collapse", "", 3, 3, None)]
    assert spans(history) == []
    assert spans(history, AlarmOptions(baseline=3, length_collapse="off")) == []


# -- groups -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["right", "wrong", "equal", "unscored"])
def test_dead_groups_are_told_by_kind(kind: str) -> None:
    history = steps((20, OK), (10, {"dead": DeadGroups(**{kind: 8})}), (10, OK))
    alarm = only(history)
    assert (alarm.name, alarm.subject) == ("dead_groups", kind)
    # of 5 steps of 8 groups: with 4 bad steps (32 + 2) / 40 = 85 %, surely (Wilson) more than 71 %;
    # with 3, 28 / 40 = 70 %, surely more than 54 %; with 2, 22 / 40 = 55 %, more than 40 % only
    assert (alarm.since, alarm.raised) == (20, 22)
    # the last three bad steps are 70 %; over below 40 %: one of five bad is 40 %, none 25 %
    assert (alarm.last, alarm.until) == (31, 34)
    assert alarm.level == "critical"  # once all of 40 were: surely more than 91 %


def test_too_easy_and_too_hard_prompts_together_are_told_as_both() -> None:
    history = steps((20, OK), (10, {"dead": DeadGroups(right=3, wrong=4)}))
    found = {(subject, level) for name, subject, level in _levels(history) if name == "dead_groups"}
    assert found == {("right", "warning"), ("wrong", "warning")}  # 35 of 40: no more than 74 % for sure


def test_a_run_of_a_single_group_a_step_is_looked_at_over_several_steps() -> None:
    few = {"groups": 1, "dead": DeadGroups(right=1)}
    assert spans(steps((4, few))) == []
    assert [found[:4] for found in spans(steps((5, few))) if found[0] == "dead_groups"] == [
        ("dead_groups", "right", 0, 4)  # five of five: surely more than 57 %
    ]


def _levels(history: Sequence[StepStatistics]) -> list[tuple[str, str, str]]:
    return [(alarm.name, alarm.subject, alarm.level) for alarm in raised(history, LIMITS)]


# -- components -------------------------------------------------------------------------------------


def with_accuracy(**fields: Any) -> Mapping[str, Any]:
    return {"components": {"accuracy": column(**fields), "rubric": column(0.5)}}


def test_a_saturated_component_is_told_once_512_rollouts_show_it() -> None:
    history = steps((20, OK), (20, with_accuracy(mean=0.99)), (20, OK))
    # 8 steps of 64 rollouts; 7 of them at .99 and one at .6 are .94
    assert spans(history) == [("component_saturated", "accuracy", 20, 27, 40)]
    assert list(only(history).rollouts) == EXAMPLES["first"]
    assert spans(steps((60, with_accuracy(mean=0.975)))) == []


def test_the_range_of_a_component_is_its_own() -> None:
    wide = with_accuracy(mean=0.99, low=-3.0, high=5.0)  # half-way
    assert spans(steps((40, wide))) == []
    top = with_accuracy(mean=4.95, low=-3.0, high=5.0)  # 7.95 of 8
    assert spans(steps((40, top))) == [("component_saturated", "accuracy", 0, 7, None)]


def test_a_component_that_does_not_vary_within_groups_is_flat() -> None:
    history = steps((20, OK), (10, with_accuracy(mean=0.86, within=0.0)), (10, OK))
    # five steps, as they have 40 of the 32 groups; over with the first that varies by .3 / 5 = 6 %
    assert spans(history) == [("component_flat", "accuracy", 20, 24, 30)]


def test_a_saturated_component_is_not_told_as_flat_too() -> None:
    names = {name for name, *_ in spans(steps((40, with_accuracy(mean=1.0, within=0.0))))}
    assert names == {"component_saturated"}


def test_a_component_that_only_monitors_raises_nothing() -> None:
    monitor = with_accuracy(mean=1.0, within=0.0, weight=0.0, share=0.0)
    assert spans(steps((40, monitor))) == []


def test_components_without_values_are_neither_fine_nor_bad() -> None:
    nothing = with_accuracy(mean=None, within=None, scored=0, unscored=64, share=None)
    history = steps((20, with_accuracy(mean=0.99)), (10, nothing), (10, with_accuracy(mean=0.99)))
    assert spans(history) == [("component_saturated", "accuracy", 0, 7, None)]


def shared(accuracy: float, rubric: float) -> Mapping[str, Any]:
    return {"components": {"accuracy": column(share=accuracy), "rubric": column(0.5, share=rubric)}}


def test_a_component_that_drives_the_whole_advantage_is_told_and_so_is_the_one_that_drives_nothing() -> None:
    history = steps((20, OK), (20, shared(0.995, 0.005)), (20, OK))
    found = spans(history)
    assert {(name, subject) for name, subject, *_ in found} == {
        ("advantage_share", "accuracy"),
        ("advantage_share", "rubric"),
    }
    assert {(since, at) for _, _, since, at, _ in found} == {(20, 27)}  # 8 steps of 64 rollouts
    assert spans(steps((40, shared(0.85, 0.15)))) == []


def test_a_component_with_little_weight_may_drive_little() -> None:
    small = {
        "components": {
            "accuracy": column(share=0.995, weight=0.95),
            "rubric": column(0.5, share=0.005, weight=0.05),
        }
    }
    assert spans(steps((40, small))) == []


def test_the_only_component_may_drive_everything() -> None:
    assert spans(steps((40, {"components": {"accuracy": column(share=1.0, weight=1.0)}}))) == []


# -- unscored ---------------------------------------------------------------------------------------


def unscored(**causes: int) -> Mapping[str, Any]:
    return {"unscored": causes, "scored": 64 - sum(causes.values())}


def test_an_outage_is_told_at_once_with_its_cause() -> None:
    history = steps((20, OK), (2, unscored(judge_unreachable=64)), (10, OK))
    alarm = only(history)
    assert (alarm.name, alarm.subject, alarm.level) == ("unscored_fraction", "judge_unreachable", "critical")
    # over when less than 4 % of the last three steps are
    assert (alarm.since, alarm.raised, alarm.until) == (20, 20, 24)
    assert alarm.advice == "check that the judge runs and that base_url is right"
    assert spans(steps((3, unscored(judge_unreachable=64))))[0][3] == 0  # before any baseline, too


def test_a_few_unscored_rollouts_are_told_when_they_surely_are_more_than_a_twentieth() -> None:
    # 8 of 64: surely more than 6.5 %; 6 of 64: 4.4 %, but 18 of 192 are surely more than 6 %
    assert spans(steps((5, OK), (1, unscored(judge_timeout=8))))[0][:4] == (
        "unscored_fraction",
        "judge_timeout",
        5,
        5,
    )
    assert spans(steps((5, OK), (3, unscored(judge_timeout=6))))[0][:4] == (
        "unscored_fraction",
        "judge_timeout",
        5,
        7,
    )
    assert spans(steps((50, unscored(judge_timeout=2)))) == []


def test_causes_are_told_apart_and_rare_ones_left_out() -> None:
    history = steps((5, unscored(judge_timeout=20, deadline=16, judge_garbled=1)))
    assert {subject for _, subject, *_ in spans(history)} == {"judge_timeout", "deadline"}


# -- shares that rise -------------------------------------------------------------------------------

RISING = {
    "think_answer_inconsistency": ("inconsistent", "inconsistent"),
    "duplicates_rising": ("duplicates", "duplicate"),
    "identity_copies": ("copies", "copy"),
    "truncation_rising": ("truncated", "truncated"),
}


@pytest.mark.parametrize("name", RISING)
def test_a_share_that_rises_is_told(name: str) -> None:
    field, kind = RISING[name]
    history = steps((20, OK), (20, {field: 30}), (20, OK))  # from 2 of 64 to 30 of 64
    alarm = only(history)
    assert (alarm.name, alarm.since, list(alarm.rollouts)) == (name, 20, EXAMPLES[kind])
    # Of the last 5 steps, one that is bad is 38 of 320 rollouts, two are 66: 17.5 % more than before. At
    # step 21 rollouts give a standard error of sqrt(3 * .090 * .910 * (1/640 + 1/320)) = 3.4 %, and steps
    # one of sqrt(.4375^2 / 42 * (1/10 + 1/5)) = 3.7 %, four of which are 14.8 %.
    assert (alarm.raised, alarm.last, alarm.until) == (21, 42, 44)
    assert alarm.numbers["now"] == 66 / 320
    assert alarm.numbers["before"] == 2 / 64


@pytest.mark.parametrize("name", RISING)
def test_a_share_that_was_high_from_the_beginning_has_not_risen(name: str) -> None:
    field, _ = RISING[name]
    assert spans(steps((60, {field: 25}))) == []


@pytest.mark.parametrize("name", ["identity_copies", "truncation_rising"])
def test_more_than_half_is_too_much_even_from_the_beginning(name: str) -> None:
    field, _ = RISING[name]
    found = raised(steps((60, {field: 50})), LIMITS)
    assert [(alarm.name, alarm.level, alarm.raised) for alarm in found] == [(name, "critical", 14)]


# -- judges -----------------------------------------------------------------------------------------


def canaries(at: int, found: int, asked: int = 20, criterion: str = "cites") -> Round:
    return Round(
        kind="canary",
        judge="main",
        criterion=criterion,
        step=at,
        at=0.0,
        asked=asked,
        found=found,
        rollouts=[at] if found else [],
    )


def anchors(at: int, excess: float, error: float = 0.005, asked: int = 20) -> Round:
    return Round(
        kind="anchor",
        judge="main",
        criterion="cites",
        step=at,
        at=0.0,
        asked=asked,
        found=excess + 0.02,
        retest=0.02,
        excess=excess,
        error=error,
        direction=excess,
        rollouts=[at],
    )


def test_canaries_found_met_are_told_when_they_surely_are_more_than_a_hundredth() -> None:
    clean = [canaries(at, 0) for at in range(0, 20, 2)]
    assert spans(steps((30, OK)), rounds=clean) == []
    # 1 of 100 in the last five rounds; then 3 of 100: surely more than 1.03 %
    fooled = [*clean, canaries(20, 1), canaries(22, 2)]
    alarm = only(steps((30, OK)), fooled)
    assert (alarm.name, alarm.subject, alarm.since, alarm.raised) == (
        "judge_false_positives",
        "cites",
        20,
        22,
    )
    assert alarm.seen == "3 of 100 canaries (3%) were found met by main, over 5 rounds"
    assert list(alarm.rollouts) == [22, 20]
    # of the clean rounds that follow, four leave 2 of 100, which is too much still; the fifth leaves none
    after = [*fooled, *(canaries(at, 0) for at in range(24, 34, 2))]
    assert only(steps((40, OK)), after).until == 32


def test_a_judge_that_finds_everything_met_is_critical_at_once() -> None:
    alarm = only(steps((5, OK)), [canaries(3, 20)])
    assert (alarm.level, alarm.raised) == ("critical", 3)


def test_verdicts_that_moved_twice_are_drift() -> None:
    still = [anchors(at, 0.0) for at in (2, 4)]
    alarm = only(steps((20, OK)), [*still, anchors(6, 0.1), anchors(8, 0.12), anchors(10, 0.0)])
    assert (alarm.name, alarm.subject, alarm.since, alarm.raised, alarm.until) == (
        "judge_drift",
        "cites",
        6,
        8,
        10,
    )
    assert alarm.seen == (
        "verdicts of main on 20 anchors moved by 0.14 on average (0.02 at the retest), +0.12 with their signs"
    )


@pytest.mark.parametrize(
    "twice",
    [anchors(6, 0.04), anchors(6, 0.1, error=0.03), anchors(6, 0.3, asked=4)],
    ids=["too little", "not surely", "too few anchors"],
)
def test_what_a_retest_or_chance_would_do_is_no_drift(twice: Round) -> None:
    assert spans(steps((20, OK)), rounds=[twice, twice, twice]) == []


# -- the store --------------------------------------------------------------------------------------


def test_a_failing_store_is_told_while_it_fails() -> None:
    raising = Raising(LIMITS, LIVE_RULES)
    raising.take(Seen((), 10))
    assert not raising.active
    raising.take(Seen((), 10, lost=64))
    assert [(key, alarm.level, alarm.seen) for key, alarm in raising.active.items()] == [
        (("store_failing", ""), "critical", "64 rollouts could not be stored, or not in time")
    ]
    raising.take(Seen((), 10))
    assert not raising.active


# -- all of them ------------------------------------------------------------------------------------


def test_there_is_an_option_for_each_and_each_can_be_off() -> None:
    names = [rule.name for rule in RULES]
    assert sorted(names) == sorted(AlarmOptions.model_fields.keys() - {"baseline"})
    bad = step(0, words=words(5), dead=DeadGroups(wrong=8), **with_accuracy(mean=1.0))
    history = [*steps((20, OK)), *(step(20 + number, **_fields(bad)) for number in range(20))]
    assert len(spans(history)) > 2
    assert spans(history, AlarmOptions.model_validate(dict.fromkeys(names, "off"))) == []


def _fields(made: StepStatistics) -> Mapping[str, Any]:
    return {"words": made.words, "dead": made.dead, "components": made.components}
