"""What the colours of a picture mean."""

from collections.abc import Iterable

from reward_server.report.markup import Markup, element


def legend(keys: Iterable[tuple[str, str]]) -> Markup:
    """Classes and their words."""
    return element(
        "ul",
        *(element("li", element("span", class_=f"key {kind}"), words) for kind, words in keys),
        class_="legend across",
    )


def figure(title: str, *inside: Markup) -> Markup:
    """A picture under its title."""
    return element("figure", element("figcaption", title), *inside)
