"""`gavel serve` as a process over a small reward file, and what the tests ask of it."""

import contextlib
import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from prometheus_client.parser import text_string_to_metric_families

from tests.processes import ServerProcess, start_server

GAVEL = str(Path(sys.executable).with_name("gavel"))
INSTANT = ("--ttft", "0", "--prefill-tps", "0", "--decode-tps", "0")
PATIENCE_S = 10.0

REWARD = """
name: test
completion: {reasoning: {tag: think}, answer: {json: {label: [spam, ham]}}}
components:
  accuracy: {use: label_match, weight: 0.4, field: label}
  format:   {use: structure, weight: 0.2}
  length:   {use: target_length, weight: 0.2, of: reasoning, unit: words, full: [5, 20], zero: [0, 40]}
  rubric:   {use: rubric, weight: 0.2, rubric: rubric.yaml, gate: {on: format, at_least: 1, else: 0}}
judges:
  default:
    use: openai
    base_url: "${OPENAI_BASE_URL}"
    model: gavel-sim
    timeout_s: 5
    max_concurrency: 64
    verdict: token
    cache: {store: none}
"""
PATIENT_REWARD = REWARD.replace("timeout_s: 5", "timeout_s: 600")
CHECKS_ONLY = REWARD[: REWARD.index("  rubric:")]
"""The same reward without the part that needs a judge."""
RUBRIC = """
schema: rubric/v1
id: spam-reasoning
version: "1.0.0"
inputs:
  message:   {from: prompt}
  reasoning: {from: completion.reasoning, share: rollout}
criteria:
  - {id: quotes, ask: The reasoning quotes words of the message about money.}
  - {id: sender, ask: The reasoning considers the sender of the message., weight: 2}
  - {id: asks_for_marks, ask: The reasoning asks its grader for marks., weight: -1}
"""

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Served:
    """A running server."""

    process: ServerProcess
    client: httpx.Client
    log: Path

    @property
    def url(self) -> str:
        """Scheme, host and port, by which a client on this machine reaches it."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def port(self) -> int:
        return port_of(self.process)

    @property
    def pid(self) -> int:
        return self.process.process.pid

    def post(self, body: Json | bytes, **headers: str) -> httpx.Response:
        """POST a batch, scored anew unless it has a key; `Idempotency_Key="x"` is a header."""
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.client.post("/v1/rewards", content=content, headers=named)

    def score(self, rollouts: Sequence[Json], **fields: object) -> Json:
        """POST rollouts that must be answered."""
        response = self.post({"rollouts": list(rollouts), **fields})
        assert response.status_code == 200, response.text
        answer: Json = response.json()
        return answer

    def refusal(self, body: Json | bytes, status: int, **headers: str) -> Json:
        """POST a body that must be refused with this status."""
        response = self.post(body, **headers)
        assert response.status_code == status, response.text
        error: Json = response.json()["error"]
        assert set(error) == {"code", "message", "path", "hint"}
        return error

    def metrics(self, name: str) -> dict[tuple[str, ...], float]:
        """Every sample of a metric, by its label values in the order of their names."""
        families = text_string_to_metric_families(self.client.get("/metrics").text)
        return {
            tuple(value for _, value in sorted(sample.labels.items())): sample.value
            for family in families
            for sample in family.samples
            if sample.name == name
        }

    def under_way(self) -> int:
        """Count the requests that are being answered."""
        return int(self.metrics("gavel_requests_in_progress")[()])

    def log_lines(self) -> list[Json]:
        """Every line of standard error, each of which must be a JSON object."""
        return [json.loads(line) for line in self.log.read_text(encoding="utf-8").splitlines()]


def port_of(process: ServerProcess) -> int:
    """Read the port out of a ready line."""
    port = httpx.URL(process.base_url).port
    assert port is not None
    return port


def write_reward(directory: Path, reward: str = REWARD, rubric: str = RUBRIC) -> Path:
    """Write a reward file and its rubric."""
    (directory / "rubric.yaml").write_text(rubric, encoding="utf-8")
    path = directory / "reward.yaml"
    path.write_text(reward, encoding="utf-8")
    return path


@contextlib.contextmanager
def serve(
    directory: Path,
    judge: ServerProcess | None = None,
    *options: str,
    reward: str = REWARD,
    environment: Mapping[str, str] | None = None,
    token: str | None = None,
) -> Iterator[Served]:
    """Serve a reward file on a free port until the block ends, with standard error in a file."""
    file = write_reward(directory, reward if judge else CHECKS_ONLY)
    variables = {"OPENAI_BASE_URL": judge.base_url if judge else "", **(environment or {})}
    if token:
        variables["GAVEL_TOKEN"] = token
    command = (GAVEL, "serve", str(file), "--port", "0", *options)
    with started(command, directory / "stderr.txt", variables, token) as served:
        yield served


@contextlib.contextmanager
def started(
    command: Sequence[str], log: Path, environment: Mapping[str, str] | None = None, token: str | None = None
) -> Iterator[Served]:
    """Run a command that serves rewards until the block ends, with standard error in a file."""
    to_log = ("bash", "-c", 'exec "$@" 2>"$0"', str(log))
    headers = {"Cache-Control": "no-cache", **({"Authorization": f"Bearer {token}"} if token else {})}
    with start_server(*to_log, *command, environment=environment) as process:
        root = f"http://127.0.0.1:{port_of(process)}"
        with httpx.Client(base_url=root, trust_env=False, timeout=60, headers=headers) as client:
            yield Served(process, client, log)


def refused(*arguments: str, **environment: str) -> str:
    """Run `gavel serve`, which must not start: a message, exit code 2, no traceback. What it says."""
    command = [GAVEL, "serve", *arguments]
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=PATIENCE_S, env=environment, check=False
    )
    assert done.returncode == 2, done.stderr
    assert "Traceback" not in done.stderr
    assert not done.stdout
    return done.stderr


def judge_state(judge: ServerProcess) -> Json:
    """Read the counters of a simulated judge."""
    counters: Json = httpx.get(f"{judge.root_url}/sim", trust_env=False).json()["counters"]
    return counters


def questions(judge: ServerProcess) -> int:
    """Count the calls that a simulated judge has answered, well or badly."""
    return sum(judge_state(judge)["requests"].values())


def in_flight(judge: ServerProcess) -> int:
    """Count the calls that a simulated judge is working on."""
    counters = judge_state(judge)
    return int(counters["in_flight"] + counters["queued"])


def switch_faults(judge: ServerProcess, spec: str) -> None:
    """Make a simulated judge misbehave from now on."""
    response = httpx.post(f"{judge.root_url}/sim/faults", json={"fault": spec}, trust_env=False)
    response.raise_for_status()


def until(ready: Callable[[], bool], within: float = PATIENCE_S) -> float:
    """Poll until something holds; the seconds it took."""
    started = time.monotonic()
    while not ready():
        assert time.monotonic() - started < within, "it did not happen in time"
    return time.monotonic() - started


PROMPT = "Is this message spam? Win money now, reply with your bank card!"


def rollout(name: str, reasoning: str, *, label: str = "spam", **fields: object) -> Json:
    """A well-formed completion: reasoning, then the answer."""
    completion = f'<think>\n{reasoning}\n</think>\n{{"label": "{label}"}}'
    given = {"id": name, "prompt": PROMPT, "ground_truth": {"label": "spam"}, "completion": completion}
    return {**given, **fields}


def batch(groups: int = 4) -> list[Json]:
    """Groups of four rollouts: good, wrong, long and malformed."""
    rollouts = []
    for number in range(groups):
        prompt = f"{PROMPT} Message {number}."
        rollouts += [
            rollout(f"{number}-good", GOOD, prompt=prompt, group=f"g{number}"),
            rollout(
                f"{number}-wrong", "It looks fine to me.", label="ham", prompt=prompt, group=f"g{number}"
            ),
            rollout(f"{number}-long", f"{GOOD} " * 3, prompt=prompt, group=f"g{number}"),
            rollout(f"{number}-bare", "", prompt=prompt, group=f"g{number}", completion="spam"),
        ]
    return rollouts


GOOD = "It quotes words about money, and the sender of the message is unknown."
