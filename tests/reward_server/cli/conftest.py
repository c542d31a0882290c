import pytest

from tests.reward_server.cli.running import Gavel


@pytest.fixture
def gavel(capsys: pytest.CaptureFixture[str]) -> Gavel:
    """The command line, run in this process."""
    return Gavel(capsys)
