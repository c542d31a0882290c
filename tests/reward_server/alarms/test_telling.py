"""Alarms in the log, on a terminal, and in /metrics."""

import asyncio
import io
import json
import subprocess
import sys
from pathlib import Path

import pytest
import structlog
from prometheus_client import CollectorRegistry, generate_latest

from reward_server.alarms import watcher
from reward_server.alarms.alarm import Alarm
from reward_server.alarms.looking import Looking
from reward_server.alarms.raising import raised
from reward_server.alarms.store_health import StoreHealth
from reward_server.alarms.telling import About, Teller
from reward_server.alarms.watcher import Watcher
from reward_server.metrics.alarms import AlarmMetrics
from reward_server.metrics.store import StoreMetrics
from reward_server.reward.alarm_options import AlarmOptions
from tests.processes import ROOT
from tests.reward_server.alarms.making import OK, steps, words
from tests.reward_server.alarms.stored import make_run, put

LIMITS = AlarmOptions()
HOSTILE = About("made", "run\x1b[31m\u202e\n" + "x" * 200)


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def collapse() -> Alarm:
    (alarm,) = raised(steps((20, OK), (2, {"words": words(40)})), LIMITS)
    return alarm


def counted(registry: CollectorRegistry) -> list[str]:
    text = generate_latest(registry).decode()
    return [
        line for line in text.splitlines() if line.startswith(("gavel_alarm_active", "gavel_alarms_total"))
    ]


def test_the_log_says_what_was_seen_since_when_which_rollouts_and_what_to_do() -> None:
    with structlog.testing.capture_logs() as log:
        Teller(AlarmMetrics(CollectorRegistry())).raised(About("made", "run"), collapse())
    (line,) = log
    assert line.pop("advice").startswith("read the shortest completions")
    assert line == {
        "event": "an alarm was raised",
        "log_level": "warning",
        "alarm": "length_collapse",
        "subject": "",
        "severity": "critical",
        "reward": "made",
        "run": "run",
        "since": 20,
        "seen": "a median of 40 words of reasoning, below 125 over the last 2 steps; 250 in the first 10",
        "rollouts": [1, 2],
    }


