"""Probes and metrics: is it alive, is it ready, what is it."""

from http import HTTPStatus

import msgspec
from fastapi import Request, Response
from prometheus_client import CONTENT_TYPE_LATEST

from reward_server.http.state import State
from reward_server.version import VERSION


async def healthz() -> Response:
    """200 as long as the event loop turns."""
    return _json({"status": "ok"})


async def readyz(request: Request) -> Response:
    """200 when requests are taken, 503 while draining."""
    state: State = request.app.state.gavel
    if state.admission.draining:
        return _json({"status": "draining"}, HTTPStatus.SERVICE_UNAVAILABLE)
    return _json({"status": "ready"})


async def version(request: Request) -> Response:
    """Say the server's version and each reward function's `reward_version`."""
    state: State = request.app.state.gavel
    rewards = {name: function.version for name, function in state.service.functions.items()}
    return _json({"gavel": VERSION, "rewards": rewards})


async def metrics(request: Request) -> Response:
    """Write the exposition text."""
    state: State = request.app.state.gavel
    return Response(state.metrics.render(), media_type=CONTENT_TYPE_LATEST)


def _json(content: object, status: HTTPStatus = HTTPStatus.OK) -> Response:
    return Response(msgspec.json.encode(content), status, media_type="application/json")
