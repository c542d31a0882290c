"""Options that `gavel loadtest judge` and `gavel loadtest reward` have alike, and what they come to."""

from collections.abc import Callable
from inspect import Signature, signature
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import msgspec
import typer

from reward_server.cli.duration import duration
from rubrics.problems import ConfigError

if TYPE_CHECKING:
    from reward_server.load.record import Shape
    from reward_server.load.schedule import Schedule

Closed = Annotated[str | None, typer.Option(help="So many calls in flight, phase by phase: 1,8,64.")]
Rate = Annotated[str | None, typer.Option(help="So many rollouts a second, evenly spaced: 5,10,20.")]
Poisson = Annotated[str | None, typer.Option(help="So many rollouts a second, at random times: 5,10,20.")]
Burst = Annotated[str | None, typer.Option(help="So many rollouts at once, as a training step: 256,1024.")]
Soak = Annotated[float | None, typer.Option(help="So many rollouts a second, at random times, for long.")]
MaxLoad = Annotated[
    float, typer.Option(min=1, help="Without any of these: a sweep of calls in flight up to here.")
]
Seconds = Annotated[str | None, typer.Option(help="Measured time of a phase: 10s; of --soak 10min.")]
Warmup = Annotated[str, typer.Option(help="Time ahead of each phase that does not count.")]
Repeats = Annotated[int, typer.Option(min=1, help="How often each load is put on; intervals come from 3 on.")]
Clients = Annotated[
    int, typer.Option(min=1, help="Clients that compete, to see whether each gets its share.")
]
InFlight = Annotated[int | None, typer.Option(min=1, help="Most calls of a burst under way at once.")]
Slo = Annotated[
    str | None, typer.Option(help="Time in which a rollout should be judged: 2s. Goodput counts those.")
]
GroupSize = Annotated[
    int | None, typer.Option(min=1, help="Rollouts of a group; left out, as in the file, or 8.")
]
Seed = Annotated[int, typer.Option(help="Seed of arrivals and of made-up texts.")]
Out = Annotated[
    Path | None, typer.Option("--out", "-o", help="Write the report as JSON, for compare and plan.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print the report as JSON.")]
Csv = Annotated[Path | None, typer.Option(help="Write a row for each load.")]
Html = Annotated[Path | None, typer.Option(help="Write the report as one HTML page.")]
Date = Annotated[str | None, typer.Option(help="A date to print on the page; left out, there is none.")]
Require = Annotated[
    list[str] | None,
    typer.Option(help="Exit with 3 unless this holds: goodput>=40,p99<8s. Repeatable."),
]

SOAK_S = 600.0
PHASE_S = 10.0


class Loads(msgspec.Struct, frozen=True, kw_only=True):
    """The options that say which loads."""

    closed: str | None
    rate: str | None
    poisson: str | None
    burst: str | None
    soak: float | None
    max_load: float
    seconds: str | None
    warmup: str
    repeats: int
    clients: int
    in_flight: int | None
    slo_s: float | None

    def schedule(self) -> "Schedule":
        """The load to put on. Raises ConfigError."""
        from reward_server.load.schedule import Schedule
        from reward_server.load.sweep import Sweep

        shape, listed = self._chosen()
        if self.in_flight is not None and shape != "burst":
            raise ConfigError("--in-flight is for --burst", hint="calls in flight are the load of --closed")
        usual = SOAK_S if self.soak is not None else PHASE_S
        sweep = Sweep(most=self.max_load, start=float(self.clients), slo_s=self.slo_s)
        return Schedule(
            shape=shape,
            loads=listed,
            sweep=None if listed else sweep,
            seconds=usual if self.seconds is None else duration(self.seconds, "--seconds"),
            warmup_s=duration(self.warmup, "--warmup"),
            repeats=self.repeats,
            clients=self.clients,
            in_flight=self.in_flight,
        ).checked()

    def _chosen(self) -> "tuple[Shape, list[float]]":
        given: dict[Shape, str | None] = {
            "closed": self.closed,
            "constant": self.rate,
            "poisson": self.poisson if self.soak is None else f"{self.soak}",
            "burst": self.burst,
        }
        named = [(shape, text) for shape, text in given.items() if text is not None]
        if len(named) > 1 or (self.soak is not None and self.poisson is not None):
            message = "more than one kind of load was asked for"
            raise ConfigError(
                message, hint="one of --closed, --rate, --poisson, --burst and --soak at a time"
            )
        if not named:
            return "closed", []
        shape, text = named[0]
        return shape, _numbers(text, shape)


def _numbers(text: str, shape: "Shape") -> list[float]:
    try:
        return [float(each) for each in text.split(",")]
    except ValueError:
        flag = "rate" if shape == "constant" else shape
        raise ConfigError(
            f"--{flag} {ascii(text)[:40]} is not a list of numbers", hint="like 1,8,64"
        ) from None


class Outputs(msgspec.Struct, frozen=True, kw_only=True):
    """The options that say where the report goes, and what it has to hold."""

    out: Path | None
    as_json: bool
    csv: Path | None
    html: Path | None
    date: str | None
    require: list[str] | None

    def check(self) -> None:
        """Raise ConfigError where a file cannot be written, before a long test and not after it."""
        for path in (self.out, self.csv, self.html):
            if path is not None and not path.parent.is_dir():
                hint = f"make it first: mkdir -p {path.parent}"
                raise ConfigError(f"cannot write {path}: there is no directory {path.parent}", hint=hint)
            if path is not None and path.is_dir():
                raise ConfigError(f"cannot write {path}: it is a directory", hint="name a file")


class LoadTest(msgspec.Struct, frozen=True, kw_only=True):
    """What every load test is told, whatever it tests."""

    loads: Loads
    outputs: Outputs
    group_size: int | None
    seed: int


def _told(
    closed: Closed = None,
    rate: Rate = None,
    poisson: Poisson = None,
    burst: Burst = None,
    soak: Soak = None,
    max_load: MaxLoad = 1024,
    seconds: Seconds = None,
    warmup: Warmup = "2s",
    repeats: Repeats = 1,
    clients: Clients = 1,
    in_flight: InFlight = None,
    slo: Slo = None,
    group_size: GroupSize = None,
    seed: Seed = 0,
    out: Out = None,
    as_json: AsJson = False,
    csv: Csv = None,
    html: Html = None,
    date: Date = None,
    require: Require = None,
) -> LoadTest:
    loads = Loads(
        closed=closed,
        rate=rate,
        poisson=poisson,
        burst=burst,
        soak=soak,
        max_load=max_load,
        seconds=seconds,
        warmup=warmup,
        repeats=repeats,
        clients=clients,
        in_flight=in_flight,
        slo_s=None if slo is None else duration(slo, "--slo"),
    )
    loads.schedule()  # mistakes before any call
    outputs = Outputs(out=out, as_json=as_json, csv=csv, html=html, date=date, require=require)
    return LoadTest(loads=loads, outputs=outputs, group_size=group_size, seed=seed)


def load_test(command: Callable[..., None]) -> Callable[..., None]:
    """A command with the options of every load test after its own: they come to it as `test`."""
    own = [each for each in signature(command).parameters.values() if each.name != "test"]
    shared = signature(_told).parameters.values()

    def run(**given: Any) -> None:
        told = {name: given.pop(name) for name in [each.name for each in own]}
        command(**told, test=_told(**given))

    run.__name__, run.__doc__ = command.__name__, command.__doc__
    run.__annotations__ = {each.name: each.annotation for each in (*own, *shared)}
    vars(run)["__signature__"] = Signature([*own, *shared])  # which typer reads
    return run
