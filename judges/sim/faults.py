"""Misbehaviour on request: which call suffers what, decided by a hash and not by chance."""

import difflib
import math
from collections import OrderedDict
from dataclasses import dataclass
from enum import StrEnum
from hashlib import blake2b

_MAX_BODIES = 65_536
_MAX_EXCERPT = 40


class FaultKind(StrEnum):
    """The ways in which a judge can let its client down."""

    TIMEOUT = "timeout"
    """Accepts the call and never answers."""
    HTTP500 = "http500"
    """500 with an error body."""
    HTTP429 = "http429"
    """429 with `Retry-After: 1`."""
    HTTP503 = "http503"
    """503 with an error body."""
    GARBAGE = "garbage"
    """A well-formed reply that babbles; none of the choices is among its log-probabilities."""
    EMPTY = "empty"
    """A reply without choices."""
    HTML = "html"
    """200 with a proxy's error page instead of JSON."""
    TRUNCATED = "truncated"
    """The body stops in the middle and the connection closes."""
    DISCONNECT = "disconnect"
    """The connection closes without a reply."""
    DRIP = "drip"
    """200, then one byte every 0.2 s without end."""
    WRONG_ID = "wrong_id"
    """A good reply under the id of some other call."""
    ABSTAIN = "abstain"
    """Only 30 % of the probability lies on the choices."""
    REFUSAL = "refusal"
    """Declines to judge: `refusal` is set and the content is null."""


_KINDS = {kind.value: kind for kind in FaultKind}


class FaultSpecError(ValueError):
    """The fault specification cannot be read; the message names the bad part and the kinds there are."""


@dataclass(frozen=True, slots=True)
class FaultRates:
    """The share of attempts that suffer each kind of fault, in the order they were given."""

    rates: tuple[tuple[FaultKind, float], ...] = ()

    def pick(self, fraction: float) -> FaultKind | None:
        """Find the fault at `fraction` in [0, 1): the rates lie side by side from 0, the rest is healthy."""
        edge = 0.0
        for kind, rate in self.rates:
            edge += rate
            if fraction < edge:
                return kind
        return None


def parse_faults(spec: str) -> FaultRates:
    """Read `kind:rate,kind:rate,...`; the empty text means no faults.

    Raises FaultSpecError for an unknown or repeated kind, a rate outside [0, 1] and a sum above 1.
    """
    if not spec.strip():
        return FaultRates()
    rates: dict[FaultKind, float] = {}
    for part in spec.split(","):
        kind, rate = _parse_part(part)
        if kind in rates:
            raise _error(part, f"{kind} is given twice")
        rates[kind] = rate
    total = math.fsum(rates.values())
    if total > 1:
        raise _error(spec, f"the rates add up to {total:g}, more than 1")
    return FaultRates(tuple(rates.items()))


def _parse_part(part: str) -> tuple[FaultKind, float]:
    name, colon, rate = (piece.strip() for piece in part.partition(":"))
    if name not in _KINDS:
        raise _error(part, f"unknown kind{_did_you_mean(name)}")
    if not colon:
        raise _error(part, "no rate")
    return _KINDS[name], _parse_rate(part, rate)


def _parse_rate(part: str, text: str) -> float:
    try:
        rate = float(text)
    except ValueError:
        raise _error(part, "the rate is not a number") from None
    if not 0 <= rate <= 1:
        raise _error(part, "the rate is not between 0 and 1")
    return rate


def _did_you_mean(name: str) -> str:
    close = difflib.get_close_matches(name[:_MAX_EXCERPT], list(_KINDS), n=1)
    return f" (did you mean {close[0]}?)" if close else ""


def _error(part: str, problem: str) -> FaultSpecError:
    kinds = ", ".join(_KINDS)
    return FaultSpecError(
        f"fault {part.strip()[:_MAX_EXCERPT]!a}: {problem}; "
        f"write kind:rate,kind:rate with rates that add up to at most 1; the kinds are {kinds}"
    )


class FaultInjector:
    """Decides each call's fate from (seed, request body, attempt number of that body).

    Equal runs suffer equally whatever the order of arrival, and a retry of the same body is a new attempt
    that may succeed. The table of attempts forgets the bodies seen longest ago.
    """

    def __init__(self, rates: FaultRates, seed: int) -> None:
        self._rates = rates
        self._seed = seed
        self._attempts: OrderedDict[bytes, int] = OrderedDict()

    def next(self, body: bytes) -> FaultKind | None:
        """Decide which fault this attempt at `body` suffers, if any."""
        if not self._rates.rates:
            return None
        digest = blake2b(body, digest_size=16).digest()
        return self._rates.pick(_fraction(self._seed, digest, self._attempt(digest)))

    def _attempt(self, digest: bytes) -> int:
        attempt = self._attempts.pop(digest, 0) + 1
        self._attempts[digest] = attempt
        if len(self._attempts) > _MAX_BODIES:
            self._attempts.popitem(last=False)
        return attempt


def _fraction(seed: int, digest: bytes, attempt: int) -> float:
    """Spread the arguments evenly over [0, 1): the first 53 bits of their hash, a double's precision."""
    key = b"%d:%d:%b" % (seed, attempt, digest)
    return (int.from_bytes(blake2b(key, digest_size=8).digest()) >> 11) / 2**53
