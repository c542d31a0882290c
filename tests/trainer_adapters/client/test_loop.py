"""The background loop: forked, interrupted and ended with its process."""

import pickle
import subprocess
import sys
from collections.abc import Iterator
from multiprocessing.connection import Connection
from multiprocessing.context import ForkContext, SpawnContext

import pytest

from tests.processes import ROOT
from tests.reward_server.http.serving import batch, serve
from trainer_adapters import Gavel, Refused, Settings, TooManyUnscored, Unreachable, shared

REWARDS = [1.0, 0.5, 0.7625, 0.0]


def in_child(gavel: Gavel, sending: Connection) -> None:
    sending.send((gavel.score(batch(1)).rewards, shared(gavel.settings) is gavel))


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with serve(tmp_path_factory.mktemp("served")) as served:
        yield served.url


@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")
@pytest.mark.parametrize("context", [ForkContext(), SpawnContext()], ids=["fork", "spawn"])
def test_a_child_process_has_a_loop_and_connections_of_its_own(
    context: ForkContext | SpawnContext, url: str
) -> None:
    gavel = shared(Settings.of(url=url, deadline_s=30))
    assert gavel.score(batch(1)).rewards == REWARDS
    receiving, sending = context.Pipe()
    child = context.Process(target=in_child, args=(gavel, sending))
    child.start()
    assert receiving.poll(30)
    assert receiving.recv() == (REWARDS, False)
    child.join(30)
    assert child.exitcode == 0
    assert gavel.score(batch(1)).rewards == REWARDS
    gavel.close()


ENDS = """
import concurrent.futures, contextlib, threading
from trainer_adapters import Settings, shared
gavel = shared(Settings.of(url={url!r}, deadline_s=3000))
silent = shared(Settings.of(url="http://127.0.0.1:1", deadline_s=3000, attempts=10000))
def waits():
    with contextlib.suppress(concurrent.futures.CancelledError):
        silent.join({{"completion": "x"}})
threading.Thread(target=waits, daemon=True).start()
print(gavel.score([{{"completion": "x"}}]).rewards)
{last}
"""


@pytest.mark.parametrize(("last", "code"), [("", 0), ("raise SystemExit(3)", 3)])
def test_a_process_ends_without_a_word_and_without_delay(last: str, code: int, url: str) -> None:
    script = ENDS.format(url=url, last=last)
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, timeout=20, check=False
    )
    assert (done.returncode, done.stdout.strip()) == (code, "[None]")
    assert "Traceback" not in done.stderr
    assert "Task" not in done.stderr


INTERRUPTED = """
import os, signal, threading
from trainer_adapters import Settings, shared
gavel = shared(Settings.of(url="http://127.0.0.1:1", deadline_s=3000, attempts=10000))
threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGINT)).start()
try:
    gavel.score([{"completion": "x"}])
except KeyboardInterrupt:
    print("interrupted")
"""


def test_an_interrupted_wait_ends_at_once() -> None:
    done = subprocess.run(
        [sys.executable, "-c", INTERRUPTED], cwd=ROOT, capture_output=True, text=True, timeout=20, check=False
    )
    assert done.stdout.strip() == "interrupted"


FINALISED = """
from trainer_adapters import GavelError, Settings, shared
class Holder:
    gavel = shared(Settings.of(url={url!r}, deadline_s=3000))
    error = GavelError
    def __del__(self):
        try:
            self.gavel.score([{{"completion": "x"}}])
        except self.error as error:
            print(error)
holder = Holder()
print(holder.gavel.score([{{"completion": "x"}}]).rewards)
"""


def test_a_finaliser_at_the_very_end_does_not_hang(url: str) -> None:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", FINALISED.format(url=url)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )
    assert done.stdout.splitlines() == ["[None]", "the interpreter is ending: nothing can be sent any more"]
    assert done.stderr == ""


@pytest.mark.parametrize(
    "error",
    [
        Refused("no", status=422, code="invalid_field", path="$.x", hint="do"),
        Unreachable("gone"),
        TooManyUnscored("holes"),
    ],
)
def test_what_is_raised_in_a_worker_process_reaches_its_parent_whole(error: Exception) -> None:
    again = pickle.loads(pickle.dumps(error))
    assert (type(again), str(again), vars(again)) == (type(error), str(error), vars(error))


def test_a_client_is_pickled_as_its_settings() -> None:
    gavel = Gavel(Settings.of(url="http://host:1"))
    assert pickle.loads(pickle.dumps(gavel)).settings == gavel.settings
