"""Where the reward is, and how patiently it is asked."""

from __future__ import annotations

import difflib
import math
from dataclasses import dataclass, field, fields
from urllib.parse import urlsplit

from trainer_adapters.client import environment
from trainer_adapters.client.errors import InvalidSetting
from trainer_adapters.client.origin import LONGEST_RUN

REWARDS_PATH = "/v1/rewards"
LONGEST_DEADLINE_S = 3600.0
SMALLEST_WINDOW = 64


@dataclass(frozen=True)
class Settings:
    """Immutable and hashable: calls with equal settings share one client.

    Raises InvalidSetting for a value that cannot be.
    """

    url: str = "http://127.0.0.1:8900"
    """Where `gavel serve` answers; with or without `/v1/rewards`."""
    reward: str | None = None
    """Which reward function; may be left out where the server has one."""
    token: str | None = field(default=None, repr=False)
    """Bearer token; in the environment `GAVEL_TOKEN`, or `GAVEL_TOKEN_FILE` that names a file."""
    deadline_s: float = 300.0
    """Seconds for one call, retries included; what is not scored by then is unscored."""
    attempts: int = 60
    """Most tries of one request; the deadline usually comes first."""
    longest_wait_s: float = 8.0
    """Seconds that waits between tries grow to."""
    batch_rollouts: int = 4096
    """Most rollouts in one request; a call with more makes several. A group is never divided for it."""
    batch_bytes: int = 32 * 2**20
    """Most bytes of one request."""
    max_unscored_fraction: float = 0.5
    """More than this fraction of the recent rollouts unscored raises TooManyUnscored; 1 never does."""
    window: int = 64
    """How many rollouts are recent, at least 64; more where more are under way at once."""
    join_s: float = 0.003
    """Seconds in which calls with a single rollout are collected into one request."""
    group_size: int | None = None
    """Rollouts of one prompt, for adapters that cannot see it; the trainer's num_generations or n."""
    run: str | None = None
    """What the server's store and dashboard call the training run; left out, as the trainer calls it."""

    @classmethod
    def of(cls, **overrides: object) -> Settings:
        """Take what is given and not None, else the environment (`GAVEL_DEADLINE_S`), else the default."""
        known = [setting.name for setting in fields(cls)]
        for name in overrides:
            if name not in known:
                raise InvalidSetting(f"there is no setting {name!r}{_did_you_mean(name, known)}")
        found: dict[str, object] = {
            name: overrides[name] if overrides.get(name) is not None else environment.setting(name)
            for name in known
        }
        return cls(**{name: _typed(name, value) for name, value in found.items() if value is not None})  # type: ignore[arg-type]

    def __post_init__(self) -> None:
        object.__setattr__(self, "url", _root(self.url))
        _check_token(self.token)
        _check("deadline_s", self.deadline_s, 0.0, LONGEST_DEADLINE_S, exclusive=True)
        _check("attempts", self.attempts, 1)
        _check("longest_wait_s", self.longest_wait_s, 0.0)
        _check("batch_rollouts", self.batch_rollouts, 1)
        _check("batch_bytes", self.batch_bytes, 1)
        _check("max_unscored_fraction", self.max_unscored_fraction, 0.0, 1.0)
        _check("window", self.window, SMALLEST_WINDOW)
        _check("join_s", self.join_s, 0.0)
        if self.group_size is not None:
            _check("group_size", self.group_size, 1)
        if self.run is not None and not 0 < len(self.run) <= LONGEST_RUN:
            raise InvalidSetting(f"run is a name of 1 to {LONGEST_RUN} characters, not of {len(self.run)}")

    @property
    def loopback(self) -> bool:
        """Whether the server is on this machine."""
        host = urlsplit(self.url).hostname or ""
        return host in {"localhost", "::1"} or host.startswith("127.")


_TYPES: dict[str, type[str | float | int]] = {
    "url": str,
    "reward": str,
    "token": str,
    "run": str,
    "deadline_s": float,
    "longest_wait_s": float,
    "max_unscored_fraction": float,
    "join_s": float,
}


def _typed(name: str, value: object) -> str | float | int:
    wanted = _TYPES.get(name, int)
    if isinstance(value, str) and wanted is not str:
        return _number(name, value, wanted)
    if isinstance(value, bool) or not isinstance(value, (int, float) if wanted is float else wanted):
        raise InvalidSetting(f"{name} is {_named(wanted)}, not {type(value).__name__}")
    return wanted(value)


def _number(name: str, text: str, wanted: type[str | float | int]) -> str | float | int:
    try:
        return wanted(text)
    except ValueError:
        raise InvalidSetting(
            f"{environment.variable(name)} ({name}) is {_named(wanted)}, not {text[:40]!a}"
        ) from None


def _named(wanted: type) -> str:
    return {str: "text", float: "a number", int: "a whole number"}[wanted]


def _check(name: str, value: float, low: float, high: float = math.inf, *, exclusive: bool = False) -> None:
    if not low <= value <= high or not math.isfinite(value) or (exclusive and value == low):
        least = f"above {low:g}" if exclusive else f"at least {low:g}"
        most = f" and at most {high:g}" if math.isfinite(high) else ""
        raise InvalidSetting(f"{name} is {least}{most}, not {value:g}")


def _root(url: str) -> str:
    """Scheme, host, port and prefix; the address in the server's ready line will do."""
    try:
        parts = urlsplit(url.strip())
        whole = parts.scheme in {"http", "https"} and _is_host(parts.hostname) and parts.port != 0
    except ValueError:  # a bracket that does not close, or a port that is none
        whole = False
    if not whole:
        shown = url.rpartition("@")[2][:80]  # without what may be a password
        raise InvalidSetting(f"url is an address such as http://127.0.0.1:8900, not {shown!a}")
    if parts.username or parts.password:
        raise InvalidSetting("url holds a password: set GAVEL_TOKEN (or GAVEL_TOKEN_FILE) in its place")
    if parts.query or parts.fragment:
        raise InvalidSetting("url has a query or a fragment: leave out what follows the path")
    path = parts.path.rstrip("/")
    return f"{parts.scheme}://{parts.netloc}{path.removesuffix(REWARDS_PATH)}"


def _is_host(name: str | None) -> bool:
    return bool(name) and str(name).isprintable() and " " not in str(name)


def _check_token(token: str | None) -> None:
    if token is None:
        return
    if not token or token != token.strip() or not (token.isascii() and token.isprintable()):
        raise InvalidSetting("token is printable ASCII without space around it; what was found is not shown")


def _did_you_mean(name: str, known: list[str]) -> str:
    near = difflib.get_close_matches(name, known, n=1)
    return f"; did you mean {near[0]!r}?" if near else f"; there are {', '.join(known)}"
