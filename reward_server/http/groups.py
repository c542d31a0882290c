"""`GET /v1/groups`: what became of a group whose rollouts came in any number of requests."""

from typing import Annotated

import msgspec
from fastapi import Request, Response
from msgspec import Meta

from reward_server.http.answering import json_response
from reward_server.http.disconnect import unless_disconnected
from reward_server.http.state import State
from reward_server.wire.native import Id
from reward_server.wire.status import RequestError


class GroupQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which group, and how long to wait for it."""

    id: Id
    """The group, as its rollouts named it."""
    reward: str | None = None
    """Which reward function; may be left out where the server has one."""
    wait_s: Annotated[float, Meta(ge=0, le=600)] = 0.0
    """Seconds to wait for the group to be complete."""


async def get_group(request: Request) -> Response:
    """The means over the scored rollouts of a group that was sent with `group_size`."""
    state: State = request.app.state.gavel
    asked = _query(request)
    means = state.service.group(asked.reward, asked.id, asked.wait_s)
    return json_response(msgspec.json.encode(await unless_disconnected(request.receive, means)))


def _query(request: Request) -> GroupQuery:
    try:
        return msgspec.convert(dict(request.query_params), GroupQuery, strict=False)
    except msgspec.ValidationError as error:
        shown = ascii(str(error)[:160])[1:-1]
        hint = "GET /v1/groups?id=GROUP&reward=NAME&wait_s=30"
        raise RequestError("invalid_field", shown, path="$", hint=hint) from None
