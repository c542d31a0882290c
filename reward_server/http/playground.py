"""`POST /playground/check`, `POST /playground/run` and, for browsers without scripts, `POST /playground`.

Nothing is stored, nothing is written. What is edited may name the files of one folder and the code and models
that are in use (`rubrics/confinement.py`); a page of another origin is refused before its body is read.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import TypeVar
from urllib.parse import parse_qsl

import msgspec
from fastapi import Request, Response

from reward_server.dashboard.page import PageError, parse
from reward_server.dashboard.pages import playground
from reward_server.dashboard.playing import session
from reward_server.dashboard.playing.checking import Checked
from reward_server.dashboard.playing.choosing import Choice
from reward_server.dashboard.playing.comparing import Comparison
from reward_server.dashboard.playing.drawing import findings, margins
from reward_server.dashboard.playing.editing import editable, served
from reward_server.dashboard.playing.session import Answered, CheckRequest, RunRequest
from reward_server.dashboard.shell import problem, shell
from reward_server.dashboard.tabs import PAGES
from reward_server.http.admission import draining
from reward_server.http.body import declared_size, read_body
from reward_server.http.dashboard import HEADERS
from reward_server.http.disconnect import unless_disconnected
from reward_server.http.same_origin import refuse_other_origins
from reward_server.http.state import State
from reward_server.service import Service
from reward_server.store.database import StoreError
from reward_server.wire.decoding import decode_as
from reward_server.wire.egress import encode
from reward_server.wire.status import RequestError

MAX_BODY = 8 * 2**20
READ_S = 10.0
_FORM = "application/x-www-form-urlencoded"
_JSON = "application/json"
_HTML = "text/html; charset=utf-8"
_FIELDS = 32
_OF_CHOICE = frozenset(Choice.__struct_fields__)

Wanted = TypeVar("Wanted", bound=CheckRequest)
Endpoint = Callable[[Request], Awaitable[Response]]
Work = Callable[[Service, Wanted], Coroutine[object, object, Answered]]


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What is wrong with an edit and what it changes; and the same as pieces of the page, by their ids."""

    checked: Checked
    comparison: Comparison | None
    html: Mapping[str, str]


async def check_edit(request: Request) -> Response:
    """Check an edit."""
    return await _answer(request, CheckRequest, session.checked)


async def run_edit(request: Request) -> Response:
    """Check an edit and try it on rollouts."""
    return await _answer(request, RunRequest, session.tried)


async def submit(request: Request) -> Response:
    """Do the same for a form, with a whole page for an answer."""
    service = _state(request).service
    async with _admitted(request, _FORM) as body:
        try:
            wanted, work = _of_form(body)
            found, said = await unless_disconnected(request.receive, _whatever(service, wanted, work))
            view = playground.viewed(
                list(service.functions),
                list(editable(served(service.functions, wanted.reward))),
                wanted.edit,
                found.checked,
                wanted.choice,
            )
        except PageError as error:
            return Response(problem(error, PAGES), error.status, HEADERS, media_type=_HTML)
        view = msgspec.structs.replace(
            view,
            comparison=found.comparison,
            trust=wanted.trust,
            problem=said,
            unoffered=await session.unoffered(service, wanted),
        )
    page = shell(playground.PAGE, PAGES, playground.body(view, playground.Query()))
    return Response(page.encode("utf-8", "replace"), headers=HEADERS, media_type=_HTML)


ROUTES: Sequence[tuple[str, str, Endpoint]] = (
    ("POST", playground.PATH, submit),
    ("POST", f"{playground.PATH}/check", check_edit),
    ("POST", f"{playground.PATH}/run", run_edit),
)
"""Method, path and endpoint; for the page alone, as those of the dashboard are."""


async def _answer(request: Request, kind: type[Wanted], work: Work[Wanted]) -> Response:
    async with _admitted(request, _JSON) as body:
        wanted = decode_as(body, kind)
        try:
            found = await unless_disconnected(request.receive, work(_state(request).service, wanted))
        except (PageError, StoreError) as error:
            raise RequestError("invalid_field", *_told(error)) from None
    answer = Answer(
        checked=found.checked,
        comparison=found.comparison,
        html={name: str(piece) for name, piece in _pieces(wanted, found).items()},
    )
    return Response(encode(answer), headers=HEADERS, media_type=_JSON)


def _pieces(wanted: CheckRequest, found: Answered) -> Mapping[str, str]:
    gutter, beside = margins(wanted.file, wanted.edit.text, found.checked)
    pieces = {"gutter": gutter, "beside": beside, "findings": findings(wanted.file, found.checked)}
    if isinstance(wanted, RunRequest):
        pieces["result"] = playground.result(found.comparison)
        pieces["asking"] = playground.asking(found.comparison)
    return pieces


async def _whatever(service: Service, wanted: RunRequest, work: str) -> tuple[Answered, str | None]:
    """What became of a form, and what kept it from being tried: its text must not be lost for that."""
    if work != "run":
        return await session.checked(service, wanted), None
    try:
        return await session.tried(service, wanted), None
    except (PageError, StoreError, RequestError) as error:
        return await session.checked(service, wanted), str(error)


def _of_form(body: bytes) -> tuple[RunRequest, str]:
    """What a form wants, and which of its buttons was pressed. Raises PageError."""
    try:
        pairs = parse_qsl(body.decode("ascii"), max_num_fields=_FIELDS, encoding="utf-8", errors="replace")
    except ValueError:
        raise PageError("this is not what the form of the playground sends", status=422) from None
    said = dict(pairs)
    work = said.pop("do", "check")
    choice = parse(Choice, {name: said.pop(name) for name in said.keys() & _OF_CHOICE})
    fields: dict[str, object] = {"text": "", **said, "choice": choice}
    try:
        return msgspec.convert(fields, RunRequest, strict=False), work
    except msgspec.ValidationError as error:
        raise PageError(ascii(str(error))[1:-1][:200], status=422) from None


@asynccontextmanager
async def _admitted(request: Request, kind: str) -> AsyncIterator[bytes]:
    """Stand around the answering of a request with this type of body. Raises RequestError."""
    state = _state(request)
    refuse_other_origins(request, any_host=state.any_host)
    given = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if given != kind:
        message = f"the content type {given[:40]!a} is not taken here"
        raise RequestError("unsupported_encoding", message, hint=f"send {kind}")
    if state.admission.draining:
        raise draining()
    with state.playground.permit(declared_size(request, MAX_BODY)) as permit:
        yield await read_body(request, permit, MAX_BODY, READ_S)


def _told(error: PageError | StoreError) -> tuple[str]:
    hint = error.hint if isinstance(error, PageError) else None
    return (f"{error}; {hint}" if hint else str(error),)


def _state(request: Request) -> State:
    state: State = request.app.state.gavel
    return state
