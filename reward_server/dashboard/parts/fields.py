"""Fields of the forms by which a list is filtered: GET forms, which work without script."""

from collections.abc import Iterable, Mapping, Sequence

from reward_server.dashboard.parts.choices import Choice
from reward_server.report.markup import Markup, element, visible

Value = str | float | None


def form(path: str, *fields: Markup) -> Markup:
    """A form whose fields are the state of the page at `path`."""
    show = element("button", "show", type="submit")
    clear = element("a", "clear", href=path)
    return element("form", *fields, show, clear, action=path, class_="filters")


def runs(offered: Sequence[Choice], chosen: int) -> Markup:
    """Which run."""
    return choice("run", "run", {str(each.number): each.name for each in offered}, str(chosen))


def choice(name: str, told: str, options: Mapping[str, str] | Iterable[str], chosen: Value) -> Markup:
    """One of several; `options` by what stands in the URL."""
    known = options if isinstance(options, Mapping) else {each: each for each in options}
    drawn = [
        element("option", visible(words), value=value, selected="" if value == (chosen or "") else None)
        for value, words in known.items()
    ]
    return element("label", told, element("select", *drawn, name=name))


def text(name: str, told: str, value: str | None) -> Markup:
    """A name."""
    return element("label", told, element("input", type="text", name=name, value=value, maxlength="256"))


def number(name: str, told: str, value: float | None, *, whole: bool = True) -> Markup:
    """A number."""
    written = None if value is None else f"{value:g}" if not whole else str(int(value))
    step = "1" if whole else "any"
    return element(
        "label", told, element("input", type="number", name=name, value=written, step=step, aria_label=told)
    )


def flag(name: str, told: str, value: bool) -> Markup:
    """Yes or nothing."""
    box = element("input", type="checkbox", name=name, value="true", checked="" if value else None)
    return element("label", box, told)
