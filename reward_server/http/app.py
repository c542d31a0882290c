"""The ASGI application: routes, the middleware around them, and the description of the API."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.responses import HTMLResponse
from starlette.exceptions import HTTPException

from reward_server.alarms.background import Alarms
from reward_server.http import dashboard, dialects, graders, groups, playground, probes, rewards
from reward_server.http.access import Access, error_response
from reward_server.http.admission import Admission
from reward_server.http.docs_page import POLICY, docs_page
from reward_server.http.guard import ANY_HOST, LOOPBACK_HOSTS, Guard
from reward_server.http.openapi import openapi
from reward_server.http.state import State
from reward_server.metrics.metrics import Metrics
from reward_server.service import Service
from reward_server.tracing.tracing import Tracing
from reward_server.wire.status import ErrorCode, RequestError

Endpoint = Callable[..., Awaitable[Response]]

NO_TELEMETRY: Any = {"tracing": False, "metrics": False, "logs": False, "auto_configure": False}
"""FastAPI's own, which would send messages of exceptions, and those may quote a completion."""

ROUTES: Sequence[tuple[str, str, Endpoint, str]] = (
    ("POST", "/v1/rewards", rewards.post_rewards, "Score a batch of rollouts"),
    ("GET", "/v1/rewards", rewards.list_rewards, "The reward functions of this URL"),
    ("GET", "/v1/rewards/{name}", rewards.get_reward, "What a reward function computes, as an equation"),
    ("GET", "/v1/groups", groups.get_group, "What became of a group that was sent with `group_size`"),
    ("GET", "/healthz", probes.healthz, "Alive"),
    ("GET", "/readyz", probes.readyz, "Ready for requests; 503 while draining"),
    ("GET", "/version", probes.version, "Version of the server and of each reward function"),
    ("GET", "/metrics", probes.metrics, "Prometheus metrics"),
)


def make_app(
    service: Service,
    metrics: Metrics,
    *,
    token: str | None = None,
    allowed_hosts: Sequence[str] = LOOPBACK_HOSTS,
    tracing: Tracing | None = None,
    alarms: Alarms | None = None,
) -> FastAPI:
    """Make the application for a service."""
    app = FastAPI(
        title="Gavel",
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        redirect_slashes=False,
        lifespan=_lifespan,
        telemetry=NO_TELEMETRY,
    )
    admission = Admission(service.limits)
    metrics.watch(lambda: admission.requests, lambda: admission.bytes)
    metrics.judges.watch(service.judges)
    service.watch_groups(metrics.groups)
    any_host = token is None and ANY_HOST in allowed_hosts
    app.state.gavel = State(service, admission, metrics, any_host=any_host)
    app.state.tracing = tracing
    app.state.alarms = alarms
    for method, path, endpoint, summary in ROUTES:
        app.add_api_route(path, endpoint, methods=[method], summary=summary)
    for method, path, endpoint, summary in (*dialects.ROUTES, *graders.ROUTES):
        app.add_api_route(path, endpoint, methods=[method], summary=summary, name=_slug(path))
    for method, path, endpoint in (*dashboard.ROUTES, *playground.ROUTES):
        app.add_api_route(path, endpoint, methods=[method], include_in_schema=False)
    _describe(app)
    app.add_exception_handler(HTTPException, _no_route)
    app.add_middleware(Access, guard=Guard(token, allowed_hosts), metrics=metrics, tracing=tracing)
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    state: State = app.state.gavel
    alarms: Alarms | None = app.state.alarms
    if alarms is not None:
        alarms.start(lambda: state.admission.draining)
    yield
    if alarms is not None:
        await alarms.aclose()
    await state.service.aclose()
    if app.state.tracing is not None:
        await app.state.tracing.aclose()


def _slug(path: str) -> str:
    """Make a name of a path: the same endpoint may have several."""
    return path.strip("/{}").translate(str.maketrans("-/", "__", "{}"))


def _describe(app: FastAPI) -> None:
    @app.get("/openapi.json", include_in_schema=False)
    async def description() -> Response:
        return Response(openapi(app.routes), media_type="application/json")

    @app.get("/docs", include_in_schema=False)
    async def docs() -> Response:
        return HTMLResponse(docs_page(app.routes), headers={"Content-Security-Policy": POLICY})


async def _no_route(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    code: ErrorCode = "method_not_allowed" if error.status_code == 405 else "not_found"
    path = ascii(request.scope["path"][:80])[1:-1]
    message = f"{request.method[:16]} {path} is not something this server answers"
    response = error_response(RequestError(code, message, hint="see /docs"))
    response.headers.update(error.headers or {})
    return response
