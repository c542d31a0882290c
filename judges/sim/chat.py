"""The OpenAI chat wire format: requests in, completions and errors out."""

from collections.abc import Sequence
from http import HTTPStatus
from typing import Annotated, Any

import msgspec

from judges.sim.wire import Reply

FINGERPRINT = "gavel-sim (simulated judge)"
"""What every completion says about itself."""


class ApiError(Exception):
    """A request that gets an error reply in OpenAI's shape."""

    def __init__(self, status: int, message: str, param: str | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.param = param


class Part(msgspec.Struct):
    """One part of a message: text, or anything else as the JSON it came as."""

    type: str
    text: str = ""
    image_url: msgspec.Raw = msgspec.Raw(b"")


class ChatMessage(msgspec.Struct):
    """One message of the conversation."""

    role: str
    content: str | list[Part] | None = None

    @property
    def text(self) -> str:
        """Its text; an image counts as the JSON of its reference."""
        if isinstance(self.content, str):
            return self.content
        return "\n".join(part.text or bytes(part.image_url).decode() for part in self.content or ())


class ChatRequest(msgspec.Struct):
    """The fields of a chat completion request that the simulated judge reads; it ignores all others."""

    messages: Annotated[list[ChatMessage], msgspec.Meta(min_length=1)]
    model: str | None = None
    max_tokens: Annotated[int, msgspec.Meta(ge=1)] | None = None
    max_completion_tokens: Annotated[int, msgspec.Meta(ge=1)] | None = None
    n: Annotated[int, msgspec.Meta(ge=1, le=1)] | None = None
    logprobs: bool | None = None
    top_logprobs: Annotated[int, msgspec.Meta(ge=0, le=20)] | None = None
    temperature: float | None = None
    seed: int | None = None
    stream: bool | None = None

    @property
    def output_limit(self) -> int | None:
        """The most tokens of a reply, None without a limit."""
        return self.max_completion_tokens or self.max_tokens

    @property
    def turns(self) -> list[str]:
        """Texts of the user messages. Raises ApiError when there is none."""
        found = [message.text for message in self.messages if message.role == "user"]
        if not found:
            told = "no message has the role 'user': nothing to judge"
            raise ApiError(HTTPStatus.BAD_REQUEST, told, "messages")
        return found

    @property
    def system(self) -> str:
        """Text of the system message; empty without one."""
        return next((message.text for message in self.messages if message.role == "system"), "")

    def render(self) -> bytes:
        """Write the prompt as the engine sees it: each message as `<|role|>`, newline, text, newline."""
        turns = [f"<|{message.role}|>\n{message.text}\n" for message in self.messages]
        return "".join([*turns, "<|assistant|>\n"]).encode()


_decoder = msgspec.json.Decoder(ChatRequest)


def parse_request(body: bytes) -> ChatRequest:
    """Read a request body. Raises ApiError that says what is wrong with it."""
    try:
        request = _decoder.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ApiError(HTTPStatus.BAD_REQUEST, f"cannot read the request: {error}") from None
    if request.stream:
        raise ApiError(HTTPStatus.BAD_REQUEST, "the simulated judge does not stream: drop `stream`", "stream")
    if request.top_logprobs is not None and not request.logprobs:
        raise ApiError(HTTPStatus.BAD_REQUEST, "`top_logprobs` needs `logprobs: true`", "top_logprobs")
    return request


def error_reply(error: ApiError, headers: Sequence[tuple[bytes, bytes]] = ()) -> Reply:
    """Report `error` in OpenAI's shape."""
    detail = {
        "message": error.message,
        "type": _error_type(error.status),
        "param": error.param,
        "code": error.status,
    }
    return Reply(error.status, msgspec.json.encode({"error": detail}), headers=headers)


def _error_type(status: int) -> str:
    match status:
        case HTTPStatus.UNAUTHORIZED:
            return "authentication_error"
        case HTTPStatus.TOO_MANY_REQUESTS:
            return "rate_limit_error"
        case _ if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            return "server_error"
        case _:
            return "invalid_request_error"


def model_list(model: str) -> dict[str, Any]:
    """Body of /v1/models."""
    card = {"id": model, "object": "model", "created": 0, "owned_by": FINGERPRINT, "simulated": True}
    return {"object": "list", "data": [card]}
