"""examples/dashboard: a small simulated run, and that its store holds what was sent and what happened."""

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from reward_server.history.statistics import History
from reward_server.history.steps import history
from reward_server.store.features import Mark
from reward_server.store.reading import NarrowRow, Run, Store
from tests.simulated_run import Truth, simulated

STEPS = 12


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("simulated") / "run.sqlite3"


@pytest.fixture(scope="module")
def truth(file: Path) -> Truth:
    return simulated(file, STEPS, groups=4, rollouts=6)


@pytest.fixture(scope="module")
def store(file: Path, truth: Truth) -> Iterator[Store]:
    store = Store(file)
    yield store
    store.close()


@pytest.fixture(scope="module")
def runs(store: Store) -> dict[str, Run]:
    return {run.name: run for run in store.runs()}


@pytest.fixture(scope="module")
def healthy(store: Store, runs: dict[str, Run], truth: Truth) -> History:
    return history(store, runs[truth.healthy].id)


@pytest.fixture(scope="module")
def collapsing(store: Store, runs: dict[str, Run], truth: Truth) -> History:
    return history(store, runs[truth.collapsing].id)


def rows_of(store: Store, run: Run, step: int) -> list[NarrowRow]:
    return store.step_rows(run.id, step)


def test_the_story_is_told_in_order(truth: Truth) -> None:
    places = [truth.hostile_step, *truth.outage, truth.collapse, truth.bottom, truth.mended, truth.recovered]
    assert places == [2, 3, 6, 7, 9, 10]
    assert truth.steps == STEPS
    assert truth.healthy_steps == 10


def test_the_store_holds_exactly_what_was_sent(store: Store, runs: dict[str, Run], truth: Truth) -> None:
    assert [run.name for run in store.runs()] == [truth.collapsing, truth.healthy]  # the latest first
    ordinary = truth.groups * truth.rollouts
    assert truth.sent[truth.healthy] == [ordinary] * truth.healthy_steps
    assert truth.sent[truth.collapsing] == [
        ordinary + len(truth.hostile) * (step == truth.hostile_step) for step in range(STEPS)
    ]
    for name, sent in truth.sent.items():
        run = runs[name]
        assert (run.reward, run.sent, run.steps, run.rollouts) == (truth.reward, 1, len(sent), sum(sent))
        for step, count in enumerate(sent):
            rows = rows_of(store, run, step)
            assert len({row.name for row in rows}) == len(rows) == count
            assert {row.name.partition(".")[0] for row in rows if row.name not in truth.hostile.values()} == {
                str(step)
            }


def test_what_has_no_reward_is_what_was_answered_so_with_its_cause(
    healthy: History, collapsing: History, truth: Truth
) -> None:
    assert [step.unscored for step in healthy] == truth.unscored[truth.healthy] == [{}] * len(healthy)
    assert [step.unscored for step in collapsing] == truth.unscored[truth.collapsing]
    for step, told in enumerate(collapsing):
        if step in truth.outage:
            assert set(told.unscored) == {"judge_unreachable"}
            # A closed gate asks no judge; with it open nothing can be scored.
            assert told.unscored["judge_unreachable"] == told.rollouts - told.malformed
            assert told.judge.disagreement is None
        else:
            expected = {"completion_too_long": 1} if step == truth.hostile_step else {}
            assert told.unscored == expected
            assert told.judge.disagreement


def test_reasoning_shrinks_when_it_is_known_to_and_comes_back(collapsing: History, truth: Truth) -> None:
    median = {step.step: step.words.p50 for step in collapsing if step.words is not None}
    long = [*range(truth.collapse), *range(truth.recovered, STEPS)]
    short = range(truth.bottom, truth.mended)
    assert all(180 < median[step] < 320 for step in long)
    assert all(median[step] < 50 for step in short)
    assert all(collapsing[step].duplicates == 0 for step in long)
    # 70 % are one of three phrases with one of two answers
    assert all(collapsing[step].duplicates > collapsing[step].rollouts / 4 for step in short)


def test_nothing_shrinks_in_the_healthy_run(healthy: History) -> None:
    assert all(step.words is not None and 180 < step.words.p50 < 320 for step in healthy)
    assert sum(step.duplicates for step in healthy) == 0


def test_each_step_knows_the_version_that_scored_it(collapsing: History, truth: Truth) -> None:
    assert [step.versions for step in collapsing] == truth.versions[truth.collapsing]
    changes = [after.step for before, after in pairwise(collapsing) if before.versions != after.versions]
    assert changes == [truth.mended]
    for step in collapsing:
        assert ("length" in step.components) == (step.step >= truth.mended)


def test_marks_are_of_what_was_done(store: Store, runs: dict[str, Run], truth: Truth) -> None:
    found = dict.fromkeys(Mark, 0)
    for run in runs.values():
        for step in range(run.steps):
            for row in rows_of(store, run, step):
                content = store.rollout(row.id).content
                text = content.completion or ""
                reasoning, closed, answer = text.partition("</think>")
                said = "conclusion is true" in reasoning, "conclusion is false" in reasoning
                given = '"conclusion":true' in answer, '"conclusion":false' in answer
                assert bool(row.marks & Mark.TRUNCATED) == (content.finish_reason == "length")
                if closed and not row.marks & Mark.MALFORMED:
                    assert bool(row.marks & Mark.INCONSISTENT) == (any(said) and said != given), text[-200:]
                for mark in Mark:
                    found[mark] += bool(row.marks & mark)
    assert found.pop(Mark.COPY) == 0
    assert all(found.values())


def test_hostile_rollouts_are_kept_as_they_came(store: Store, runs: dict[str, Run], truth: Truth) -> None:
    rows = {row.name: row for row in rows_of(store, runs[truth.collapsing], truth.hostile_step)}
    texts = {
        kind: store.rollout(rows[name].id).content.completion or "" for kind, name in truth.hostile.items()
    }
    assert "<script>window.hostile=1</script>" in texts["markup"]
    assert 'onerror="window.hostile=1"' in texts["handlers"]
    assert "\u202e" in texts["bidi"]
    assert "\x1b[2J" in texts["escapes"]
    assert "\x00" in texts["no-unicode"]
    assert max(map(len, texts["long-line"].splitlines())) > 999_000
    assert rows[truth.hostile["too-long"]].cause == "completion_too_long"
