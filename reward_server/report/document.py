"""One HTML file that fetches nothing and runs nothing, and whose policy forbids it to."""

from base64 import b64encode
from collections.abc import Iterable
from hashlib import sha256
from pathlib import Path

from reward_server.report.markup import Markup, element

_STYLE = Path(__file__).with_name("style.css")


def document(title: str, body: Iterable[Markup], *styles: Path) -> str:
    """The whole file, with further style sheets after the common one. The same input gives the same file."""
    whole = element("html", _head(title, _sheet(styles)), element("body", *body), lang="en")
    return f"<!doctype html>\n{whole}"


def _sheet(styles: Iterable[Path]) -> str:
    return "".join(each.read_text(encoding="utf-8") for each in (_STYLE, *styles))


def _head(title: str, style: str) -> Markup:
    digest = b64encode(sha256(style.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    return element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", http_equiv="Content-Security-Policy", content=policy),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="color-scheme", content="light dark"),
        element("title", title),
        element("style", Markup(style)),
    )
