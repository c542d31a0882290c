"""What a `vllm` classifier is told."""

from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, model_validator

from judges.classifiers.options import ClassifierOptions
from judges.transport.place import Place
from rubrics.rollout import Json

_WHERE = {"base_url", "api_key_env", "max_concurrency", "timeout_s", "max_reply_bytes", "reuse_connections"}


def _root(url: str) -> str:
    parts = urlsplit(url)
    Place.of(url)
    if "@" in parts.netloc or parts.query or parts.fragment:
        raise ValueError("a URL must not hold a user, password or query: use api_key_env")
    return url.rstrip("/").removesuffix("/v1")


class VllmOptions(ClassifierOptions):
    """Where the server is, and how it is asked."""

    base_url: Annotated[str, AfterValidator(_root)]
    """URL of the server, with or without `/v1`."""
    model: Annotated[str, Field(min_length=1)]
    """Model name as the server knows it."""
    label: Annotated[int, Field(ge=0)] = 0
    """The label whose probability is wanted, by place. `/score` takes models with a single one."""
    max_tokens: Annotated[int, Field(ge=8)] | None = None
    """Tokens that are left by `truncate: start` or `end`; left out: what the server's model reads."""
    chat_template: bool = True
    """Whether the server renders conversations with the model's chat template. Without, they are sent as
    `role: content`, a paragraph each."""
    api_key_env: str | None = "OPENAI_API_KEY"
    """Environment variable with the key, or with `_FILE` after it one that names a file holding it. Sent as
    `Authorization: Bearer`; nothing is sent where neither is set, or with null here."""
    timeout_s: Annotated[float, Field(gt=0)] = 60.0
    """Seconds for one attempt, from sending the text to the last byte of the reply."""
    max_concurrency: Annotated[int, Field(ge=1)] = 64
    """Most calls in flight at once."""
    max_reply_bytes: Annotated[int, Field(ge=1024)] = 2**20
    """A longer reply is garbage and is not read to its end."""
    reuse_connections: Literal["when_bound", "always"] = "when_bound"
    """`when_bound`: a connection carries a second call only where replies name the request they answer, as
    vLLM's do. `always`: elsewhere too, on the word of the server and of every proxy before it."""

    @model_validator(mode="after")
    def _cut_on_purpose(self) -> Self:
        if self.max_tokens is not None and self.truncate == "error":
            raise ValueError("max_tokens needs `truncate: start` or `end`; else the server's own limit holds")
        return self

    def identity(self) -> Json:
        """Leave out where the model runs: two servers of one model name are one classifier."""
        said = super().identity()
        assert isinstance(said, dict)
        return {name: value for name, value in said.items() if name not in _WHERE}
