"""The dashboard's routes: each page, its JSON twin, and the files that they are made with."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from functools import cache, partial
from pathlib import Path

from fastapi import Request, Response

from reward_server.dashboard import rendering
from reward_server.dashboard.page import AnyPage
from reward_server.dashboard.rendering import Rendered
from reward_server.dashboard.shell import POLICY
from reward_server.dashboard.sources import Live, Sources
from reward_server.dashboard.tabs import PAGES
from reward_server.http.state import State
from reward_server.store.database import StoreError
from reward_server.store.reading import Store
from reward_server.store.reports import report_page
from reward_server.wire.status import RequestError

Endpoint = Callable[[Request], Awaitable[Response]]
Draw = Callable[[AnyPage, Sources, Mapping[str, str]], Rendered]

_PACKAGE = Path(__file__).parent.parent
_ASSETS = _PACKAGE / "dashboard" / "assets"
_ELSEWHERE = {"report.css": _PACKAGE / "report" / "style.css"}
_KEPT = "default-src 'none'; style-src 'unsafe-inline'; sandbox; frame-ancestors 'none'"
_DRAWING = ThreadPoolExecutor(2, "gavel-dashboard")
"""Threads of their own: pages must not keep those busy that components score on."""
_DIGITS = 16
_TYPES = {".css": "text/css", ".js": "text/javascript"}
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}


def _page(page: AnyPage, draw: Draw, media_type: str) -> Endpoint:
    async def endpoint(request: Request) -> Response:
        state: State = request.app.state.gavel
        parameters = {**request.query_params, **request.path_params}
        live = Live(state.service.functions, state.service.judges(), state.admission.requests)
        work = partial(_drawn, draw, page, state.service.store_path, live, parameters)
        drawn = await asyncio.get_running_loop().run_in_executor(_DRAWING, work)
        return Response(drawn.content, drawn.status, HEADERS, media_type=media_type)

    return endpoint


def _drawn(
    draw: Draw, page: AnyPage, path: Path | None, live: Live, parameters: Mapping[str, str]
) -> Rendered:
    """With a connection of its own, on this thread."""
    if path is None:
        return draw(page, Sources(None, live), parameters)
    try:
        store = Store(path)
    except StoreError as error:
        return draw(page, Sources(None, live, str(error)), parameters)
    with closing(store):
        return draw(page, Sources(store, live), parameters)


async def kept_page(request: Request) -> Response:
    """A kept report, as the file it is: its own style, no script."""
    number, path = request.path_params["number"], request.app.state.gavel.service.store_path
    if path is None or not (number.isascii() and number.isdigit() and len(number) < _DIGITS):
        raise RequestError("not_found", f"there is no report {number[:80]!a} here")
    page = await asyncio.get_running_loop().run_in_executor(_DRAWING, _kept, path, int(number))
    return Response(
        page, headers=HEADERS | {"Content-Security-Policy": _KEPT}, media_type="text/html; charset=utf-8"
    )


def _kept(path: Path, number: int) -> bytes:
    try:
        with closing(Store(path)) as store:
            return report_page(store, number)
    except StoreError as error:
        raise RequestError("not_found", str(error)) from None


async def asset(request: Request) -> Response:
    """A script or a style sheet."""
    name = request.path_params["name"]
    files = _assets()
    if name not in files:
        raise RequestError("not_found", f"there is no file {name[:80]!a} here")
    media_type = _TYPES[Path(name).suffix]
    headers = HEADERS | {"Cache-Control": "no-cache"}
    return Response(files[name], headers=headers, media_type=f"{media_type}; charset=utf-8")


@cache
def _assets() -> Mapping[str, bytes]:
    """Files by name, of a closed set: a path is never made from a request."""
    ours = {path.name: path for path in _ASSETS.iterdir() if path.suffix in _TYPES}
    return {name: path.read_bytes() for name, path in {**ours, **_ELSEWHERE}.items()}


ROUTES: Sequence[tuple[str, str, Endpoint]] = (
    *(
        ("GET", page.twin, _page(page, rendering.json, "application/json")) for page in PAGES
    ),  # 5.json is no 5
    *(("GET", page.path, _page(page, rendering.html, "text/html; charset=utf-8")) for page in PAGES),
    ("GET", "/reports/{number}/page", kept_page),
    ("GET", "/assets/{name}", asset),
)
"""Method, path and endpoint. They are for people, so the description of the API leaves them out."""
