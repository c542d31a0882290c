"""An endpoint in a thread of its own, for commands that run in the test's."""

import contextlib
import json
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar

from judges.sim.verdict import judge

Body = dict[str, Any]
Answer = Callable[[Body], Body | int]
"""From a chat request to the reply's choice, or to a status."""


@dataclass
class Endpoint:
    """What is served, and what was asked."""

    url: str
    chats: list[Body] = field(default_factory=list)
    headers: list[Mapping[str, str]] = field(default_factory=list)


def said(body: Body) -> str:
    """The simulated judge's answer to a chat request."""
    return judge(body["messages"][-1]["content"]).choice


def choice(text: str, top: Mapping[str, float] | None = None, finish_reason: str = "stop") -> Body:
    """One choice of a chat completion, with these log-probabilities of its first token."""
    listed = [{"token": token, "logprob": logprob} for token, logprob in (top or {}).items()]
    content = [{"token": text, "logprob": -0.1, "top_logprobs": listed}]
    return {
        "message": {"role": "assistant", "content": text},
        "logprobs": {"content": content} if listed else None,
        "finish_reason": finish_reason,
    }


def measured(body: Body) -> Body:
    word = said(body)
    return choice(word, {word: -0.1, "no" if word == "yes" else "yes": -3.0})


def models(*names: str, **card: object) -> Body:
    return {"object": "list", "data": [{"id": name, "object": "model", **card} for name in names]}


@contextlib.contextmanager
def endpoint(
    answer: Answer,
    listed: Body | int | bytes,
    *,
    prefix: str = "/v1",
    key: str | None = None,
    echo: Callable[[Body, Mapping[str, str]], str] = lambda _, headers: headers["X-Request-Id"],
) -> Iterator[Endpoint]:
    """Serve a list of models (a status, or a page of HTML in its place) and chat completions."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1  # a reply in one piece, or each waits 40 ms for an acknowledgement
        found: ClassVar[Endpoint]

        def do_GET(self) -> None:
            self.found.headers.append(dict(self.headers))
            if self.path != f"{prefix}/models":
                self._send(404, b'{"detail":"Not Found"}')
            elif key is not None and self.headers["Authorization"] != f"Bearer {key}":
                self._send(401, b'{"error":{"message":"no key"}}')
            elif isinstance(listed, bytes):
                self._send(200, listed, "text/html; charset=utf-8")
            elif isinstance(listed, int):
                self._send(listed, b"{}")
            else:
                self._send(200, json.dumps(listed).encode())

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            self.found.chats.append(body)
            reply = 404 if self.path != f"{prefix}/chat/completions" else answer(body)
            if isinstance(reply, int):
                self._send(reply, b'{"error":{"message":"not like this"}}')
                return
            whole = {
                "id": f"chatcmpl-{echo(body, dict(self.headers))}",
                "model": body["model"],
                "choices": [reply],
            }
            self._send(200, json.dumps(whole).encode())

        def _send(self, status: int, content: bytes, kind: str = "application/json") -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None: ...

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        Handler.found = Endpoint(f"http://127.0.0.1:{server.server_address[1]}{prefix}")
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield Handler.found
        finally:
            server.shutdown()
            thread.join()
