"""What a command imports: it starts fast by what it does not load, on whatever machine."""

import subprocess
import sys

import pytest

from tests.processes import ROOT
from tests.reward_server.cli.running import environment

HEAVY = {
    "aiohttp",
    "asyncio",
    "fastapi",
    "httptools",
    "jsonschema_rs",
    "math_verify",
    "multiprocessing",
    "numpy",
    "openai",
    "pebble",
    "prometheus_client",
    "rich",
    "starlette",
    "structlog",
    "sympy",
    "tenacity",
    "tokenizers",
    "torch",
    "transformers",
    "uvicorn",
    "uvloop",
    "yaml",
}
CHECK_ONLY = {"judges", "re2", "ruamel"}
"""Not needed to say what the commands are."""

SCRIPT = """
import sys
from reward_server.cli import main
try:
    main()
except SystemExit as stop:
    assert stop.code == 0, stop.code
print("\\nimported:", *{name.partition(".")[0] for name in sys.modules})
"""


def imported(*arguments: str) -> set[str]:
    """The packages that a command has imported when it ends."""
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, *arguments],
        cwd=ROOT,
        env=environment(),
        capture_output=True,
        text=True,
        check=True,
    )
    return set(done.stdout.splitlines()[-1].split()[1:])


@pytest.mark.parametrize(
    "arguments", [["--help"], ["--version"], ["score", "--help"], ["weights", "fit", "--help"]]
)
def test_help_imports_next_to_nothing(arguments: list[str]) -> None:
    assert imported(*arguments) & (HEAVY | CHECK_ONLY) == set()


@pytest.mark.parametrize("file", ["examples/moderation/reward.yaml", "reward_server/starter/reward.yaml"])
def test_check_imports_no_server_no_client_and_no_model(file: str) -> None:
    found = imported("check", file)
    assert found & HEAVY == set()
    assert found >= CHECK_ONLY
