"""A judge behind an OpenAI-compatible chat completions URL: vLLM, SGLang, llama.cpp, TGI, hosted APIs.

Every reply is bound to its call (promise 5): the request carries a unique `X-Request-Id`; an endpoint
that has once put it into a reply's `id`, as vLLM does, must do so in each reply, or the reply is not
ours and its connection is closed.
"""

import os
import secrets
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field

from judges.backend import BackendError, JudgeOptions, Reply, Request
from judges.openai_wire import body, body_head, failure, read_completion
from rubrics.cause import Cause
from rubrics.problems import ConfigError
from rubrics.rollout import Json

if TYPE_CHECKING:
    from judges.http import Http

_OURS = frozenset({"messages", "model", "stream", "n"})
_SECRET = ("authorization", "cookie", "-key", "-token", "-secret")


def _endpoint(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("expected http://host/v1 or https://host/v1")
    if "@" in parts.netloc or parts.query or parts.fragment:
        raise ValueError("a URL must not hold a user, password or query: use api_key_env")
    return url.rstrip("/").removesuffix("/chat/completions")


def _harmless(headers: dict[str, str]) -> dict[str, str]:
    for name, value in headers.items():
        if name.lower().endswith(_SECRET):
            raise ValueError(f"`{name}` looks like a secret, which has no place in a file: use api_key_env")
        if not (name.isascii() and name.isprintable() and value.isprintable()):
            raise ValueError(f"`{name}` is not a header")
    return headers


def _additional(body: dict[str, Json]) -> dict[str, Json]:
    taken = sorted(_OURS & body.keys())
    if taken:
        raise ValueError(f"`{taken[0]}` is not for extra_body: the judge sets it")
    return body


class Openai(JudgeOptions):
    """An OpenAI-compatible endpoint. The key comes from the environment, never from this file."""

    base_url: Annotated[str, AfterValidator(_endpoint)]
    """URL up to and including `/v1`; `/chat/completions` is added."""
    model: Annotated[str, Field(min_length=1)]
    """Model name as the endpoint knows it."""
    api_key_env: str | None = "OPENAI_API_KEY"
    """Environment variable with the key, or with `_FILE` after it one that names a file holding it. Sent as
    `Authorization: Bearer`; nothing is sent where neither is set, or with null here."""
    headers: Annotated[dict[str, str], Field(default_factory=dict), AfterValidator(_harmless)]
    """Further request headers, such as `OpenAI-Organization`. Not for secrets."""
    temperature: Annotated[float, Field(ge=0, le=2)] = 0.0
    """Sampling temperature. Verdicts read from log-probabilities do not depend on what was sampled."""
    seed: int | None = None
    """Sampling seed; not sent when null."""
    top_logprobs: Annotated[int, Field(ge=1, le=100)] = 20
    """Alternatives asked for, among which all spellings of an answer are summed. OpenAI and vLLM allow 20."""
    extra_body: Annotated[dict[str, Json], Field(default_factory=dict), AfterValidator(_additional)]
    """Merged into the request's JSON last, for what one engine needs, such as
    `chat_template_kwargs: {enable_thinking: false}`; null removes a field."""
    max_reply_bytes: Annotated[int, Field(ge=1024)] = 2**20
    """A longer reply is garbage and is not read to its end."""

    def open(self) -> "ChatCompletions":
        return ChatCompletions(self, _key(self.api_key_env))

    def identity(self) -> Json:
        """Leave out where the model runs: two endpoints that serve one model name are one judge."""
        elsewhere = {"base_url", "api_key_env", "headers", "max_reply_bytes"}
        identity = super().identity()
        assert isinstance(identity, dict)
        return {name: value for name, value in identity.items() if name not in elsewhere}


def _key(variable: str | None) -> str | None:
    if variable is None:
        return None
    key = os.environ.get(variable)
    path = os.environ.get(f"{variable}_FILE")
    if key is None and path is not None:
        try:
            key = Path(path).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            problem = f"{variable}_FILE names a file that cannot be read ({type(error).__name__}): {path}"
            raise ConfigError(problem) from None
    key = (key or "").strip()
    if not (key.isascii() and key.isprintable()):
        raise ConfigError(f"{variable} holds characters that no key has", hint="was the wrong file named?")
    return key or None


class ChatCompletions:
    """The backend over one endpoint's `/chat/completions`."""

    def __init__(self, options: Openai, key: str | None = None) -> None:
        self._options = options
        self._key = key
        self._http: Http | None = None
        self._heads: dict[tuple[int, bool], bytes] = {}
        self._prefix = secrets.token_hex(8)
        self._count = 0
        self._echoes = False

    async def __call__(self, request: Request) -> Reply:
        request_id = self._next_id()
        content = body(self._head(request.max_tokens, request.logprobs), request.messages)
        if self._http is None:
            self._http = self._connect()
        reply = await self._http.post(content, {"X-Request-Id": request_id})
        if reply.status != HTTPStatus.OK:
            raise failure(reply, request.messages, self._key)
        try:
            completion = read_completion(reply)
            self._bind(completion.id or "", request_id)
            return completion.reply()
        except BackendError:
            reply.discard()
            raise

    async def aclose(self) -> None:
        if self._http is not None:
            await self._http.aclose()

    def _connect(self) -> "Http":
        from judges.http import Http  # takes a quarter of a second, which `gavel check` need not wait

        options = self._options
        headers = {**options.headers, "Content-Type": "application/json", "Accept-Encoding": "identity"}
        if self._key is not None:
            headers["Authorization"] = f"Bearer {self._key}"
        url = f"{options.base_url}/chat/completions"
        return Http(url, headers, connections=options.max_concurrency, max_bytes=options.max_reply_bytes)

    def _next_id(self) -> str:
        self._count += 1
        return f"{self._prefix}{self._count:016x}"

    def _bind(self, reply_id: str, request_id: str) -> None:
        """Make sure the reply is to this request; an id that holds another of ours betrays itself at once."""
        if request_id in reply_id:
            self._echoes = True
        elif self._echoes or self._prefix in reply_id:
            raise BackendError(Cause.JUDGE_MISMATCHED, "the reply carries another call's id", retryable=True)

    def _head(self, max_tokens: int, logprobs: bool) -> bytes:
        kind = (max_tokens, logprobs)
        if kind not in self._heads:
            self._heads[kind] = body_head(self._fields(max_tokens, logprobs))
        return self._heads[kind]

    def _fields(self, max_tokens: int, logprobs: bool) -> dict[str, Json]:
        return {
            "model": self._options.model,
            "temperature": self._options.temperature,
            "seed": self._options.seed,
            "max_tokens": max_tokens,
            "logprobs": logprobs or None,
            "top_logprobs": self._options.top_logprobs if logprobs else None,
            **self._options.extra_body,
        }
