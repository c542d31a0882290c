"""One event loop on one thread for each process, which every adapter's network lives on.

Trainers call from where they like: TRL from an event loop on a daemon thread, ms-swift from a new loop at
each step, SkyRL from many threads. A client that lived on the caller's loop would die with it.
"""

from __future__ import annotations

import asyncio
import atexit
import concurrent.futures
import os
import sys
import threading
from collections.abc import Coroutine
from typing import Any, TypeVar

from trainer_adapters.client.errors import GavelError

T = TypeVar("T")

_STOP_S = 2.0


class BackgroundLoop:
    """An event loop that runs on a daemon thread from now on."""

    def __init__(self) -> None:
        self.events = asyncio.new_event_loop()
        """For what submits without a coroutine."""
        self._thread = threading.Thread(target=self.events.run_forever, name="gavel-adapter", daemon=True)
        self._thread.start()

    def submit(self, work: Coroutine[Any, Any, T]) -> concurrent.futures.Future[T]:
        """Start work from any thread; cancelling what is returned cancels it."""
        return asyncio.run_coroutine_threadsafe(work, self.events)

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Do work and wait for it, from any thread but the loop's own. Raises what the work raises."""
        try:
            self._check_thread()
        except GavelError:
            work.close()
            raise
        return self.wait(self.submit(work))

    def wait(self, future: concurrent.futures.Future[T]) -> T:
        """Wait for what was submitted, from any thread but the loop's own."""
        self._check_thread()
        try:
            return future.result()
        except BaseException:
            future.cancel()  # such as KeyboardInterrupt: nobody waits any longer
            raise

    def _check_thread(self) -> None:
        if threading.current_thread() is self._thread:
            raise GavelError("a blocking call on the adapters' own loop would wait for itself")

    def stop(self) -> None:
        """Cancel what is under way and end the thread."""
        if self._thread.is_alive():
            future = asyncio.run_coroutine_threadsafe(_cancel_others(), self.events)
            concurrent.futures.wait([future], timeout=_STOP_S)
            self.events.call_soon_threadsafe(self.events.stop)
            self._thread.join(_STOP_S)
        if not self.events.is_running():
            self.events.close()


async def _cancel_others() -> None:
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)


class _Process:
    """What belongs to this process and not to one it was forked from."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.loop: BackgroundLoop | None = None


_process = _Process()


def background() -> BackgroundLoop:
    """Get the loop of this process, started when it is first wanted.

    Raises GavelError from a finaliser at the interpreter's end: a new thread would never run.
    """
    if sys.is_finalizing():
        raise GavelError("the interpreter is ending: nothing can be sent any more")
    with _process.lock:
        if _process.loop is None:
            _process.loop = BackgroundLoop()
        return _process.loop


def _forget() -> None:
    """In a forked child the parent's thread does not run, and its lock may be held for ever."""
    global _process  # noqa: PLW0603 - one for each process is the point
    _process = _Process()


def _stop() -> None:
    if _process.loop is not None:
        _process.loop.stop()
        _process.loop = None


atexit.register(_stop)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)
