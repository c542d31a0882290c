"""The frame of every page: its head, the way to the other pages, and the help for the keyboard."""

from collections.abc import Iterable, Sequence

from reward_server.dashboard.address import href
from reward_server.dashboard.page import AnyPage, PageError
from reward_server.report.markup import Markup, element
from reward_server.version import VERSION

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
"""The Content-Security-Policy of every page: nothing inline, nothing from elsewhere."""
STYLES = (
    "report.css",
    "charts.css",
    "texts.css",
    "alarms.css",
    "dashboard.css",
    "rollouts.css",
    "playground.css",
)
SCRIPT = "app.js"

KEYS = (
    ("j / k", "next, previous row"),
    ("Enter", "open it"),
    ("n / p", "next, previous page"),
    ("u", "up: back to the list"),
    ("/", "the first field of the filters"),
    ("?", "this help"),
)
"""Keys of every page, and what they do."""


def shell(
    page: AnyPage | None,
    tabs: Sequence[AnyPage],
    body: Iterable[Markup],
    run: str | None = None,
    raised: int = 0,
) -> str:
    """A whole page. `run` is carried along to the other pages; `raised` are its alarms that go on."""
    title = "Gavel" if page is None else f"{page.title} \u00b7 Gavel"
    live = "5" if page is None or page.live else None  # a problem may be over soon
    whole = element(
        "html",
        _head(f"({raised}) {title}" if raised else title),
        element(
            "body",
            element("header", _brand(), _navigation(page, tabs, run, raised)),
            element("main", *body, id="main", data_live=live, tabindex="-1"),
            _help(tabs),
        ),
        lang="en",
    )
    return f"<!doctype html>\n{whole}"


def problem(error: PageError, tabs: Sequence[AnyPage]) -> str:
    """The page that says what is wrong."""
    said = [element("h1", "Nothing to show"), element("p", error.message, class_="note")]
    if error.hint is not None:
        said.append(element("p", error.hint))
    return shell(None, tabs, said)


def _head(title: str) -> Markup:
    return element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="color-scheme", content="light dark"),
        element("title", title),
        *(element("link", rel="stylesheet", href=f"/assets/{name}") for name in STYLES),
        element("link", rel="icon", href="data:,"),
        element("script", type="module", src=f"/assets/{SCRIPT}"),
    )


def _brand() -> Markup:
    return element("a", "Gavel ", element("small", VERSION), href="/", class_="brand")


def _navigation(page: AnyPage | None, tabs: Sequence[AnyPage], run: str | None, raised: int) -> Markup:
    links = [
        element(
            "a",
            tab.title,
            *([_raised(raised)] if tab.path == "/" and raised else []),
            href=href(tab.path, run=run),
            aria_current="page" if tab is page else None,
            data_key=tab.key,
        )
        for tab in tabs
        if tab.tab
    ]
    return element("nav", *links, aria_label="Pages")


def _raised(count: int) -> Markup:
    told = "1 alarm is raised" if count == 1 else f"{count} alarms are raised"
    return element("span", str(count), class_="raised", title=told, aria_label=told, role="img")


def _help(tabs: Sequence[AnyPage]) -> Markup:
    to_pages = [(f"g {tab.key}", tab.title) for tab in tabs if tab.tab]
    rows = [part for keys, what in (*KEYS, *to_pages) for part in (element("dt", keys), element("dd", what))]
    close = element("form", element("button", "close", type="submit"), method="dialog")
    return element("dialog", element("h2", "Keys"), element("dl", *rows), close, id="help")
