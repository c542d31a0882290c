"""A page in a browser, and what can be seen of it."""

from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal, TypedDict

import msgspec
from playwright.sync_api import Browser, ConsoleMessage, Page, Request

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
        shot = b64encode(self.page.screenshot(full_page=True)).decode()
        blank = self.page.context.new_page()  # where no policy forbids to look into the image
        counts = blank.evaluate(_script("coloured"), [shot, list(boxes)])
        return dict(zip(names, counts, strict=True))


@contextmanager
def seen(browser: Browser, path: Path, scheme: Scheme = "light", width: int = 1240) -> Iterator[Seen]:
    """Open a file from the disk in a window of this width."""
    with browser.new_context(color_scheme=scheme, viewport={"width": width, "height": 900}) as context:
        found = Seen(context.new_page(), [], [])

        def complain(message: ConsoleMessage) -> None:
            found.complaints.append(message.text)

        def ask(request: Request) -> None:
            found.requests.append(request.url)

        found.page.on("console", complain)
        found.page.on("pageerror", lambda error: found.complaints.append(str(error)))
        found.page.on("request", ask)
        found.page.goto(path.as_uri())
        yield found


def _script(name: str) -> str:
    return (SCRIPTS / f"{name}.js").read_text(encoding="utf-8")
