"""What load is put on: shapes, loads, times, repeats. Shapes only."""

from collections.abc import Iterator, Sequence

import msgspec

from reward_server.load.record import Shape
from reward_server.load.sweep import Point, Sweep
from rubrics.problems import ConfigError

MOST_IN_FLIGHT = 50_000
"""Calls under way at which an open load holds back, so that a dead server does not fill the memory."""


class Step(msgspec.Struct, frozen=True):
    """One load, the how-manieth time."""

    load: float
    repeat: int = 0


class Schedule(msgspec.Struct, frozen=True, kw_only=True):
    """What load a run puts on, phase by phase."""

    shape: Shape = "closed"
    loads: Sequence[float] = ()
    """Calls in flight, rollouts a second, or rollouts at once."""
    sweep: Sweep | None = None
    """Finds the loads by itself."""
    seconds: float = 10.0
    """Of one phase, its warm-up left out. A burst takes as long as it takes."""
    warmup_s: float = 2.0
    """Of each phase. Before the first of several bursts one more is made, unless this is 0."""
    repeats: int = 1
    in_flight: int | None = None
    """Most calls of a burst under way at once."""
    clients: int = 1
    """Clients that compete. A closed load is shared out among them, and so are the groups of others."""
    drain_s: float = 60.0
    """How long a phase waits for its last calls; those that take longer are cut off as `deadline`."""
    most_in_flight: int = MOST_IN_FLIGHT

    def checked(self) -> "Schedule":
        """Itself. Raises ConfigError where it cannot be run."""
        for wrong, message in self._mistakes():
            if wrong:
                raise ConfigError(message)
        return self

    def steps(self) -> int | None:
        """How many phases there are; None where a sweep finds that out."""
        return None if self.sweep is not None else len(self.loads) * self.repeats

    def step(self, points: Sequence[Point], done: int) -> Step | None:
        """The next load, `done` phases after the beginning; None at the end.

        Fixed loads are run through once and then again, so that what drifts does not pass for a difference
        between loads. A sweep repeats each load at once, as it needs the figure.
        """
        if self.sweep is not None:
            return self._swept(self.sweep, points, done)
        if done >= len(self.loads) * self.repeats:
            return None
        repeat, place = divmod(done, len(self.loads))
        return Step(self.loads[place], repeat)

    def _swept(self, sweep: Sweep, points: Sequence[Point], done: int) -> Step | None:
        if done % self.repeats:
            return Step(points[-1].load, done % self.repeats)
        load = sweep.next(points)
        return None if load is None else Step(load)

    def _mistakes(self) -> Iterator[tuple[bool, str]]:
        yield not self.loads and self.sweep is None, "a load test needs at least one load, or a sweep"
        yield any(load <= 0 for load in self.loads), "a load must be greater than 0"
        yield self.shape == "burst" and self.sweep is not None, "a sweep is over a closed or an open load"
        yield (
            self.shape in {"closed", "burst"} and any(load % 1 for load in self.loads),
            ("calls in flight and rollouts at once are whole numbers"),
        )
        yield (
            self.shape == "closed" and any(load < self.clients for load in self.loads),
            ("a closed load needs at least one call in flight for each client"),
        )
        yield self.seconds <= 0 or self.warmup_s < 0, "a phase needs time, and a warm-up is not negative"
        yield self.repeats < 1 or self.clients < 1, "repeats and clients are at least 1"
        yield self.in_flight is not None and self.in_flight < 1, "in_flight is at least 1"


def soak(rate: float, seconds: float, **others: float) -> Schedule:
    """One Poisson load for long."""
    return msgspec.structs.replace(Schedule(shape="poisson", loads=[rate], seconds=seconds), **others)
