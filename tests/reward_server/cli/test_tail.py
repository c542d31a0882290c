"""`gavel tail`: what is stored is printed as it comes, until somebody has enough."""

import json
import re
import signal
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
import pytest

from reward_server.store.database import open_to_write
from reward_server.wire.origin import Origin
from tests.reward_server.cli.running import GAVEL, Gavel, environment
from tests.reward_server.storing import columns, scored, stored, two

WAIT_S = 20.0


def step(path: Path, number: int, *values: float | None, run: str = "grpo-7") -> None:
    """Store one group, `b` of whose rollouts is 0."""
    given = [{"a": value, "b": 0.0} for value in values]
    stored(path, scored(two(), {f"g{number}": given}, Origin(None, run, number)))


@pytest.fixture
def store(tmp_path: Path) -> Path:
    for number in range(4):
        step(tmp_path / "s", number, 1.0, 0.0, None)
    return tmp_path / "s"


@contextmanager
def tailing(store: Path, *options: str) -> Iterator[subprocess.Popen[str]]:
    """The command as a process; it is killed where it does not end in time."""
    command = [*GAVEL, "tail", "--store", str(store), *options]
    process = subprocess.Popen(
        command, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    guard = threading.Timer(WAIT_S, process.kill)
    guard.start()
    try:
        with process:
            yield process
    finally:
        guard.cancel()


def line_of(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline()


def numbers(out: str) -> list[int]:
    """Of the rollouts in the lines."""
    return [int(found) for found in re.findall(r"step \d+  (\d+)  ", out)]


def test_a_line_is_a_rollout(gavel: Gavel, store: Path) -> None:
    done = gavel("tail", "--no-follow", "-n", "3", "--store", store)
    assert (done.code, done.err) == (0, "")
    found = [re.sub(r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d  ", "", line) for line in done.out.splitlines()]
    assert found == [
        "grpo-7  step 3  10  0.750  (a 1.000, b 0.000)  0 words  [malformed]",
        "grpo-7  step 3  11  0.000  (a 0.000, b 0.000)  0 words  [malformed]",
        "grpo-7  step 3  12  unscored: judge_timeout  (a -, b 0.000)  0 words  [malformed]",
    ]


@pytest.mark.parametrize(
    ("options", "found"),
    [
        ([], list(range(3, 13))),
        (["-n", "0"], []),
        (["-n", "2"], [11, 12]),
        (["--unscored"], [3, 6, 9, 12]),
        (["--unscored", "-n", "1"], [12]),
        (["--cause", "judge_timeout", "-n", "2"], [9, 12]),
        (["--component", "a", "--least", "0.5"], [1, 4, 7, 10]),
        (["--most", "0"], [2, 5, 8, 11]),
        (["--group", "g2"], [7, 8, 9]),
        (["grpo-7", "-n", "1"], [12]),
    ],
)
def test_the_last_that_are_wanted(gavel: Gavel, store: Path, options: list[str], found: list[int]) -> None:
    assert numbers(gavel("tail", "--no-follow", *options, "--store", store).out) == found


def test_a_line_is_a_step_that_is_over(gavel: Gavel, store: Path) -> None:
    out = gavel("tail", "--by", "step", "--no-follow", "-n", "2", "--store", store).out.splitlines()
    assert [re.sub(r"^\S+ \S+  ", "", line) for line in out] == [
        f"grpo-7  step {number}  3 rollouts  0.375  (a 0.500, b 0.000), 0 words, "
        "0.0% of groups dead, 33.3% unscored"
        for number in (1, 2)
    ]


def test_a_run_that_there_is_not(gavel: Gavel, store: Path) -> None:
    done = gavel("tail", "nope", "--no-follow", "--store", store)
    assert (done.code, done.out) == (2, "")
    assert "there is no run 'nope'" in done.err


def test_a_store_that_there_is_not(gavel: Gavel, tmp_path: Path) -> None:
    done = gavel("tail", "--no-follow", "--store", tmp_path / "s")
    assert (done.code, done.out) == (1, "")
    assert "there is no rollout store at" in done.err


def test_a_name_of_two_runs_is_not_waited_for(gavel: Gavel, store: Path) -> None:
    other = msgspec.structs.replace(columns(q=1.0), name="other")
    stored(store, scored(other, {"g": [{"q": 1.0}]}, Origin(None, "grpo-7", 0)))
    done = gavel("tail", "grpo-7", "--store", store)
    assert done.code == 2
    assert "several runs are called 'grpo-7'" in done.err


def error_of(process: subprocess.Popen[str]) -> str:
    assert process.stderr is not None
    return process.stderr.readline()


@pytest.mark.parametrize("run", [[], ["grpo-7"]])
def test_before_the_first_rollout_it_is_waited_for(tmp_path: Path, run: list[str]) -> None:
    path = tmp_path / "s"
    with tailing(path, "-n", "1", *run) as process:
        assert error_of(process) == f"waiting for a rollout store at {path}; Ctrl-C ends it\n"
        open_to_write(path).close()
        named = " 'grpo-7'" if run else ""
        assert error_of(process) == f"waiting for a run{named} in {path}; Ctrl-C ends it\n"
        step(path, 0, 1.0, 0.0)
        assert numbers(line_of(process) + line_of(process)) == [1, 2]  # all came since
        process.send_signal(signal.SIGINT)
        assert process.wait(WAIT_S) == 130
        assert process.stderr is not None
        assert process.stderr.read() in ("", "Aborted.\n")


def test_a_run_that_comes_later_is_told_from_its_first_step(store: Path) -> None:
    with tailing(store, "-n", "1", "--by", "step", "grpo-8") as process:
        told = f"waiting for a run 'grpo-8' in {store}; there are: grpo-7; Ctrl-C ends it\n"
        assert error_of(process) == told
        for number in range(3):
            step(store, number, 1.0, run="grpo-8")
        assert "grpo-8  step 0  " in line_of(process)
        assert "grpo-8  step 1  " in line_of(process)


def test_who_waits_and_is_not_read_any_more_ends(tmp_path: Path) -> None:
    with tailing(tmp_path / "s") as process:
        assert error_of(process).startswith("waiting for")
        assert process.stdout is not None
        process.stdout.close()
        assert process.wait(WAIT_S) == 0


def test_what_comes_is_printed_and_ctrl_c_ends_it(store: Path) -> None:
    with tailing(store, "-n", "1", "--unscored") as process:
        assert numbers(line_of(process)) == [12]
        step(store, 4, 1.0, None)
        step(store, 4, None, run="other")
        assert numbers(line_of(process) + line_of(process)) == [14, 15]
        process.send_signal(signal.SIGINT)
        assert process.wait(WAIT_S) == 130
        assert process.stderr is not None
        assert "Traceback" not in process.stderr.read()


def test_a_step_is_printed_when_the_next_begins(store: Path) -> None:
    with tailing(store, "-n", "1", "--by", "step", "grpo-7") as process:
        assert "  step 2  " in line_of(process)
        step(store, 4, 1.0)
        assert "  step 3  3 rollouts" in line_of(process)
        process.send_signal(signal.SIGINT)
        assert process.wait(WAIT_S) == 130


def test_a_reader_that_has_gone_ends_it_though_nothing_comes(store: Path) -> None:
    with tailing(store, "-n", "2") as process:
        assert numbers(line_of(process)) == [11]
        assert process.stdout is not None
        process.stdout.close()
        assert process.wait(WAIT_S) in (0, 1)
        assert process.stderr is not None
        assert process.stderr.read() == ""


def test_more_rollouts_than_a_page_arrive_all(store: Path) -> None:
    with tailing(store, "-n", "1", "--most", "0.5") as process:
        assert numbers(line_of(process)) == [11]
        for _ in range(3):
            step(store, 5, *([0.0] * 500))
        found = numbers("".join(line_of(process) for _ in range(1_500)))
        assert found == sorted(set(found))
        assert len(found) == 1_500
        process.send_signal(signal.SIGINT)
        assert process.wait(WAIT_S) == 130


def test_an_export_into_a_pipe_that_closes_is_quiet(store: Path) -> None:
    step(store, 9, *([0.0] * 3_000))
    command = [*GAVEL, "runs", "export", "--store", str(store)]
    with subprocess.Popen(
        command, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert json.loads(line_of(process))["number"] == 1
        assert process.stdout is not None
        process.stdout.close()
        assert process.wait(WAIT_S) == 1
        assert process.stderr is not None
        assert "Traceback" not in process.stderr.read()
