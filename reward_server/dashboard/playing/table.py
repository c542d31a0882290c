"""What an edit changes, as HTML: a few figures, then a table by rollout."""

from collections.abc import Iterator

from reward_server.dashboard.address import href
from reward_server.dashboard.parts.text import legible
from reward_server.dashboard.playing.comparing import ABSENT, Change, Compared, Comparison, Value
from reward_server.report.markup import Markup, element, visible
from reward_server.report.tables import MISSING
from reward_server.report.words import number

_MOST_NAMED = 40
_TO = " \N{RIGHTWARDS ARROW} "


def comparison_table(shown: Comparison) -> Iterator[Markup]:
    """All of it."""
    yield from (element("p", legible(notice), class_="note") for notice in shown.notices)
    yield from _unasked(shown)
    yield _figures(shown)
    columns = [*shown.components, *shown.criteria]
    heads = [
        element("th", name, scope="col", class_="number" if name == "change" else None)
        for name in ("rollout", "reward", "change", "rank")
    ]
    heads += [element("th", visible(name), scope="col") for name in columns]
    rows = [_row(each, shown) for each in shown.rollouts]
    table = element(
        "table", element("thead", element("tr", *heads)), element("tbody", *rows), class_="list moved"
    )
    yield element("div", table, class_="scroll", tabindex="0")
    if shown.unchanged:
        named = ", ".join(visible(name) for name in shown.unchanged[:_MOST_NAMED])
        yield element("p", f"The same for all of these rollouts: {named}.", class_="small")


def _unasked(shown: Comparison) -> Iterator[Markup]:
    if shown.asked:
        yield element("p", f"Questions put to models: {shown.asked:,}.", class_="small")
    if shown.unasked:
        said = f"No stored verdict answers at most {shown.unasked:,} questions, so they were not asked. "
        told = "To have them asked, tick the box above and run again."
        yield element("p", said, told, class_="note")


def _figures(shown: Comparison) -> Markup:
    moved = shown.shift
    difference = None if moved.before is None or moved.after is None else moved.after - moved.before
    figures = {
        "mean reward": f"{number(moved.before)}{_TO}{number(moved.after)} ({_signed(difference)})",
        "changed": f"{moved.changed:,} of {moved.rollouts:,} rollouts with a reward before and after",
        "order within groups": _order(shown),
    }
    return element(
        "dl", *(part for name, told in figures.items() for part in _fact(name, told)), class_="figures-of"
    )


def _order(shown: Comparison) -> str:
    moved = shown.shift
    if not moved.pairs:
        return "no group has two of them"
    return (
        f"{moved.flips:,} of {moved.pairs:,} pairs flipped; {moved.ties_made:,} became equal, "
        f"{moved.ties_broken:,} are no longer"
    )


def _fact(name: str, told: str) -> tuple[Markup, Markup]:
    return element("dt", name), element("dd", told)


def _row(each: Compared, shown: Comparison) -> Markup:
    absent = Change(Value(None, ABSENT), Value(None, ABSENT))
    parts = [each.components.get(name, absent) for name in shown.components]
    parts += [each.criteria.get(name, absent) for name in shown.criteria]
    return element(
        "tr",
        element("th", _name(each), element("small", legible(each.excerpt)), scope="row"),
        element("td", *_change(each.reward)),
        element("td", _difference(each.reward), class_="number"),
        element("td", *_ranks(each)),
        *(element("td", *_change(part)) for part in parts),
        data_row="",
    )


def _name(each: Compared) -> Markup:
    if not each.stored:
        return element("span", visible(each.id))
    return element("a", f"#{each.id}", href=href("/rollouts/{number}", number=each.id))


def _change(change: Change) -> Iterator[Markup]:
    """`0.5 -> 0.75`; one value where it is the same."""
    if not change.changed:
        yield _value(change.after, "same")
        return
    yield _value(change.before, "was")
    yield Markup(_TO)
    yield _value(change.after, _direction(change))


def _value(value: Value, kind: str) -> Markup:
    if value.value is not None:
        return element("span", number(value.value), class_=kind)
    said = MISSING if value.why in (None, ABSENT) else visible(str(value.why).replace("_", " "))
    return element("span", said, class_=f"{kind} why")


def _direction(change: Change) -> str:
    difference = change.difference
    if difference is None:
        return "now"
    if difference == 0:
        return "same"
    return "now up" if difference > 0 else "now down"


def _difference(change: Change) -> Markup:
    return element("span", _signed(change.difference), class_=_direction(change))


def _signed(value: float | None) -> str:
    if value is None:
        return MISSING
    sign = "" if value == 0 else "+" if value > 0 else "\N{MINUS SIGN}"
    return f"{sign}{number(abs(value))}"


def _ranks(each: Compared) -> Iterator[Markup]:
    before, after = (MISSING if rank is None else str(rank) for rank in each.ranks)
    if before == after:
        yield element("span", after, class_="same")
        return
    yield element("span", before, class_="was")
    yield Markup(_TO)
    yield element("span", after, class_="now")
