"""The server's end of the process that stores: hands over what was scored, and waits until it is durable.

Making rows of a batch takes as long as scoring one by verifiable components, and Python does one thing at a
time. So it is done in a process of its own; here is only the cost of handing over.
"""

import contextlib
import math
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from subprocess import PIPE, Popen, TimeoutExpired

import msgspec

from reward_server.filing.frames import FAILED, OPTIONS, RAISED, Ended, receive, send
from reward_server.filing.process import Options
from reward_server.store.database import StoreError
from reward_server.store.entry import Entry
from reward_server.store.options import StoreOptions
from reward_server.store.parcel import Packer

_COMMAND = (sys.executable, "-P", "-m", "reward_server.filing.process")
_PASSED_ON = (
    "PATH",
    "PYTHONPATH",
    "LD_LIBRARY_PATH",
    "DYLD_LIBRARY_PATH",
    "SYSTEMROOT",
    "TMPDIR",
    "PYTHONDONTWRITEBYTECODE",
)
_PIPE_BYTES = 1 << 20
_END_S = 5.0
_ATTEMPTS = 4
_REST_S = 10.0
"""A process that died of that many attempts is not started again for so long: starting one takes a second."""


class Poisonous(Exception):
    """Storing raised for what was to be stored. Says what type of exception."""


class Filer:
    """Stores entries in a process, which is started again where it has died. Blocks; for one thread."""

    def __init__(self, options: StoreOptions, default_run: str) -> None:
        """`default_run` is the run of requests that name none."""
        self.path: Path = options.path.absolute()
        store = options.model_copy(update={"path": self.path})
        self._options = msgspec.json.encode(Options(store.model_dump_json(), default_run))
        self._process: Popen[bytes] | None = None
        self._packer = Packer()
        self._rests_until = -math.inf

    def start(self) -> None:
        """Start the process, which takes a while to get ready, so that the first request need not wait."""
        with contextlib.suppress(OSError):  # told of when something is to be stored
            self._started()

    def store(self, entries: Sequence[Entry]) -> None:
        """Have all of these stored in one transaction.

        Raises StoreError and Poisonous, and then none is stored. The process may die after storing them and
        before it says so; then they are stored again, in place of themselves (`Origin.identity`).
        """
        for _ in range(_ATTEMPTS):
            if time.monotonic() < self._rests_until:
                break
            try:
                return self._exchange(entries)
            except (Ended, OSError):
                self.close()
        else:
            self._rests_until = time.monotonic() + _REST_S
        raise StoreError(f"the process that writes {self.path} dies")

    def close(self) -> None:
        """End the process, after what it is doing."""
        process, self._process, self._packer = self._process, None, Packer()
        if process is None:
            return
        assert process.stdin is not None
        assert process.stdout is not None
        with contextlib.suppress(OSError):
            process.stdin.close()
        with contextlib.suppress(TimeoutExpired):
            process.wait(_END_S)
        process.stdout.close()

    def _exchange(self, entries: Sequence[Entry]) -> None:
        process = self._started()
        assert process.stdin is not None
        assert process.stdout is not None
        send(process.stdin.fileno(), *self._packer.pack(entries))
        answer = receive(process.stdout.fileno())
        if answer.form == FAILED:
            raise StoreError(answer.body.decode())
        if answer.form == RAISED:
            self._packer = Packer()  # nobody knows what was read of it
            raise Poisonous(answer.body.decode())

    def _started(self) -> Popen[bytes]:
        if self._process is not None:
            return self._process
        environment = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
        process = Popen(  # noqa: S603 - it is ours
            _COMMAND, stdin=PIPE, stdout=PIPE, bufsize=0, env=environment, start_new_session=True
        )
        self._process = process
        assert process.stdin is not None
        _widen(process.stdin.fileno())
        send(process.stdin.fileno(), OPTIONS, self._options)
        return process


def _widen(pipe: int) -> None:
    """Let a pipe hold as much as is written at a time, where the system can."""
    if sys.platform == "linux":
        import fcntl

        with contextlib.suppress(OSError):
            fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, _PIPE_BYTES)
