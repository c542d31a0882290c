"""What an endpoint says of itself: its models, how much they can read, and which engine it is."""

from collections.abc import Sequence
from http import HTTPStatus

import msgspec

from judges.backend import BackendError
from judges.probe.get import Page, get
from judges.transport.head import Headers
from rubrics.cause import Cause

_ENGINES = {
    "vllm": "vLLM",
    "sglang": "SGLang",
    "llamacpp": "llama.cpp",
    "lmdeploy": "LMDeploy",
    "library": "Ollama",
    "gavel-sim (simulated judge)": "gavel judge sim, a simulation",
}
"""By `owned_by` of its models."""

_GATEWAYS = {"x-litellm-version": "LiteLLM", "openai-version": "OpenAI"}
"""By a header of its responses."""

_NO_SUCH_PAGE = frozenset(
    {HTTPStatus.NOT_FOUND, HTTPStatus.METHOD_NOT_ALLOWED, HTTPStatus.GONE, HTTPStatus.NOT_IMPLEMENTED}
)


class Model(msgspec.Struct, frozen=True):
    """One model."""

    name: str
    context: int | None = None
    """Tokens of prompt and reply, where it says."""


class Catalogue(msgspec.Struct, frozen=True):
    """The models of an endpoint."""

    models: Sequence[Model]
    server: str = ""


class _Meta(msgspec.Struct):
    n_ctx: int | None = None


class _Card(msgspec.Struct):
    id: str
    owned_by: str | None = None
    max_model_len: int | None = None
    context_length: int | None = None
    meta: _Meta | None = None


class _List(msgspec.Struct):
    data: list[_Card]


async def find_catalogue(base_url: str, key: str | None, *, timeout_s: float = 10.0) -> Catalogue | None:
    """Read `base_url`/models; None where there is no such page. Raises BackendError."""
    headers = {} if key is None else {"Authorization": f"Bearer {key}"}
    page = await get(f"{base_url}/models", headers, timeout_s=timeout_s)
    return None if page.status in _NO_SUCH_PAGE else read_catalogue(page)


def read_catalogue(page: Page) -> Catalogue:
    """The models that a response lists. Raises BackendError."""
    if page.status != HTTPStatus.OK:
        raise _refused(page.status)
    try:
        cards = msgspec.json.decode(page.body, type=_List).data
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise BackendError(Cause.JUDGE_GARBLED, f"{_kind(page)} in place of a list of models") from None
    models = [Model(card.id, card.max_model_len or card.context_length or _room(card)) for card in cards]
    return Catalogue(models, _server(cards, page.headers))


def _refused(status: int) -> BackendError:
    final = 400 <= status < 500 and status != HTTPStatus.TOO_MANY_REQUESTS
    return BackendError(Cause.JUDGE_REJECTED if final else Cause.JUDGE_ERROR, f"HTTP {status}")


def _kind(page: Page) -> str:
    kind = page.headers.get("Content-Type").partition(";")[0].strip()
    return "a web page" if kind == "text/html" else f"something else ({kind[:40]!a})"


def _room(card: _Card) -> int | None:
    return None if card.meta is None else card.meta.n_ctx


def _server(cards: Sequence[_Card], headers: Headers) -> str:
    for header, gateway in _GATEWAYS.items():
        if headers.get(header):
            return gateway
    owners = {card.owned_by or "" for card in cards}
    return next((engine for owner, engine in _ENGINES.items() if owner in owners), "")
