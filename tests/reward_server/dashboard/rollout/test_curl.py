"""A rollout as a command: a shell runs it, and sends the very rollout, whatever is in it."""

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from shutil import which
from threading import Thread

import pytest

from reward_server.dashboard.rollout.curl import curl
from reward_server.store.keeping import keeping
from reward_server.store.options import StoreOptions
from reward_server.wire.decoding import decode
from rubrics.rollout import Message
from tests.reward_server.dashboard.looking import HOSTILE, judged, keep, sources
from tests.reward_server.making import rollout_of

RUBRIC = "schema: rubric/v1\nid: r\ncriteria: [{id: clear, ask: It is clear.}]\n"
SHELLS = [shell for shell in ("bash", "dash", "sh") if which(shell)]


@contextmanager
def listening() -> Iterator[tuple[str, list[tuple[str, dict[str, str], bytes]]]]:
    """A web server's URL, and the requests that came: path, headers, body."""
    came: list[tuple[str, dict[str, str], bytes]] = []

    class Ear(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            came.append((self.path, dict(self.headers), body))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Ear) as server:
        Thread(target=server.serve_forever).start()
        yield f"http://127.0.0.1:{server.server_port}", came
        server.shutdown()


async def command(path: Path, text: str = HOSTILE) -> str:
    function = judged(path, RUBRIC)
    hostile = rollout_of(
        "it's/$(touch x)",
        text,
        prompt=[Message("user", text)],
        ground_truth={"k": ["`id`", None, 1.5]},
        metadata={"a!b": "\nGAVEL\n", "deep": [[[]]]},
        completion_tokens=7,
        finish_reason="stop",
    )
    await keep(path / "s", function, hostile)
    with sources(path / "s") as found:
        written = curl(found.kept.rollout(1))
    assert written is not None
    return written


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.skipif(which("curl") is None, reason="there is no curl")
async def test_a_shell_sends_the_rollout(tmp_path: Path, shell: str) -> None:
    written = await command(tmp_path)
    with listening() as (url, came):
        environment = {"PATH": "/usr/bin:/bin", "GAVEL_URL": url, "GAVEL_TOKEN": "secret"}
        done = subprocess.run(  # noqa: ASYNC221 - nothing else waits for the loop
            [shell], input=written.encode(), cwd=tmp_path, env=environment, capture_output=True, check=False
        )
    assert (done.returncode, done.stderr) == (0, b"")
    ((path, headers, body),) = came
    assert path == "/v1/rewards"
    assert (headers["Content-Type"], headers["Authorization"]) == ("application/json", "Bearer secret")
    request = decode(body)
    (rollout,) = request.rollouts
    assert (request.reward, request.run, request.step) == ("looked_at", "by-hand", None)
    assert rollout.completion == HOSTILE.replace("\ud800", "\ufffd")
    assert rollout.prompt == [Message("user", HOSTILE.replace("\ud800", "\ufffd"))]
    assert (rollout.id, rollout.completion_tokens) == ("it's/$(touch x)", 7)
    assert rollout.metadata == {"a!b": "\nGAVEL\n", "deep": [[[]]]}
    assert rollout.ground_truth == {"k": ["`id`", None, 1.5]}
    assert sorted(each.name for each in tmp_path.iterdir() if each.name == "x") == []


async def test_it_is_plain_ascii_in_which_an_interactive_shell_obeys_nothing(tmp_path: Path) -> None:
    head, *lines, end, last = (await command(tmp_path)).split("\n")
    assert head.startswith('curl -sS "${GAVEL_URL:-http://127.0.0.1:8900}/v1/rewards" ')
    assert head.endswith("<<'GAVEL'")
    assert (end, last) == ("GAVEL", "")
    assert all(line.isascii() and line.isprintable() and "!" not in line for line in lines)
    assert "GAVEL" not in lines
    assert json.loads("\n".join(lines))["detail"] == "verdicts"


async def test_without_texts_there_is_none(tmp_path: Path) -> None:
    function = judged(tmp_path, RUBRIC)
    options = StoreOptions(path=tmp_path / "s", text="none")
    await keep(tmp_path / "s", function, rollout_of("a", "b", prompt="c"), keeping=keeping(options))
    with sources(tmp_path / "s") as found:
        assert curl(found.kept.rollout(1)) is None
