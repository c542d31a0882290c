"""A way to misbehave, with what must become of the calls that suffer it."""

from collections.abc import Callable
from dataclasses import dataclass

from rubrics.cause import Cause
from tests.judges.faults.server import Behaviour


@dataclass(frozen=True)
class Mode:
    """A behaviour under a name."""

    name: str
    behave: Behaviour
    causes: frozenset[Cause]
    """Why a call that suffers nothing but this has no verdict; empty where it must have its true one."""
    or_truth: bool = False
    """Whether the true verdict may stand, too: where the fault need not meet the call that provoked it."""
    slow: bool = False
    """Whether nothing but time tells that it is a fault."""
    final: bool = False
    """Whether trying again cannot help, or is not allowed."""

    @property
    def harmless(self) -> bool:
        return not self.causes

    @property
    def may_be_true(self) -> bool:
        """Whether a call that suffers it on every attempt may have a verdict, which is the true one then."""
        return self.harmless or self.or_truth

    def __str__(self) -> str:
        return self.name


MODES: dict[str, Mode] = {}
"""Every mode, by name. Filled by the modules beside this one; `every.py` imports them all."""


def mode(
    *causes: Cause, or_truth: bool = False, slow: bool = False, final: bool = False, name: str = ""
) -> Callable[[Behaviour], Behaviour]:
    """Make a mode of a behaviour, under its function's name."""

    def add(behave: Behaviour) -> Behaviour:
        called = name or behave.__name__
        assert called not in MODES, called
        MODES[called] = Mode(called, behave, frozenset(causes), or_truth, slow, final)
        return behave

    return add
