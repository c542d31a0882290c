"""A page in a browser, and what can be seen of it."""

from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal, TypedDict

import msgspec
from playwright.sync_api import Browser, ConsoleMessage, HttpCredentials, Page, Request, ViewportSize

SCRIPTS = Path(__file__).with_name("scripts")
Scheme = Literal["light", "dark"]


class Place(TypedDict):
    """A text and its box, in pixels of the window."""

    text: str
    left: float
    right: float
    top: float
    bottom: float


class Contrast(TypedDict):
    """A text and how far its colour is from what it stands on: 1 is not at all, 21 black on white."""

    text: str
    ratio: float


class Seen(msgspec.Struct):
    """An open page, and all that it asked for or complained of."""

    page: Page
    requests: list[str]
    complaints: list[str]

    @property
    def overflow(self) -> int:
        """By how many pixels it is wider than its window."""
        return int(self.page.evaluate("document.documentElement.scrollWidth - innerWidth"))

    def contrasts(self) -> list[Contrast]:
        """Of each text with what is behind it."""
        return list(self.page.evaluate(_script("contrasts")))

    def pictures(self) -> list[tuple[str, list[Place]]]:
        """Names of the pictures, the box of each first, then those of its texts."""
        return [(name, places) for name, places in self.page.evaluate(_script("pictures"))]

    def coloured(self) -> dict[str, int]:
        """For each picture: pixels that were painted in a colour. Grids and texts are grey."""
        names, boxes = zip(*((name, places[0]) for name, places in self.pictures()), strict=True)
        blank = self.page.context.new_page()  # where no policy forbids to look into the image
        counts = blank.evaluate(_script("coloured"), [self._shot(), list(boxes)])
        return dict(zip(names, counts, strict=True))

    def drawn(self) -> dict[str, int]:
        """For each picture: pixels that are painted by its lines and points alone, whatever their colour."""
        names, boxes = zip(*((name, places[0]) for name, places in self.pictures()), strict=True)
        before = self._shot()
        rule = ".line, .point { visibility: hidden }"
        self.page.evaluate("(rule) => document.styleSheets[0].insertRule(rule)", rule)
        blank = self.page.context.new_page()
        counts = blank.evaluate(_script("differing"), [before, self._shot(), list(boxes)])
        blank.close()
        self.page.evaluate("document.styleSheets[0].deleteRule(0)")
        return dict(zip(names, counts, strict=True))

    def _shot(self) -> str:
        return b64encode(self.page.screenshot(full_page=True)).decode()


@contextmanager
def seen(
    browser: Browser,
    where: Path | str,
    scheme: Scheme = "light",
    width: int = 1240,
    *,
    script: bool = True,
    token: str | None = None,
) -> Iterator[Seen]:
    """Open a file from the disk, or a URL, in a window of this width; without `script`, none is run.

    `token` is what the user gives for a password when asked for one.
    """
    window: ViewportSize = {"width": width, "height": 900}
    credentials: HttpCredentials | None = None if token is None else {"username": "x", "password": token}
    with browser.new_context(
        color_scheme=scheme, viewport=window, java_script_enabled=script, http_credentials=credentials
    ) as context:
        found = Seen(context.new_page(), [], [])

        def complain(message: ConsoleMessage) -> None:
            found.complaints.append(message.text)

        def ask(request: Request) -> None:
            found.requests.append(request.url)

        found.page.on("console", complain)
        found.page.on("pageerror", lambda error: found.complaints.append(str(error)))
        found.page.on("request", ask)
        found.page.goto(where if isinstance(where, str) else where.as_uri())
        yield found


def _script(name: str) -> str:
    return (SCRIPTS / f"{name}.js").read_text(encoding="utf-8")