def test_the_line_in_the_log_keeps_the_severity_beside_its_own_level() -> None:
    script = (
        "from prometheus_client import CollectorRegistry\n"
        "from reward_server.alarms.telling import Teller\n"
        "from reward_server.logs import configure\n"
        "from reward_server.metrics.alarms import AlarmMetrics\n"
        "from tests.reward_server.alarms.test_telling import About, collapse\n"
        "configure('info')\n"
        "teller = Teller(AlarmMetrics(CollectorRegistry()))\n"
        "teller.raised(About('made', 'run'), collapse())\n"
        "teller.cleared(About('made', 'run'), collapse())\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    )
    lines = [json.loads(line) for line in done.stderr.splitlines()]
    assert [(line["event"], line["level"], line["severity"]) for line in lines] == [
        ("an alarm was raised", "warning", "critical"),
        ("an alarm is over", "warning", "critical"),
    ]


def test_a_terminal_gets_a_line_that_a_person_can_read() -> None:
    terminal = Terminal()
    with structlog.testing.capture_logs():
        teller = Teller(AlarmMetrics(CollectorRegistry()), terminal)
        teller.raised(About("made", "run 7"), collapse())
        teller.cleared(About("made", "run 7"), collapse())
    first, second, third = terminal.getvalue().splitlines()
    assert first == (
        "gavel: ALARM (critical) length_collapse, made, run run 7, since step 20: a median of 40 words of "
        "reasoning, below 125 over the last 2 steps; 250 in the first 10."
    )
    assert second.startswith("gavel:     Read the shortest completions")
    assert third.startswith("gavel: over: length_collapse, made, run run 7")


def test_where_nobody_reads_nothing_but_the_log_is_written() -> None:
    nobody = io.StringIO()
    with structlog.testing.capture_logs():
        Teller(AlarmMetrics(CollectorRegistry()), nobody).raised(About("made", "run"), collapse())
    assert nobody.getvalue() == ""


def test_a_hostile_name_of_a_run_is_inert() -> None:
    terminal = Terminal()
    with structlog.testing.capture_logs() as log:
        Teller(AlarmMetrics(CollectorRegistry()), terminal).raised(HOSTILE, collapse())
    for text in (terminal.getvalue(), log[0]["run"]):
        assert text.replace("\n", "").isprintable()
        assert text.isascii()
    assert len(log[0]["run"]) == 64
    assert len(terminal.getvalue().splitlines()) == 2


def test_metrics_count_runs_and_go_back_to_zero() -> None:
    registry = CollectorRegistry()
    teller = Teller(AlarmMetrics(registry))
    one, two = About("made", "one"), About("made", "two")
    with structlog.testing.capture_logs():
        teller.raised(one, collapse())
        teller.raised(two, collapse())
    teller.active([(one, collapse()), (two, collapse())])
    labels = 'alarm="length_collapse",reward="made"'
    assert counted(registry) == [
        f'gavel_alarm_active{{{labels},subject=""}} 2.0',
        f"gavel_alarms_total{{{labels}}} 2.0",
    ]
    teller.active([])
    assert counted(registry)[0].endswith(" 0.0")


class Watched:
    """A watcher over a store with one run, whose looks are asked for."""

    def __init__(self, path: Path) -> None:
        self.registry = CollectorRegistry()
        self.health = StoreHealth(StoreMetrics(self.registry))
        options = {"made": LIMITS}
        teller = Teller(AlarmMetrics(self.registry))
        self.watcher = Watcher(Looking(path, options, since=0.0), self.health, options, teller)


async def test_a_failing_look_is_logged_once_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "s.sqlite3"
    watched = Watched(path)
    with structlog.testing.capture_logs() as log:
        await watched.watcher.look()
        await watched.watcher.look()  # there is no file
        put(path, make_run(path), steps((20, OK), (3, {"words": words(40)})))
        await watched.watcher.look()
        await watched.watcher.aclose()
    assert [line["event"] for line in log] == [
        "runs cannot be looked at for alarms; rewards go on",
        "an alarm was raised",
    ]


async def test_rollouts_that_cannot_be_stored_are_told_for_as_long(tmp_path: Path) -> None:
    path = tmp_path / "s.sqlite3"
    make_run(path)
    watched = Watched(path)
    with structlog.testing.capture_logs() as log:
        watched.health.lost(64)
        await watched.watcher.look()
        watched.health.lost(64)
        await watched.watcher.look()
        watched.health.stored(64, 0.1)
        await watched.watcher.look()
        await watched.watcher.aclose()
    assert [(line["event"], line["alarm"], line.get("seen")) for line in log] == [
        ("an alarm was raised", "store_failing", "64 rollouts could not be stored, or not in time"),
        ("an alarm is over", "store_failing", None),
    ]
    assert 'gavel_alarm_active{alarm="store_failing",reward="made",subject=""} 0.0' in counted(
        watched.registry
    )


async def test_the_watcher_looks_by_itself_and_once_more_at_the_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watcher, "EVERY_S", 0.01)
    path = tmp_path / "s.sqlite3"
    run = make_run(path)
    put(path, run, steps((20, OK), (3, {"words": words(40)})))
    watched = Watched(path)
    with structlog.testing.capture_logs() as log:
        watched.watcher.start()
        async with asyncio.timeout(10):
            while not log:  # noqa: ASYNC110 - nobody sets an event for it
                await asyncio.sleep(0)
        put(path, run, steps((20, OK), (3, {"words": words(40)}), (3, OK)))
        await watched.watcher.aclose()
    assert [line["event"] for line in log] == ["an alarm was raised", "an alarm is over"]
