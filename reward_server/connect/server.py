"""A look at a reward server: is it there, what does it compute, what does it answer.

Plain urllib: a handful of requests, no redirects (they would carry the token elsewhere), no proxy for this
machine, one deadline for each request, and no more than a few MiB of an answer.
"""

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from http.client import HTTPException
from typing import IO
from urllib.error import HTTPError, URLError
from urllib.parse import quote, urlsplit
from urllib.request import HTTPRedirectHandler, OpenerDirector, ProxyHandler, Request, build_opener

from reward_server.connect.target import Description
from rubrics.rollout import Json

DEADLINE_S = 10.0
SAMPLE_S = 60.0
"""A sample may ask a judge."""
MOST_BYTES = 4 * 2**20
LOOPBACK = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True)
class NoAnswer(Exception):
    """The server cannot be used as things are."""

    message: str
    hint: str | None = None

    def __str__(self) -> str:
        return f"{self.message}\nhint: {self.hint}" if self.hint else self.message


class Server:
    """Asks one server. Its methods raise NoAnswer."""

    def __init__(self, url: str, token: str | None) -> None:
        self._url = url
        self._token = token
        self._opener = _opener(url)

    def describe(self, reward: str | None) -> Description:
        """What the reward function computes; without a name, the only one there is."""
        if reward:
            return _description(self._get(f"/v1/rewards/{quote(reward, safe='')}"))
        return self._only()

    def score(self, body: Mapping[str, Json]) -> Mapping[str, Json]:
        """The result of the first rollout of a request."""
        answer = self._ask("/v1/rewards", json.dumps(body).encode(), SAMPLE_S)
        results = answer.get("results") if isinstance(answer, dict) else None
        first = results[0] if isinstance(results, list) and results else None
        if not isinstance(first, dict):
            raise _not_gavel(self._url)
        return first

    def _only(self) -> Description:
        listed = self._get("/v1/rewards")
        if not isinstance(listed, list) or not listed:
            raise _not_gavel(self._url)
        found = [_description(each) for each in listed]
        if len(found) > 1:
            hint = f"name one with --reward: {', '.join(printable(each.name) for each in found)}"
            raise NoAnswer(f"{self._url} serves {len(found)} reward functions", hint)
        return found[0]

    def _get(self, path: str) -> Json:
        return self._ask(path, None, DEADLINE_S)

    def _ask(self, path: str, body: bytes | None, seconds: float) -> Json:
        request = Request(self._url + path, body, _headers(self._token))  # noqa: S310 - http(s) by its check
        deadline = time.monotonic() + seconds
        try:
            with self._opener.open(request, timeout=seconds) as reply:
                return self._json(_read(reply, deadline))
        except HTTPError as error:
            raise self._refusal(error, deadline) from None
        except (HTTPException, OSError) as error:
            raise _unreachable(self._url, error) from None

    def _json(self, content: bytes) -> Json:
        try:
            answer: Json = json.loads(content)
        except (ValueError, RecursionError):
            raise _not_gavel(self._url) from None
        return answer

    def _refusal(self, error: HTTPError, deadline: float) -> NoAnswer:
        if error.code == 401:
            told = "was not accepted" if self._token else "is missing"
            return NoAnswer(f"{self._url}: the token {told}", "put the server's token into GAVEL_TOKEN")
        try:
            answer = self._json(_read(error, deadline))
            said = answer.get("error") if isinstance(answer, dict) else None
        except (NoAnswer, HTTPException, OSError):
            said = None
        if not isinstance(said, dict):
            return NoAnswer(f"{self._url} answers HTTP {error.code}", "is it the URL of `gavel serve`?")
        place = f" at {said['path']}" if said.get("path") else ""
        hint = said.get("hint")
        return NoAnswer(
            f"{self._url}: {printable(said.get('message'))}{place}", printable(hint) if hint else None
        )


class _NoRedirect(HTTPRedirectHandler):
    def redirect_request(self, *_: object, **__: object) -> None:
        return None


def _opener(url: str) -> OpenerDirector:
    near = urlsplit(url).hostname in LOOPBACK
    return build_opener(_NoRedirect, *([ProxyHandler({})] if near else []))


def _headers(token: str | None) -> dict[str, str]:
    headers = {"Content-Type": "application/json", "Cache-Control": "no-cache"}
    return {**headers, "Authorization": f"Bearer {token}"} if token else headers


def _read(reply: IO[bytes], deadline: float) -> bytes:
    """Read an answer to its end, with one deadline for all of it. Raises TimeoutError."""
    parts, size = [], 0
    while part := reply.read1(65_536) if hasattr(reply, "read1") else reply.read(65_536):
        parts.append(part)
        size += len(part)
        if size > MOST_BYTES:
            raise OSError("the answer has no end")
        if time.monotonic() > deadline:
            raise TimeoutError
    return b"".join(parts)


def _description(body: Json) -> Description:
    try:
        if isinstance(body, dict):
            return Description.read(body)
    except (KeyError, ValueError):
        pass
    raise NoAnswer(
        "the answer is not the description of a reward function", "is it the URL of `gavel serve`?"
    )


def _unreachable(url: str, error: Exception) -> NoAnswer:
    reason = error.reason if isinstance(error, URLError) else error
    if isinstance(reason, TimeoutError):
        return NoAnswer(f"{url} does not answer in time", "is it busy, or behind a firewall?")
    found = getattr(reason, "strerror", None) or printable(reason)
    return NoAnswer(f"{url} cannot be reached: {found}", "start it with `gavel serve reward.yaml`")


def _not_gavel(url: str) -> NoAnswer:
    return NoAnswer(f"what answers at {url} is no reward server", "is it the URL of `gavel serve`?")


def printable(text: object) -> str:
    """What somebody else wrote, fit for a terminal."""
    said = str(text)[:300]
    return said if said.isprintable() else ascii(said)
