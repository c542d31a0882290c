"""B3: one POST of 1,024 rollouts of 4 KB, four verifiable components, against uvicorn echoing the body.

Both are real servers in processes of their own; their requests alternate, so that a slow moment of the
machine hits both. Target: at most 2.5 times the echo.

    python -m benchmarks.ingress [--rounds 15]
"""

import http.client
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.report import Result, Target, finish, parser

ROLLOUTS, GROUP, WORDS = 1024, 8, 620
TARGET = 2.5
REWARD = """\
name: bench
completion: {reasoning: {tag: think}, answer: {json: {policy_1: [true, false], conclusion: [true, false]}}}
components:
  accuracy: {use: label_match, weight: 0.25, field: conclusion}
  format: {use: structure, weight: 0.25}
  length: {use: target_length, weight: 0.25, of: reasoning, unit: words, full: [150, 400], zero: [50, 800]}
  overlong: {use: overlong, weight: 0.25, max_tokens: 1200, cache_tokens: 400}
"""
ECHO = """\
import uvicorn
async def app(scope, receive, send):
    chunks, more = [], True
    while more:
        message = await receive()
        chunks.append(message.get("body", b""))
        more = message.get("more_body", False)
    body = b"".join(chunks)
    headers = [(b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})
import socket
listener = socket.create_server(("127.0.0.1", 0))
print(f"http://127.0.0.1:{listener.getsockname()[1]}/echo", flush=True)
uvicorn.Server(uvicorn.Config(app, log_config=None, access_log=False, lifespan="off")).run(sockets=[listener])
"""


def batch() -> bytes:
    """The request: eight completions of each of 128 prompts, all different."""
    vocabulary = [
        "policy",
        "clause",
        "content",
        "person",
        "threat",
        "quoted",
        "context",
        "because",
        "therefore",
    ]
    rollouts = []
    for index in range(ROLLOUTS):
        words = " ".join(
            vocabulary[(index * 7 + word * 3) % len(vocabulary)] for word in range(WORDS - index % 300)
        )
        answer = json.dumps({"policy_1": True, "conclusion": index % 3 == 0})
        completion = (
            f"<think>{words}. {'x' * (4000 - len(words) if len(words) < 4000 else 0)}</think>{answer}"
        )
        rollouts.append(
            {
                "id": f"r{index}",
                "group": f"g{index // GROUP}",
                "prompt": f"Is post {index // GROUP} allowed?",
                "completion": completion,
                "ground_truth": {"conclusion": True},
                "completion_tokens": 900 + index % 400,
                "finish_reason": "stop",
            }
        )
    return json.dumps({"rollouts": rollouts}).encode()


@contextmanager
def server(*command: str) -> Iterator[str]:
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, env={**os.environ, "GAVEL_LOG_LEVEL": "error"}
    )
    assert process.stdout is not None
    try:
        yield next(word for word in process.stdout.readline().split() if word.startswith("http://"))
    finally:
        process.terminate()
        process.wait()
        process.stdout.close()


HEADERS = {"Content-Type": "application/json", "Cache-Control": "no-cache"}
"""Each round is scored anew."""


def timed_post(url: str, body: bytes) -> tuple[float, bytes]:
    """Seconds from sending the request to the last byte of the answer, and the answer."""
    host, _, path = url.removeprefix("http://").partition("/")
    connection = http.client.HTTPConnection(host)
    connection.connect()
    started = time.perf_counter()
    connection.request("POST", f"/{path}", body, HEADERS)
    answer = connection.getresponse()
    content = answer.read()
    seconds = time.perf_counter() - started
    connection.close()
    assert answer.status == 200, content[:500]
    return seconds, content


def main() -> None:
    given = parser(__doc__, rounds=15).parse_args()
    body = batch()
    with tempfile.TemporaryDirectory() as folder:
        reward = Path(folder) / "reward.yaml"
        reward.write_text(REWARD)
        gavel = str(Path(sys.executable).with_name("gavel"))
        with (
            server(sys.executable, "-c", ECHO) as echo,
            server(gavel, "serve", str(reward), "--port", "0", "--store", "none") as rewards,
        ):
            for _ in range(3):
                timed_post(echo, body), timed_post(rewards, body)
            rows = [(timed_post(echo, body)[0], *timed_post(rewards, body)) for _ in range(given.rounds)]
    found = [(floor, ours, json.loads(answer)["timing"]) for floor, ours, answer in rows]
    finish(result(found, len(body)), given.json)


def result(found: list[tuple[float, float, dict[str, float]]], size: int) -> Result:
    """Medians; `timing` is what the server says of itself."""
    floor = statistics.median(echo for echo, _, _ in found) * 1000
    ours = statistics.median(mine for _, mine, _ in found) * 1000
    scoring, total = (
        statistics.median(row[2][key] for row in found) * 1000 for key in ("scoring_s", "total_s")
    )
    parts = {
        "uvicorn, echoing the body": floor,
        "gavel serve": ours,
        "of which components and rows": scoring,
        "groups, results, summary": total - scoring,
        "receiving, decoding, encoding, sending": ours - total,
    }
    ratio = statistics.median(mine / echo for echo, mine, _ in found)
    return Result(
        "ingress",
        f"B3: one POST of {ROLLOUTS:,} rollouts, {size / 1e6:.1f} MB, four verifiable components",
        [Target("B3 ingress", ratio, TARGET, unit=" x echo")],
        [("", "what", ""), ("ms", "ms", ".1f")],
        [{"what": what, "ms": milliseconds} for what, milliseconds in parts.items()],
        figures={"echo_ms": floor, "ours_ms": ours, "allowed_ms": TARGET * floor, "scoring_ms": scoring},
    )


if __name__ == "__main__":
    main()
