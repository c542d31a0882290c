"""What a page of the dashboard is: a path, what its URL says, what it shows, and how."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Generic, TypeVar

import msgspec

from reward_server.dashboard.sources import Sources
from reward_server.report.markup import Markup

Query = TypeVar("Query", bound=msgspec.Struct)
View = TypeVar("View", bound=msgspec.Struct)


class PageError(Exception):
    """What a page cannot show: asked for wrongly, or not there."""

    def __init__(self, message: str, hint: str | None = None, status: int = 404) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.status = status


class Page(msgspec.Struct, Generic[Query, View], frozen=True):
    """One page. The same view is its JSON twin at `path` + `.json` (`/overview.json` for `/`)."""

    title: str
    path: str
    """Parameters in braces are part of the query, too."""
    query: type[Query]
    """What the URL may say; unknown parameters are refused."""
    view: Callable[[Sources, Query], View]
    """Reads what is shown. Runs on a thread of its own. Raises PageError, StoreError."""
    body: Callable[[View, Query], Iterable[Markup]]
    """Draws it. Pure."""
    tab: bool = True
    """Whether the navigation leads to it."""
    live: bool = False
    """Whether it follows a run that goes on."""
    letter: str | None = None
    """Typed after `g`, it leads here; left out, the first one of the title."""

    @property
    def key(self) -> str:
        """That letter."""
        return self.letter or self.title[0].lower()

    @property
    def twin(self) -> str:
        """The path of the same as JSON."""
        return "/overview.json" if self.path == "/" else f"{self.path}.json"


AnyPage = Page[Any, Any]


def parse(kind: type[Query], parameters: Mapping[str, str]) -> Query:
    """What a URL says. Empty parameters, which forms send, say nothing. Raises PageError."""
    said = {name: value for name, value in parameters.items() if value != ""}
    try:
        return msgspec.convert(said, kind, strict=False)
    except msgspec.ValidationError as error:
        known = ", ".join(kind.__struct_fields__)
        raise PageError(ascii(str(error))[1:-1][:200], f"this page knows: {known}", 422) from None
