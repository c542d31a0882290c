"""The part of the form that says which rollouts an edit is tried on."""

from collections.abc import Mapping

from reward_server.dashboard.parts.text import legible
from reward_server.dashboard.playing.choosing import MOST, Choice, Order
from reward_server.report.markup import Markup, element

_ORDERS: Mapping[Order, str] = {
    "newest": "the newest",
    "least": "the least reward",
    "greatest": "the greatest reward",
    "disagreement": "the most disagreement",
}
_HINT = '{"completion": "...", "prompt": "..."} a line, or the text of one completion'


def picker(choice: Choice, unoffered: str | None = None) -> Markup:
    """Choose stored rollouts, or paste some; where no stored ones can be tried, why, and only pasting."""
    if unoffered is None:
        parts = [*_stored(choice), _pasting(choice, "or paste rollouts", opened=bool(choice.pasted))]
    else:
        parts = [
            element("p", legible(unoffered), class_="note"),
            _pasting(choice, "paste rollouts", opened=True),
        ]
    return element("fieldset", element("legend", "Rollouts"), *parts)


def option(value: str, words: str, chosen: bool) -> Markup:
    """One choice of a list."""
    return element("option", words, value=value, selected="" if chosen else None)


def _stored(choice: Choice) -> list[Markup]:
    orders = [option(name, words, name == choice.order) for name, words in _ORDERS.items()]
    return [
        _field("run", choice.run, "the newest"),
        _field("step", None if choice.step is None else str(choice.step), "any"),
        _field("group", choice.group, "any"),
        element("label", "those with ", element("select", *orders, name="order")),
        element("label", "at most ", _number("count", choice.count)),
        _field("numbers", choice.numbers, "or by number: 12, 15"),
    ]


def _pasting(choice: Choice, words: str, *, opened: bool) -> Markup:
    text = element(
        "textarea",
        f"\n{choice.pasted}",
        name="pasted",
        rows=5,
        aria_label="pasted rollouts",
        placeholder=_HINT,
    )
    return element("details", element("summary", words), text, open="" if opened else None)


def _field(name: str, value: str | None, hint: str) -> Markup:
    return element("label", f"{name} ", element("input", name=name, value=value or "", placeholder=hint))


def _number(name: str, value: int) -> Markup:
    return element("input", type="number", name=name, value=str(value), min="1", max=str(MOST))
