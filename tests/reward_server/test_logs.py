"""Logs: one JSON object a line, and nothing in them that a completion could say."""

import json
import subprocess
import sys

import pytest

from reward_server.logs import configure, inert_traceback
from rubrics.problems import ConfigError

CANARY = "canary-77"


def logged(level: str, *statements: str) -> list[dict[str, object]]:
    """What a fresh process logs when it runs these statements."""
    lines = (
        "import logging, structlog",
        "from reward_server.logs import configure",
        f"configure({level!r})",
        "log = structlog.get_logger()",
        *statements,
    )
    done = subprocess.run(
        [sys.executable, "-c", "\n".join(lines)], capture_output=True, text=True, check=True
    )
    assert not done.stdout
    return [json.loads(line) for line in done.stderr.splitlines()]


def test_a_line_has_its_event_level_time_and_fields() -> None:
    (line,) = logged("info", "log.info('request', status=200, text='a\\nb\\u2028\\x1b[31m')")
    assert (line["event"], line["level"], line["status"]) == ("request", "info", 200)
    assert str(line["timestamp"]).endswith("Z")


@pytest.mark.parametrize(("level", "count"), [("debug", 4), ("info", 3), ("warning", 2), ("error", 1)])
def test_the_level_is_the_least_that_is_logged(level: str, count: int) -> None:
    lines = logged(level, *(f"log.{name}('x')" for name in ("debug", "info", "warning", "error")))
    assert len(lines) == count


def test_libraries_log_in_the_same_form_from_warnings_up() -> None:
    info, warning = (
        "logging.getLogger('uvicorn.error').info('no')",
        "logging.getLogger('asyncio').warning('%s', 'yes')",
    )
    (line,) = logged("info", info, warning)
    assert (line["event"], line["level"]) == ("yes", "warning")


@pytest.mark.parametrize(
    "log", ["log.exception('bug')", "logging.getLogger('uvicorn.error').exception('bug')"]
)
def test_p23_a_traceback_has_no_message_and_no_values(log: str) -> None:
    raising = f"completion = '{CANARY}'\ntry:\n    raise KeyError(completion)\nexcept KeyError:\n    {log}"
    (line,) = logged("info", raising)
    assert (line["event"], line["exception"]) == ("bug", "KeyError")
    assert line["frames"] == ["<string>:7 <module>"]
    assert CANARY not in json.dumps(line)


def test_what_is_not_an_exception_leaves_no_trace() -> None:
    assert inert_traceback(None, "info", {"event": "x", "exc_info": None}) == {"event": "x"}
    assert inert_traceback(None, "info", {"event": "x", "exc_info": True}) == {"event": "x"}


def test_an_unknown_level_is_refused() -> None:
    with pytest.raises(ConfigError, match="there is no log level `loud`"):
        configure("loud")
