"""Facts in two columns, and texts to be taken along."""

from collections.abc import Iterable, Iterator

from reward_server.report.markup import Markup, element

LONGEST = 50_000
"""Characters of a text that is there without being asked for."""


def facts(told: Iterable[tuple[str, str]]) -> Markup:
    """Names, and what they stand for."""
    return element("dl", *(each for key, what in told for each in (element("dt", key), element("dd", what))))


def copies(texts: Iterable[tuple[str, str]], more: str | None) -> Iterator[Markup]:
    """Each title with its text, folded up, and a button that copies it. Long ones are shown at `more`."""
    for place, (title, text) in enumerate(texts):
        name = f"copy-{place}"
        if more is not None and len(text) > LONGEST:
            link = element("a", f"{title}: show {len(text):,} characters", href=f"{more}#{name}")
            yield element("p", link)
            continue
        button = element("button", "copy", type="button", data_copy=name)
        pre = element("pre", Markup("\n"), text, id=name, class_="text", tabindex="0")
        yield element("details", element("summary", title), button, pre)
