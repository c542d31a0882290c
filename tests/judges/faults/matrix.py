"""What it means to suffer a mode: which calls do, and what must become of every call."""

from collections.abc import Callable
from dataclasses import dataclass

from rubrics.cause import Cause
from tests.judges.faults.making import Verdicts, failed, indiscreet, lies
from tests.judges.faults.modes.mode import Mode
from tests.judges.faults.server import Call
from tests.judges.faults.truth import Key

TEXTS = ("t1", "t2")
VICTIM = ("t1", "c2")


@dataclass(frozen=True)
class Scope:
    """Which calls suffer."""

    name: str
    strikes: Callable[[Call], bool]
    hits: Callable[[Key], bool] = lambda _: False
    """Whether every attempt at a question suffers, wherever it is made."""
    heals: Callable[[Key], bool] = lambda _: False
    """Whether some attempts at a question suffer, so that trying again helps, where it can."""
    faulty: int = 1
    healthy: int = 0

    def __str__(self) -> str:
        return self.name


def _everything(_: object) -> bool:
    return True


def _is_victim(key: Key) -> bool:
    return key == VICTIM


def _is_second(key: Key) -> bool:
    return key[1] == "c2"


WHOLE_FLEET = Scope("whole_fleet", _everything, hits=_everything, faulty=2)
SCOPES = (
    Scope("one_attempt", lambda call: _is_victim(call.key) and call.attempt == 1, heals=_is_victim),
    Scope("one_call", lambda call: _is_victim(call.key), hits=_is_victim),
    Scope("one_criterion", lambda call: _is_second(call.key), hits=_is_second),
    Scope("one_replica", _everything, heals=_everything, healthy=1),
    WHOLE_FLEET,
)


def broken_laws(found: Verdicts, mode: Mode, scope: Scope) -> list[str]:
    """What must not be."""
    causes = failed(found)
    wrong = [f"misattributed {lie}" for lie in lies(found)] + [f"quoted {it!a}" for it in indiscreet(found)]
    for key in found:
        cause = causes.get(key)
        if cause is None and scope.hits(key) and not mode.may_be_true:
            wrong.append(f"{key} has a number")
        if cause is not None and not _may_fail(key, cause, mode, scope):
            wrong.append(f"{key} ended as {cause}: {found[key].reason}")
    return [f"{scope}: {each}" for each in wrong]


def _may_fail(key: Key, cause: Cause, mode: Mode, scope: Scope) -> bool:
    suffers = scope.hits(key) or (scope.heals(key) and mode.final)
    return suffers and cause in mode.causes
