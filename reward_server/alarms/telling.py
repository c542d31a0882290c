"""Says what is alarming: in the log, on a terminal, and in /metrics. Once when raised, once when over."""

import sys
from contextlib import suppress
from typing import NamedTuple, TextIO

import structlog

from reward_server.alarms.alarm import Alarm
from reward_server.metrics.alarms import AlarmMetrics

_LOG = structlog.get_logger("gavel.alarms")
_LONGEST_NAME = 64


class About(NamedTuple):
    """Whose alarm it is."""

    reward: str
    run: str
    """As the trainer calls it; not trusted. Empty where it is about the server."""

    @property
    def named(self) -> str:
        """The run's name, without what a terminal would obey."""
        return ascii(self.run)[1:-1][:_LONGEST_NAME]


class Teller:
    """Tells those who are there."""

    def __init__(self, metrics: AlarmMetrics, terminal: TextIO | None = None) -> None:
        """`terminal`: where a person may be reading; standard error where none is given."""
        self._metrics = metrics
        self._terminal = terminal

    def raised(self, about: About, alarm: Alarm) -> None:
        """Tell of an alarm that is new."""
        self._metrics.raised(about.reward, alarm.name)
        _LOG.warning(
            "an alarm was raised",
            alarm=alarm.name,
            subject=alarm.subject,
            severity=alarm.level,  # structlog writes `level` itself: that of the line
            reward=about.reward,
            run=about.named,
            since=alarm.since,
            seen=alarm.seen,
            rollouts=list(alarm.rollouts),
            advice=alarm.advice,
        )
        self._print(f"ALARM ({alarm.level}) {_title(alarm)}, {_where(about, alarm)}: {alarm.seen}.")
        self._print(f"    {alarm.advice[:1].upper()}{alarm.advice[1:]}.")

    def cleared(self, about: About, alarm: Alarm) -> None:
        """Tell of an alarm that is over."""
        _LOG.warning(
            "an alarm is over",
            alarm=alarm.name,
            subject=alarm.subject,
            severity=alarm.level,
            reward=about.reward,
            run=about.named,
            since=alarm.since,
            until=alarm.until,
        )
        self._print(f"over: {_title(alarm)}, {_where(about, alarm)} until {alarm.until}.")

    def active(self, alarms: list[tuple[About, Alarm]]) -> None:
        """Export what goes on."""
        runs: dict[tuple[str, str, str], int] = {}
        for about, alarm in alarms:
            labels = (about.reward, alarm.name, alarm.subject)
            runs[labels] = runs.get(labels, 0) + 1
        self._metrics.active(runs)

    def _print(self, line: str) -> None:
        """Beside the log's JSON, one line that a person can read, if there is one."""
        terminal = self._terminal or sys.stderr
        with suppress(OSError, ValueError):  # a terminal that is gone
            if terminal.isatty():
                terminal.write(f"gavel: {line}\n")
                terminal.flush()


def _title(alarm: Alarm) -> str:
    return f"{alarm.name} of {alarm.subject}" if alarm.subject else alarm.name


def _where(about: About, alarm: Alarm) -> str:
    if not about.run:
        return about.reward
    return f"{about.reward}, run {about.named}, since step {alarm.since}"
