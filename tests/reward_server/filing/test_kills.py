"""SIGKILL at random moments under load: no answered rollout is without its row, has two, or half of one.

A real `gavel serve` is scored by real clients: some send batches with an Idempotency-Key, some single
rollouts without; each sends again what was not answered. What is killed is the server, the process that
stores for it, or both at once.
"""

import contextlib
import http.client
import json
import os
import random
import signal
import socket
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

import pytest

from reward_server.history.steps import compute, history
from reward_server.store.reading import Store
from tests.processes import ServerProcess, start_server
from tests.reward_server.making import PROBES

REWARD = f"""\
name: kills
components:
  a: {{use: "{PROBES}:Given", key: a, weight: 0.75}}
  b: {{use: "{PROBES}:Given", key: b, weight: 0.25}}
"""
Victim = Literal["server", "filer", "both"]
BATCH, STEP = 24, 400
CLIENTS = 6


class Trainer(threading.Thread):
    """Sends requests, one after the other, each until it is answered; remembers the answers."""

    def __init__(self, number: int, port: int, stopped: threading.Event) -> None:
        super().__init__(daemon=True)
        self._number = number
        self._port = port
        self._stopped = stopped
        self._random = random.Random(number)
        self._keyed = number % 2 == 0
        self.answered: dict[str, float] = {}
        """Rewards by the rollouts' ids."""
        self.retries = 0
        self.problem: str | None = None

    def run(self) -> None:
        for number in range(10**9):
            if self._stopped.is_set():
                return
            self._send(f"{self._number}-{number}", number)

    def _send(self, name: str, number: int) -> None:
        size = self._random.randint(2, BATCH) if self._keyed else 1
        rollouts = [self._rollout(f"{name}-{n}", name) for n in range(size)]
        body = json.dumps({"run": "kills", "step": number * size // STEP, "rollouts": rollouts}).encode()
        headers = {"Content-Type": "application/json", **({"Idempotency-Key": name} if self._keyed else {})}
        while True:
            with contextlib.suppress(OSError, http.client.HTTPException):
                status, answer = self._post(body, headers)
                if status == 200:
                    rewards = json.loads(answer)["rewards"]
                    ids = [rollout["id"] for rollout in rollouts]
                    self.answered.update(zip(map(str, ids), rewards, strict=True))
                    return
                if status != 503:  # a server that is stopped by and by, at the end, says so
                    self.problem = f"{status}: {answer[:200]!r}"
            self.retries += 1
            self._stopped.wait(0.02)

    def _post(self, body: bytes, headers: Mapping[str, str]) -> tuple[int, bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=30)
        with contextlib.closing(connection):
            connection.request("POST", "/v1/rewards", body, dict(headers))
            answer = connection.getresponse()
            return answer.status, answer.read()

    def _rollout(self, name: str, group: str) -> dict[str, object]:
        values = {"a": round(self._random.random(), 6), "b": round(self._random.random(), 6)}
        text = f"{name} " + "word " * self._random.randint(0, 800)
        return {
            "id": name,
            "group": group,
            "prompt": f"prompt of {group}",
            "completion": text,
            "metadata": values,
        }


@contextmanager
def serving(path: Path, reward: Path, port: int) -> Iterator[ServerProcess]:
    gavel = str(Path(sys.executable).with_name("gavel"))
    command = (gavel, "serve", str(reward), "--port", str(port), "--store", str(path), "--log-level", "error")
    with start_server(*command) as server:
        yield server


def kill(server: ServerProcess, victim: Victim) -> None:
    """End processes as a power cut would, or the kernel that is out of memory."""
    filers = [] if victim == "server" else list(children(server.process.pid))
    if victim != "filer":
        server.process.send_signal(signal.SIGKILL)
    for number in filers:
        with contextlib.suppress(ProcessLookupError):
            os.kill(number, signal.SIGKILL)
    if victim != "filer":
        server.process.wait()


def children(parent: int) -> Iterator[int]:
    for entry in Path("/proc").iterdir():
        with contextlib.suppress(OSError, ValueError, IndexError):
            if int((entry / "stat").read_text().rpartition(")")[2].split()[1]) == parent:
                yield int(entry.name)


class Auditor:
    """Compares what was answered with what is in the file."""

    def __init__(self, path: Path, trainers: list[Trainer]) -> None:
        self._path = path
        self._trainers = trainers
        self._seen: set[str] = set()
        self._numbers: dict[str, int] = {}

    def audit(self) -> None:
        """Check everything that was answered since the last time."""
        answered = {name: reward for each in self._trainers for name, reward in list(each.answered.items())}
        fresh = answered.keys() - self._seen
        with contextlib.closing(Store(self._path)) as store, store.snapshot():
            self._take_in(store)
            assert fresh - self._numbers.keys() == set()
            for name in fresh:
                self._check(store, name, self._numbers[name], answered[name])
        self._seen |= fresh

    def _take_in(self, store: Store) -> None:
        """See which rows are new. One of a name that was there before has to have taken its place."""
        last = max(self._numbers.values(), default=0)
        new = store.rows("SELECT id, name FROM rollouts WHERE id > ?", last)
        assert store.rows("SELECT count(*) FROM details WHERE rollout > ?", last) == [(len(new),)]
        for number, name in new:
            before = self._numbers.get(name)
            assert before is None or store.rows("SELECT 1 FROM rollouts WHERE id = ?", before) == []
            self._numbers[name] = number

    def _check(self, store: Store, name: str, number: int, reward: float) -> None:
        ((stored, a, b),) = store.rows("SELECT reward, v0, v1 FROM rollouts WHERE id = ?", number)
        whole = store.rollout(number)
        told = whole.content.metadata
        assert stored == reward == whole.content.result.reward
        assert (a, b) == (told["a"], told["b"])
        assert whole.content.completion is not None
        assert whole.content.completion.startswith(f"{name} ")
        assert whole.prompt == f"prompt of {whole.group}"

    def close(self) -> None:
        """Check the whole file, when everything is answered."""
        with contextlib.closing(Store(self._path)) as store:
            assert sorted(name for (name,) in store.rows("SELECT name FROM rollouts")) == sorted(self._seen)
            assert store.rows("SELECT count(*) FROM details") == [(len(self._seen),)]
            assert store.rows("PRAGMA integrity_check") == [("ok",)]
            (run,) = store.runs()
            assert run.rollouts == len(self._seen)
            assert store.rows("SELECT sum(rollouts) FROM requests") == [(len(self._seen),)]
            assert store.rows("SELECT sum(rollouts) FROM steps") == [(len(self._seen),)]
            history(store, run.id)
            assert [compute(store, run.id, each.step) for each in history(store, run.id)] == list(
                history(store, run.id)
            )


def kill_under_load(tmp_path: Path, victims: list[Victim], seed: int) -> None:
    reward, path = tmp_path / "reward.yaml", tmp_path / "rollouts.sqlite3"
    reward.write_text(REWARD)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    stopped = threading.Event()
    trainers = [Trainer(number, port, stopped) for number in range(CLIENTS)]
    auditor, chance = Auditor(path, trainers), random.Random(seed)
    for trainer in trainers:
        trainer.start()
    answered = 0
    while victims:
        with serving(path, reward, port) as server:
            while victims:
                answered = _progress(trainers, answered)
                threading.Event().wait(chance.random() * 0.3)  # any moment
                victim = victims.pop()
                kill(server, victim)
                auditor.audit()
                if victim != "filer":
                    break
    with serving(path, reward, port):
        stopped.set()
        for trainer in trainers:
            trainer.join(60)
            assert not trainer.is_alive(), trainer.problem
    auditor.audit()
    auditor.close()
    assert sum(trainer.retries for trainer in trainers) > 0
    assert {trainer.problem for trainer in trainers} == {None}


def _progress(trainers: list[Trainer], before: int) -> int:
    """Wait until something was answered since: the next kill is under load."""
    deadline = time.monotonic() + 60
    while True:
        now = sum(len(trainer.answered) for trainer in trainers)
        if now > before + BATCH:
            return now
        assert time.monotonic() < deadline, {trainer.problem for trainer in trainers}
        threading.Event().wait(0.005)


def test_p9_five_kills_lose_double_or_tear_no_row(tmp_path: Path) -> None:
    kill_under_load(tmp_path, ["server", "filer", "both", "filer", "filer"], seed=1)


@pytest.mark.soak
@pytest.mark.timeout(1200)
def test_p9_three_hundred_kills_lose_double_or_tear_no_row(tmp_path: Path) -> None:
    counts: dict[Victim, int] = {"server": 50, "both": 25, "filer": 225}
    victims = [victim for victim, count in counts.items() for _ in range(count)]
    random.Random(300).shuffle(victims)
    kill_under_load(tmp_path, victims, seed=300)
