"""One house for all faulty judges, and retries that do not wait."""

import sys
from collections.abc import Iterator

import pytest

from judges import retry
from judges.engine import fleet
from tests.judges.faults.making import KEY_VARIABLE, SECRET
from tests.judges.faults.server import JudgeHouse

SWITCH_S = 0.0002


@pytest.fixture(scope="session")
def house() -> Iterator[JudgeHouse]:
    usual = sys.getswitchinterval()
    sys.setswitchinterval(SWITCH_S)  # judge and client take turns with every packet
    house = JudgeHouse()
    yield house
    house.close()
    sys.setswitchinterval(usual)


@pytest.fixture(autouse=True)
def _a_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(KEY_VARIABLE, SECRET)


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait next to nothing between attempts: there are hundreds of cases."""
    monkeypatch.setattr(retry, "FIRST_WAIT_S", 0.004)
    monkeypatch.setattr(retry, "LONGEST_WAIT_S", 0.004)
    monkeypatch.setattr(fleet, "LONGEST_PAUSE_S", 0.02)
