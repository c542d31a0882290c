"""A store filled by a real simulated run (`examples/dashboard`), and what is known of it."""

import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec

from tests.processes import ROOT

SCRIPT = ROOT / "examples" / "dashboard" / "run.py"
LIMIT_S = 900


class Truth(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What `run.py --truth` writes; `examples/dashboard/story.py` says what each is."""

    healthy: str
    collapsing: str
    reward: str
    steps: int
    healthy_steps: int
    groups: int
    rollouts: int
    hostile_step: int
    hostile: Mapping[str, str]
    outage: Sequence[int]
    collapse: int
    bottom: int
    mended: int
    recovered: int
    sent: Mapping[str, Sequence[int]]
    unscored: Mapping[str, Sequence[Mapping[str, int]]]
    versions: Mapping[str, Sequence[Sequence[str]]]


def simulated(path: Path, steps: int, *, groups: int = 8, rollouts: int = 8, seed: int = 0) -> Truth:
    """Fill the store `path`, which is not there yet: a healthy run, then one with an outage and a collapse.

    A judge, a server and a policy that sends step after step, all of them real processes; they have ended
    when this returns. About 0.2 s a step of 64 rollouts on two idle cores.
    """
    truth = path.with_suffix(".truth.json")
    numbers = {"steps": steps, "groups": groups, "rollouts": rollouts, "seed": seed, "port": 0}
    options = [word for name, value in numbers.items() for word in (f"--{name}", str(value))]
    command = [sys.executable, str(SCRIPT), "--store", str(path), "--truth", str(truth), *options]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=LIMIT_S, check=False)
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    return msgspec.json.decode(truth.read_bytes(), type=Truth)
