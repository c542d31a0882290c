"""A run is followed as it grows: told once, and the same alarms as if it had been looked at as a whole."""

from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st

from reward_server.alarms.following import Following
from reward_server.alarms.looking import Looked, Looking
from reward_server.alarms.raising import raised
from reward_server.alarms.rounds import Round
from reward_server.alarms.table import alarms_of, rounds_of, write_rounds
from reward_server.history.statistics import StepStatistics
from reward_server.reward.alarm_options import AlarmOptions
from reward_server.store.database import open_to_write
from reward_server.store.reading import Store
from tests.reward_server.alarms.making import OK, step, steps, words
from tests.reward_server.alarms.stored import make_run, put

LIMITS = AlarmOptions()
COLLAPSED = steps((20, OK), (10, {"words": words(30)}), (10, OK))
CANARIES = Round(
    kind="canary", judge="main", criterion="cites", step=3, at=1.0, asked=20, found=9.0, rollouts=[7]
)


def names(looked: Looked) -> tuple[list[str], list[str], list[str]]:
    """What was raised, what is over, what goes on."""
    raised_, cleared, active = ([alarm.name for _, alarm in part] for part in looked[:3])
    return raised_, cleared, active


def test_an_alarm_is_told_once_when_raised_and_once_when_over(tmp_path: Path) -> None:
    path = tmp_path / "s.sqlite3"
    run = make_run(path)
    looking = Looking(path, {"made": LIMITS}, since=0.0)
    told = []
    for each in COLLAPSED:
        put(path, run, [each])
        told.append((each.step, names(looking.look())))
    said = [(number, *found[:2]) for number, found in told if found[0] or found[1]]
    # a step is over when the next one has begun: what step 21 shows is told when step 22 is there
    assert said == [(22, ["length_collapse"], []), (32, [], ["length_collapse"])]
    active = [number for number, found in told if found[2]]
    assert active == list(range(22, 32))


def test_the_last_step_is_taken_when_no_more_comes(tmp_path: Path) -> None:
    path = tmp_path / "s.sqlite3"
    run = make_run(path)
    put(path, run, COLLAPSED[:22])
    looking = Looking(path, {"made": LIMITS}, since=0.0)
    assert names(looking.look()) == ([], [], [])
    assert names(looking.look(over=True)) == (["length_collapse"], [], ["length_collapse"])
    assert names(looking.look(over=True)) == ([], [], ["length_collapse"])


def test_the_table_has_what_a_look_at_the_whole_run_gives(tmp_path: Path) -> None:
    path = tmp_path / "s.sqlite3"
    run = make_run(path)
    looking = Looking(path, {"made": LIMITS}, since=0.0)
    for end in range(1, len(COLLAPSED), 3):
        put(path, run, COLLAPSED[max(0, end - 3) : end])
        looking.look()
    put(path, run, COLLAPSED)
    looking.look(over=True)
    with closing(Store(path)) as store:
        assert alarms_of(store, run) == raised(COLLAPSED, LIMITS)
        (row,) = alarms_of(store, run)
        assert (row.name, row.since, row.until, row.level) == ("length_collapse", 20, 31, "critical")


def test_a_store_that_was_removed_is_not_looked_at_any_longer(tmp_path: Path) -> None:
    path = tmp_path / "s.sqlite3"
    put(path, make_run(path), COLLAPSED[:10])
    looking = Looking(path, {"made": LIMITS}, since=0.0)
    looking.look()
    for each in tmp_path.iterdir():
        each.unlink()
    put(path, make_run(path), COLLAPSED[:23])
    assert names(looking.look())[0] == ["length_collapse"]


def test_a_server_that_starts_again_does_not_tell_again(tmp_path: Path) -> None:
    path = tmp_path / "s.sqlite3"
    run = make_run(path)
    put(path, run, COLLAPSED[:25])
    Looking(path, {"made": LIMITS}, since=0.0).look(over=True)
    again = Looking(path, {"made": LIMITS}, since=0.0)
    assert names(again.look(over=True)) == ([], [], ["length_collapse"])
    put(path, run, COLLAPSED)
    assert names(again.look(over=True)) == ([], ["length_collapse"], [])


def test_only_the_runs_of_this_server_are_looked_at(tmp_path: Path) -> None:
    path = tmp_path / "s.sqlite3"
    for name, reward in (("a", "made"), ("b", "other")):
        put(path, make_run(path, name, reward), COLLAPSED[:25])
    looked = Looking(path, {"made": LIMITS}, since=0.0).look(over=True)
    assert [about.run for about, _ in looked.raised] == ["a"]
    assert names(Looking(path, {"made": LIMITS}).look(over=True)) == ([], [], [])  # no run is new


