"""What judges were asked about a rollout, what they said, and what it took."""

from collections.abc import Callable, Iterator, Sequence

import msgspec

from reward_server.dashboard.parts.text import beginning, clipped
from reward_server.dashboard.rollout.prompts import Rewritten
from reward_server.report.markup import Markup, element, visible
from reward_server.report.tables import MISSING
from reward_server.report.words import number, seconds
from reward_server.store.entry import StoredCall

_HOW = {
    "as sent": "as sent: its digest is that of the call",
    "differs": "written again from what is stored, and not what was sent: a text was redacted or mended",
    "not sent": "written again; nothing was sent, as the answer was known",
}
_NOT_SERVED = "not available: the reward that is served is not the one that asked"
_NOT_OURS = "not available: no rubric of this reward asks this"
_HEADINGS = ("question", "judge", "replica", "how", "took", "prompt", "of it cached", "reply", "said")


class Asked(msgspec.Struct, frozen=True):
    """One call, with its prompt where it can be told."""

    call: StoredCall
    prompt: Rewritten | None


def calls(asked: Sequence[Asked], *, served: bool, whole: int | None, more: Callable[[int], str]) -> Markup:
    """The calls of a rollout. All of the prompt of the call `whole` is shown; `more` links to that."""
    rows = [
        row
        for place, each in enumerate(asked)
        for row in _rows(place, each, served=served, more=None if place == whole else more(place))
    ]
    head = element("tr", *(element("th", heading, scope="col") for heading in _HEADINGS))
    table = element("table", element("thead", head), element("tbody", *rows), class_="list calls")
    return element("div", table, class_="scroll", tabindex="0")


def _rows(place: int, asked: Asked, *, served: bool, more: str | None) -> Iterator[Markup]:
    call = asked.call
    yield element(
        "tr",
        element("th", visible(call.question), scope="row"),
        element("td", visible(call.judge or MISSING)),
        element("td", visible(call.replica or MISSING)),
        element("td", visible(call.how)),
        _number(seconds(call.seconds if call.how == "called" else None)),
        _number(number(call.prompt_tokens or None)),
        _number(number(call.cached_tokens if call.prompt_tokens else None)),
        _number(number(call.completion_tokens or None)),
        element("td", *_said(call), class_="why"),
    )
    told = element("td", _prompt(asked.prompt, served, more), colspan=str(len(_HEADINGS)))
    yield element("tr", told, class_="prompt", id=f"call-{place}")


def _said(call: StoredCall) -> Iterator[Markup]:
    if call.cause is not None:
        yield element("code", visible(call.cause), class_="bad")
    if call.reply or call.cause is None:
        yield element("span", beginning(call.reply or MISSING))


def _prompt(found: Rewritten | None, served: bool, more: str | None) -> Markup:
    if found is None:
        return element("small", f"prompt {_NOT_OURS if served else _NOT_SERVED}")
    summary = element("summary", "prompt ", element("small", _HOW[found.how]))
    said = [
        piece for message in found.messages for piece in _message(message["role"], message["content"], more)
    ]
    return element("details", summary, *said, open="" if more is None else None)


def _message(role: str, text: str, more: str | None) -> Iterator[Markup]:
    yield element("h4", visible(role))
    yield from clipped(text, more)


def messages(prompt: object, more: str | None) -> Iterator[Markup]:
    """The prompt of a rollout: a text, or messages with their roles."""
    if isinstance(prompt, str):
        yield from clipped(prompt, more)
        return
    for message in prompt if isinstance(prompt, list) else ():
        yield from _message(message.role, message.text, more)
        if message.reasoning_content:
            yield from _message("reasoning", message.reasoning_content, more)


def _number(text: str) -> Markup:
    return element("td", text, class_="number")
