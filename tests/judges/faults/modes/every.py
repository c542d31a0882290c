"""All modes: importing a module of modes adds them."""

from tests.judges.faults.modes import astray, bytes_on_the_wire, envelopes, statuses, verdicts, without_end
from tests.judges.faults.modes.mode import MODES, Mode

__all__ = ["ALL", "BY_NAME", "FAST", "OF_THE_WIRE", "SLOW"]

_OF_A_CALL = (envelopes, statuses, verdicts)
_WIRE = {module.__name__ for module in (astray, bytes_on_the_wire, without_end)}

BY_NAME = MODES
ALL: tuple[Mode, ...] = tuple(MODES.values())
SLOW = tuple(mode for mode in ALL if mode.slow)
FAST = tuple(mode for mode in ALL if not mode.slow)
OF_THE_WIRE = tuple(mode for mode in FAST if getattr(mode.behave, "__module__", "") in _WIRE)
"""Those that may harm a connection, and not only the call that is on it."""
