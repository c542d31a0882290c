"""A page taken apart by the standard library's HTML parser, which shares nothing with what wrote it."""

from html.parser import HTMLParser

VOID = {"meta"}


class Page(HTMLParser):
    """Elements, texts and attributes of a page; fails where tags do not nest."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self._open: list[str] = []
        self.feed(page)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        if data.strip():
            self.texts.append(data)

    def count(self, tag: str, kind: str | None = None) -> int:
        """How many elements of a name, or of a name and a class, there are."""
        found = [attributes for name, attributes in self.elements if name == tag]
        return sum(kind is None or kind in (each.get("class") or "").split() for each in found)
