"""A page asked for: as HTML, or its twin as JSON."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import NamedTuple

from reward_server.dashboard.page import AnyPage, PageError, parse
from reward_server.dashboard.shell import problem, shell
from reward_server.dashboard.sources import NOTHING_YET, Sources
from reward_server.dashboard.tabs import PAGES
from reward_server.store.database import StoreError
from reward_server.wire.egress import encode

_FIRST = "POST some to /v1/rewards, or let `gavel connect` point a trainer here; then they appear."


class Rendered(NamedTuple):
    """What is answered."""

    content: bytes
    status: int = HTTPStatus.OK


def html(page: AnyPage, sources: Sources, parameters: Mapping[str, str]) -> Rendered:
    """The page, or the page that says why there is none."""
    try:
        query = parse(page.query, parameters)
        shown = page.view(sources, query)
        run = parameters.get("run") or None
        body = page.body(shown, query)
        return Rendered(_utf8(shell(page, PAGES, body, run, sources.raised(run))))
    except (PageError, StoreError) as error:
        told = _told(error)
        return Rendered(_utf8(problem(told, PAGES)), told.status)


def json(page: AnyPage, sources: Sources, parameters: Mapping[str, str]) -> Rendered:
    """What the page shows, as JSON."""
    try:
        return Rendered(encode(page.view(sources, parse(page.query, parameters))))
    except (PageError, StoreError) as error:
        told = _told(error)
        return Rendered(encode({"error": {"message": told.message, "hint": told.hint}}), told.status)


def _told(error: PageError | StoreError) -> PageError:
    if isinstance(error, PageError):
        return error
    return PageError(str(error), _FIRST if str(error) == NOTHING_YET else None)


def _utf8(text: str) -> bytes:
    """A completion may hold lone surrogates."""
    return text.encode("utf-8", "replace")
