"""A process that grades, run by `killable` as `python -m reward_server.grading.grading_process GRADER`.

Lines of JSON in, `[seconds, arguments]`; lines of JSON out, `[true, result]` or `[false, what went wrong]`.
The first line out says whether the grader is ready.
"""

import importlib
import json
import os
import signal
import sys
from collections.abc import Callable

from rubrics.rollout import Json

MEMORY_BYTES = 2 << 30
"""Address space of this process (Linux)."""
GRACE_S = 1.0
"""A process whose parent has gone ends itself this long after the time limit of its grading."""


def serve(grader: str) -> None:
    """Be a worker: say when the grader is ready, then answer each line of standard input until it ends."""
    replies = os.fdopen(os.dup(1), "w")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # what a grader prints is no reply

    def reply(good: bool, result: Json) -> None:
        replies.write(json.dumps([good, result]) + "\n")
        replies.flush()

    _limit_memory()
    try:
        module, _, factory = grader.partition(":")
        grade = getattr(importlib.import_module(module), factory)()
    except Exception as error:  # noqa: BLE001 - told to the parent
        return reply(False, f"{type(error).__name__}: {error}")
    reply(True, "ready")
    for line in sys.stdin:
        seconds, arguments = json.loads(line)
        _end_after(seconds + GRACE_S)
        reply(*_graded(grade, arguments))
        _end_after(0)
    return None


def _graded(grade: Callable[..., Json], arguments: list[Json]) -> tuple[bool, Json]:
    try:
        return True, grade(*arguments)
    except MemoryError:
        raise  # such a process is not worth keeping
    except Exception as error:  # noqa: BLE001 - the message may quote a completion, so only the type is told
        return False, type(error).__name__


def _limit_memory() -> None:
    if sys.platform == "linux":
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))


def _end_after(seconds: float) -> None:
    """Have the kernel end this process after so many seconds, whatever it is doing; 0 calls that off."""
    if sys.platform != "win32":
        signal.setitimer(signal.ITIMER_REAL, seconds)


if __name__ == "__main__":
    serve(sys.argv[1])
