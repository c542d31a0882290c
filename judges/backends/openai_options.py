"""The options of an OpenAI-compatible endpoint, and what is wrong with them."""

from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from judges.backend import JudgeOptions
from judges.transport.place import Place
from rubrics.rollout import Json

_OURS = frozenset({"messages", "model", "stream", "n"})
_MAY_BE_SENT = frozenset(
    {
        "temperature",
        "seed",
        "max_tokens",
        "logprobs",
        "top_logprobs",
        "structured_outputs",
        "response_format",
    }
)
_WHERE = frozenset(
    {
        "base_url",
        "resolve",
        "api_key_env",
        "headers",
        "max_reply_bytes",
        "request_id_field",
        "reuse_connections",
        "requests_per_minute",
        "tokens_per_minute",
    }
)
"""Options that say where and how the model is reached, not what it answers."""
_SECRET = ("authorization", "cookie", "-key", "-token", "-secret")


def _endpoint(url: str) -> str:
    parts = urlsplit(url)
    Place.of(url)
    if "@" in parts.netloc or parts.query or parts.fragment:
        raise ValueError("a URL must not hold a user, password or query: use api_key_env")
    return url.rstrip("/").removesuffix("/chat/completions")


def _listed(given: object) -> object:
    return [given] if isinstance(given, str) else given


def _endpoints(given: list[str]) -> list[str]:
    urls = [_endpoint(url) for url in given]
    if not urls:
        raise ValueError("expected at least one URL")
    doubled = sorted({url for url in urls if urls.count(url) > 1})
    if doubled:
        raise ValueError(f"{doubled[0]} is listed twice: a replica is an endpoint of its own")
    return urls


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


PerMinute = Annotated[int, Field(ge=1)]


class OpenaiOptions(JudgeOptions):
    """What an OpenAI-compatible endpoint is told, and how it is reached."""

    base_url: Annotated[
        list[str],
        BeforeValidator(_listed, json_schema_input_type=str | list[str]),
        AfterValidator(_endpoints),
    ]
    """URL up to and including `/v1`; `/chat/completions` is added. Of several replicas, a list."""
    resolve: bool = False
    """Whether each address that a URL's host name stands for is a replica, as behind a headless service. The
    name is looked up again as time goes by, and certificates are checked against the name."""
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
    request_id_field: Annotated[str, Field(pattern="^[A-Za-z_][A-Za-z0-9_]*$")] | None = None
    """Field of the request's JSON that takes the request's id, for an engine that puts it into its reply but
    does not read `X-Request-Id`: `rid` for SGLang."""
    reuse_connections: Literal["when_bound", "always"] = "when_bound"
    """`when_bound`: a connection carries a second call only where replies name the request they answer;
    elsewhere each call has a connection of its own, and no late reply can be taken for the next one's.
    `always`: faster there, on the word of the server and of every proxy before it."""
    requests_per_minute: PerMinute | None = None
    """Requests a minute that one replica may be sent."""
    tokens_per_minute: PerMinute | None = None
    """Tokens a minute, prompt and reply, that one replica may be sent."""

    @model_validator(mode="after")
    def _id_has_a_place(self) -> Self:
        if self.request_id_field in _OURS | _MAY_BE_SENT | self.extra_body.keys():
            raise ValueError(f"request_id_field `{self.request_id_field}` is a field of the request already")
        return self

    @property
    def draws(self) -> bool:
        """Whether its words are drawn by chance: not at temperature 0."""
        return self.temperature > 0

    def place(self) -> Json:
        return list(self.base_url)

    def rates(self) -> tuple[int | None, int | None]:
        """Requests and tokens a minute that one replica may be sent; None without a limit."""
        return self.requests_per_minute, self.tokens_per_minute

    def identity(self) -> Json:
        """Leave out where the model runs: two endpoints that serve one model name are one judge."""
        identity = super().identity()
        assert isinstance(identity, dict)
        return {name: value for name, value in identity.items() if name not in _WHERE}