def test_each_reward_has_its_own_limits(tmp_path: Path) -> None:
    path = tmp_path / "s.sqlite3"
    for reward in ("made", "deaf"):
        put(path, make_run(path, "run", reward), COLLAPSED[:25])
    options = {"made": LIMITS, "deaf": AlarmOptions(length_collapse="off")}
    looked = Looking(path, options, since=0.0).look(over=True)
    assert [about.reward for about, _ in looked.raised] == ["made"]


def test_a_step_that_is_scored_again_is_looked_at_again(tmp_path: Path) -> None:
    path = tmp_path / "s.sqlite3"
    run = make_run(path)
    put(path, run, COLLAPSED[:25])
    looking = Looking(path, {"made": LIMITS}, since=0.0)
    looking.look(over=True)
    put(path, run, [step(number, rollouts=65) for number in range(20, 25)])
    assert names(looking.look(over=True)) == ([], ["length_collapse"], [])
    with closing(Store(path)) as store:
        assert alarms_of(store, run) == []


def test_probes_are_seen_as_of_the_step_at_which_they_were_made(tmp_path: Path) -> None:
    path = tmp_path / "s.sqlite3"
    run = make_run(path)
    put(path, run, steps((10, OK)))
    looking = Looking(path, {"made": LIMITS}, since=0.0)
    assert names(looking.look(over=True)) == ([], [], [])
    with closing(open_to_write(path)) as db:
        write_rounds(db, run, [CANARIES])
    assert names(looking.look(over=True))[0] == ["judge_false_positives"]
    with closing(Store(path)) as store:
        assert [found for _, found in rounds_of(store, run)] == [CANARIES]
        assert rounds_of(store, run, kind="anchor") == []
        assert [alarm.raised for alarm in alarms_of(store, run)] == [3]


def test_older_alarms_stay_when_the_steps_that_raised_them_are_forgotten(tmp_path: Path) -> None:
    path = tmp_path / "s.sqlite3"
    run = make_run(path)
    put(path, run, COLLAPSED)
    Looking(path, {"made": LIMITS}, since=0.0).look(over=True)
    with closing(open_to_write(path)) as db:
        db.execute("DELETE FROM steps WHERE step < 35")
    put(path, run, [step(number, words=words(250)) for number in range(40, 60)])
    put(path, run, [step(number, words=words(20)) for number in range(60, 65)])
    Looking(path, {"made": LIMITS}, since=0.0).look(over=True)
    with closing(Store(path)) as store:
        assert [(alarm.since, alarm.until) for alarm in alarms_of(store, run)] == [(20, 31), (60, None)]


@given(st.data(), st.lists(st.sampled_from([250, 200, 140, 120, 40]), min_size=5, max_size=60))
@settings(max_examples=30, deadline=None)
def test_in_whatever_order_steps_arrive_the_alarms_are_those_of_the_whole(
    data: st.DataObject, values: list[int]
) -> None:
    history: list[StepStatistics] = [step(number, words=words(value)) for number, value in enumerate(values)]
    order = data.draw(st.permutations(history))
    with TemporaryDirectory() as directory:
        path = Path(directory) / "s.sqlite3"
        run = make_run(path)
        following = Following(run, AlarmOptions(baseline=3))
        with closing(Store(path)) as store:
            for start in range(0, len(order), 7):
                put(path, run, order[start : start + 7])
                following.look(store, over=False)
            following.look(store, over=True)
            expected = raised(history, AlarmOptions(baseline=3))
            assert alarms_of(store, run) == expected
            assert list(following.active) == [alarm for alarm in expected if alarm.active]


def test_a_long_run_is_looked_at_in_portions(tmp_path: Path) -> None:
    path = tmp_path / "s.sqlite3"
    run = make_run(path)
    history = steps((120, OK), (130, {"words": words(30)}))
    put(path, run, history)
    looking = Looking(path, {"made": LIMITS}, since=0.0)
    looks = [looking.look(over=True) for _ in range(4)]
    assert [looked.behind for looked in looks] == [True, True, False, False]  # 100, 100, 50 steps
    assert [names(looked)[0] for looked in looks] == [[], ["length_collapse"], [], []]
    with closing(Store(path)) as store:
        assert alarms_of(store, run) == raised(history, LIMITS)
