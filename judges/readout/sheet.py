"""Reading the answers to several statements out of one JSON object. Pure: no exception, and no guess.

What is certain is read: a number that is missing, stands there twice, or has an answer that was not offered
leaves its own statement without a verdict. Numbers that nobody asked for are left alone. A reply that is not
one object says nothing about any statement.
"""

import json
from collections.abc import Sequence

from judges.readout.reply import excerpt, garbled, read_text, refused
from judges.request import Menus, Reply
from rubrics.outcome import Unscored
from rubrics.strict_json import unfence
from rubrics.verdict import Reading

Answers = tuple[Reading | Unscored, ...]
"""The verdict on each statement, in the order in which they were asked."""


class _Members(list[tuple[str, object]]):
    """An object's members as they stand, repeated names and all."""


_DECODER = json.JSONDecoder(object_pairs_hook=_Members, parse_constant=str, parse_int=str, parse_float=str)


def read_sheet(reply: Reply, menus: Menus) -> Answers | Unscored:
    """The answers; Unscored where there is not a single one. A code fence around the whole is left out."""
    if reply.refusal is not None:
        return refused(reply.refusal)
    if reply.truncated:
        return garbled(f"cut off by the limit on tokens: {excerpt(reply.text)}")
    members = _members(unfence(reply.text)[0].strip())
    if members is None:
        return garbled(f"not one JSON object: {excerpt(reply.text)}")
    given: dict[str, list[object]] = {number: [] for number, _ in menus}
    for number, value in members:
        given.get(number, []).append(value)
    found = tuple(_answer(given[number], number, choices) for number, choices in menus)
    none = all(isinstance(answer, Unscored) for answer in found)
    return garbled(f"none of the answers: {excerpt(reply.text)}") if none else found


def _members(text: str) -> _Members | None:
    try:
        value, end = _DECODER.raw_decode(text)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, _Members) and end == len(text) else None


def _answer(given: Sequence[object], number: str, choices: tuple[str, ...]) -> Reading | Unscored:
    if len(given) != 1:
        return garbled(f"{len(given) or 'no'} answers to [{number}]")
    if not isinstance(given[0], str):
        return garbled(f"the answer to [{number}] is not text")
    return read_text(given[0], choices)
