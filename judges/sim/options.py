"""What a user may set on the simulated judge."""

from typing import Annotated

from pydantic import AfterValidator, Field, ValidationInfo, field_validator

from judges.sim.faults import parse_faults
from judges.sim.jitter import factors
from judges.sim.pairs import pairs
from rubrics.options import Options

LAST_PORT = 65_535


def _readable(spec: str) -> str:
    parse_faults(spec)
    return spec


def _drawable(spec: str) -> str:
    factors(spec, "")
    return spec


def _stalls(spec: str) -> str:
    pairs(spec, "AT:SECONDS")
    return spec


class SimOptions(Options):
    """Options of `gavel judge sim`. The default speeds are round numbers, not a measurement of any engine."""

    host: str = "127.0.0.1"
    """Address to listen on."""
    port: int = Field(default=8901, ge=0, le=LAST_PORT)
    """Port to listen on; 0 takes a free one, and the ready line names it."""
    model: str = Field(default="gavel-sim", min_length=1)
    """Model name in replies and in /v1/models. Requests may ask for any."""
    api_key: str | None = Field(default=None, repr=False, exclude=True)
    """When set, calls without `Authorization: Bearer` and this key get a 401."""
    ttft: float = Field(default=0.02, ge=0)
    """Fixed seconds of every call before its prefill."""
    prefill_tps: float = Field(default=20_000.0, ge=0)
    """Prompt tokens computed per second, per slot; 0 is infinitely fast. Cached tokens cost nothing."""
    decode_tps: float = Field(default=100.0, ge=0)
    """Tokens generated per second after the first, per slot; 0 is infinitely fast."""
    speed: float = Field(default=1.0, gt=0)
    """How fast everything is: all times are divided by it."""
    jitter: Annotated[str, AfterValidator(_drawable)] = "none"
    """What service times are multiplied by, of mean 1: none, exponential, or lognormal:SIGMA."""
    slots: int = Field(default=64, ge=1)
    """Calls served at once; the others queue, first come first served."""
    prefix_cache: bool = True
    """Whether a prompt's known leading blocks of 16 tokens are spared."""
    cache_blocks: int = Field(default=65_536, ge=1)
    """Blocks of 16 tokens that the prefix cache holds before it forgets the least recently used."""
    fault: Annotated[str, AfterValidator(_readable)] = ""
    """Share of calls that go wrong, as kind:rate,kind:rate; the rates add up to at most 1."""
    stall: Annotated[str, AfterValidator(_stalls)] = ""
    """When the engine stands still and for how long, as AT:SECONDS,AT:SECONDS after it is ready."""
    replicas: int = Field(default=1, ge=1, le=64)
    """Judges of one kind in this process, each with slots and a cache of its own, on ports in a row."""
    slow: str = ""
    """Which replicas are slow and how many times, as NUMBER:FACTOR,NUMBER:FACTOR; the first is 1."""
    seed: int = 0
    """Seed of the choice of calls that go wrong, and of the jitter."""

    @field_validator("replicas")
    @classmethod
    def _has_ports(cls, replicas: int, info: ValidationInfo) -> int:
        port = info.data.get("port", 0)
        if port and port + replicas - 1 > LAST_PORT:
            raise ValueError(f"there are no {replicas} ports from {port} on")
        return replicas

    @field_validator("slow")
    @classmethod
    def _names_replicas(cls, slow: str, info: ValidationInfo) -> str:
        replicas = info.data.get("replicas", 1)
        for number, factor in pairs(slow, "NUMBER:FACTOR"):
            if number not in range(1, replicas + 1):
                raise ValueError(f"there is no replica {number:g}: they are numbered from 1 to {replicas}")
            if factor == 0:
                raise ValueError("a factor is more than 0; 10 makes a replica ten times as slow")
        return slow

    def of_replica(self, number: int) -> "SimOptions":
        """Those of one replica, numbered from 1."""
        slowness = dict(pairs(self.slow, "NUMBER:FACTOR")).get(number, 1.0)
        return self.model_copy(update={"speed": self.speed / slowness})
