"""Every way a request can fail, and the one table from failure to HTTP status."""

from http import HTTPStatus
from typing import Literal

import msgspec

ErrorCode = Literal[
    "not_json",
    "invalid_field",
    "unknown_reward",
    "idempotency_conflict",
    "body_too_large",
    "body_timeout",
    "too_many_rollouts",
    "unsupported_encoding",
    "unauthorized",
    "forbidden_host",
    "forbidden_origin",
    "not_found",
    "method_not_allowed",
    "overloaded",
    "draining",
    "batch_unscored",
    "client_closed",
    "bug",
]

STATUS: dict[ErrorCode, HTTPStatus | int] = {
    "not_json": HTTPStatus.BAD_REQUEST,
    "invalid_field": HTTPStatus.UNPROCESSABLE_ENTITY,
    "unknown_reward": HTTPStatus.UNPROCESSABLE_ENTITY,
    "idempotency_conflict": HTTPStatus.UNPROCESSABLE_ENTITY,
    "body_too_large": HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    "body_timeout": HTTPStatus.REQUEST_TIMEOUT,
    "too_many_rollouts": HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    "unsupported_encoding": HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    "unauthorized": HTTPStatus.UNAUTHORIZED,
    "forbidden_host": HTTPStatus.MISDIRECTED_REQUEST,
    "forbidden_origin": HTTPStatus.FORBIDDEN,
    "not_found": HTTPStatus.NOT_FOUND,
    "method_not_allowed": HTTPStatus.METHOD_NOT_ALLOWED,
    "overloaded": HTTPStatus.TOO_MANY_REQUESTS,
    "draining": HTTPStatus.SERVICE_UNAVAILABLE,
    "batch_unscored": HTTPStatus.SERVICE_UNAVAILABLE,
    "client_closed": 499,
    "bug": HTTPStatus.INTERNAL_SERVER_ERROR,
}


class Error(msgspec.Struct, frozen=True):
    """What was found, where, and what to do."""

    code: ErrorCode
    message: str
    path: str | None
    """Where in the request, such as `$.rollouts[3].id`; null when it is not about one place."""
    hint: str | None


class ErrorResponse(msgspec.Struct, frozen=True):
    """The body of every answer that is not a success."""

    error: Error


class RequestError(Exception):
    """A request that gets an error instead of rewards: what was found, where, what to do."""

    def __init__(
        self,
        code: ErrorCode,
        message: str,
        *,
        path: str | None = None,
        hint: str | None = None,
        retry_after_s: int | None = None,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.path = path
        self.hint = hint
        self.retry_after_s = retry_after_s

    @property
    def status(self) -> int:
        return int(STATUS[self.code])

    def body(self) -> bytes:
        """Write the JSON body: `{"error": {code, message, path, hint}}`."""
        return msgspec.json.encode(ErrorResponse(Error(self.code, self.message, self.path, self.hint)))
