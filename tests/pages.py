"""The project's Markdown pages, and what stands in them."""

import re
from collections.abc import Iterator
from pathlib import Path

from tests.processes import ROOT

PAGES = sorted(
    [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "examples").rglob("*.md")],
    key=lambda page: page.relative_to(ROOT).as_posix(),
)
NAMES = [page.relative_to(ROOT).as_posix() for page in PAGES]

_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\[[^\]\n]*\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
_CODE = re.compile(r"`[^`\n]+`")
_COMMAND = re.compile(r"^(?: {4})?(?:\$ )?((?:[A-Z_]+=\S+ )*gavel [^\n]+)$", re.MULTILINE)


def text_of(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def fences(name: str, language: str) -> list[str]:
    """The fenced blocks of a page in one language."""
    return [content for found, content in _FENCE.findall(text_of(name)) if found == language]


def prose(name: str) -> str:
    """A page without its fenced blocks."""
    return _FENCE.sub("", text_of(name))


def links(name: str) -> list[str]:
    """The targets of a page's links, except those that lead out of the project."""
    return [link for link in _LINK.findall(_CODE.sub("", prose(name))) if "://" not in link]


def anchors(page: Path) -> set[str]:
    """What a page's headings are reached by."""
    headings = _HEADING.findall(_FENCE.sub("", page.read_text(encoding="utf-8")))
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def paths(name: str) -> Iterator[str]:
    """What a page names as a file of the project: a path in backticks that starts in a known folder."""
    folders = "|".join(
        path.name for path in ROOT.iterdir() if path.is_dir() and not path.name.startswith(".")
    )
    for code in _CODE.findall(prose(name)):
        if re.fullmatch(rf"(?:{folders})/[\w./-]*", code.strip("`")):
            yield code.strip("`")


def shell_lines(name: str) -> list[str]:
    """Lines of a page that run `gavel`; not what a server prints, which starts with its name, too."""
    lines = _COMMAND.findall(text_of(name).replace("\\\n", " "))
    return [line for line in lines if not any(word.endswith(":") for word in line.split()[:3])]
