"""What a user may set on the simulated judge."""

from typing import Annotated

from pydantic import AfterValidator, Field

from judges.sim.faults import parse_faults
from rubrics.options import Options


def _readable(spec: str) -> str:
    parse_faults(spec)
    return spec


class SimOptions(Options):
    """Options of `gavel judge sim`. The default speeds are round numbers, not a measurement of any engine."""

    host: str = "127.0.0.1"
    """Address to listen on."""
    port: int = Field(default=8901, ge=0, le=65535)
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
    slots: int = Field(default=64, ge=1)
    """Calls served at once; the others queue, first come first served."""
    prefix_cache: bool = True
    """Whether a prompt's known leading blocks of 16 tokens are spared."""
    cache_blocks: int = Field(default=65_536, ge=1)
    """Blocks of 16 tokens that the prefix cache holds before it forgets the least recently used."""
    fault: Annotated[str, AfterValidator(_readable)] = ""
    """Share of calls that go wrong, as kind:rate,kind:rate; the rates add up to at most 1."""
    seed: int = 0
    """Seed of the choice of calls that go wrong."""
