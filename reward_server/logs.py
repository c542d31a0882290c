"""Structured logs, one JSON object a line on standard error.

Completion text is never logged. An exception may quote one, and so may the variables around it, so a
traceback is logged as its type and its lines of code: no message, no values.
"""

import logging
import sys
import traceback
from collections.abc import MutableMapping

import structlog
from structlog.typing import Processor

from rubrics.problems import ConfigError

LEVELS = ("debug", "info", "warning", "error")

Event = MutableMapping[str, object]


def configure(level: str) -> None:
    """Set up logging for the process. Raises ConfigError for an unknown level."""
    if level not in LEVELS:
        raise ConfigError(f"there is no log level `{level}`", hint=f"one of {', '.join(LEVELS)}")
    processors: list[Processor] = [
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        inert_traceback,
    ]
    structlog.configure(
        processors=[*processors, structlog.processors.JSONRenderer()],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(level.upper())),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    _adopt_standard_logging(processors)


def _adopt_standard_logging(processors: list[Processor]) -> None:
    """Write the warnings of libraries, such as uvicorn and asyncio, in the same form."""
    handler = logging.StreamHandler(sys.stderr)
    formatter = structlog.stdlib.ProcessorFormatter(
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.JSONRenderer(),
        ],
        foreign_pre_chain=processors,
    )
    handler.setFormatter(formatter)
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)


def inert_traceback(_logger: object, _method: str, event: Event) -> Event:
    """Put the type and the frames of an exception in place of the exception."""
    error = _exception(event.pop("exc_info", None))
    if error is not None:
        event["exception"] = type(error).__qualname__
        event["frames"] = [
            f"{frame.filename}:{frame.lineno} {frame.name}"
            for frame in traceback.extract_tb(error.__traceback__)
        ]
    return event


def _exception(found: object) -> BaseException | None:
    if found is True:
        found = sys.exc_info()
    if isinstance(found, tuple):
        found = found[1]
    return found if isinstance(found, BaseException) else None
