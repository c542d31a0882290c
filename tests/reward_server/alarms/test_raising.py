"""Raised once, over once: what wavers at a limit does not raise an alarm again and again."""

from itertools import cycle, islice

from hypothesis import given
from hypothesis import strategies as st

from reward_server.alarms.raising import Raising, raised
from reward_server.alarms.seen import Seen
from reward_server.reward.alarm_options import AlarmOptions
from tests.reward_server.alarms.making import OK, column, step, steps, words

LIMITS = AlarmOptions()


def test_a_length_that_wavers_at_the_limit_is_one_alarm() -> None:
    wavering = [{"words": words(median)} for median in islice(cycle([120, 122, 130, 126, 119]), 100)]
    history = [*steps((20, OK)), *(step(20 + number, **fields) for number, fields in enumerate(wavering))]
    assert [(alarm.raised, alarm.until) for alarm in raised(history, LIMITS)] == [(21, None)]


def test_an_alarm_that_is_over_can_be_raised_again() -> None:
    short = {"words": words(100)}
    history = steps((20, OK), (5, short), (5, OK), (5, short))
    assert [(alarm.since, alarm.until) for alarm in raised(history, LIMITS)] == [(20, 26), (30, None)]


def test_the_worst_level_stays_with_what_was_seen_then() -> None:
    history = steps(
        (20, OK), (3, {"words": words(100)}), (3, {"words": words(40)}), (3, {"words": words(100)})
    )
    (alarm,) = raised(history, LIMITS)
    assert (alarm.level, alarm.numbers["now"], alarm.last) == ("critical", 40, 28)


def test_an_alarm_about_a_component_that_is_gone_is_over() -> None:
    before = steps((40, {"components": {"old": column(mean=1.0), "rubric": column()}}))
    after = [step(40 + number, components={"rubric": column()}) for number in range(5)]
    assert [(alarm.subject, alarm.until) for alarm in raised([*before, *after], LIMITS)] == [("old", 40)]


def test_a_copy_goes_its_own_way() -> None:
    history = steps((20, OK), (2, {"words": words(100)}))
    raising = Raising(LIMITS)
    for number in range(1, len(history)):
        raising.take(Seen(history[:number], 10))
    other = raising.copy()
    other.take(Seen(history, 10))
    assert ([*raising.active], [*other.active]) == ([], [("length_collapse", "")])
    assert (len(raising.alarms), len(other.alarms)) == (0, 1)


medians = st.lists(st.floats(1, 500), min_size=0, max_size=60)


@given(medians, st.integers(0, 60))
def test_what_was_raised_up_to_a_step_does_not_depend_on_what_comes_after(
    values: list[float], cut: int
) -> None:
    history = [step(number, words=words(value)) for number, value in enumerate(values)]
    early = raised(history[:cut], LIMITS)
    late = raised(history, LIMITS)
    begun = [(alarm.since, alarm.raised) for alarm in late if alarm.raised < cut]
    assert [(alarm.since, alarm.raised) for alarm in early] == begun


@given(medians)
def test_alarms_of_one_subject_never_overlap(values: list[float]) -> None:
    history = [step(number, words=words(value)) for number, value in enumerate(values)]
    ends = [0]
    for alarm in raised(history, LIMITS):
        assert alarm.since <= alarm.raised <= alarm.last
        assert ends[-1] is not None
        assert alarm.raised >= ends[-1]
        ends.append(alarm.until)  # type: ignore[arg-type]
