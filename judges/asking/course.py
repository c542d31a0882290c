"""The calls by which one vote on one statement is reached: reasoning, the answer, a quotation.

    reasoning   what in the text decides this?        words, where the rubric says `reason_first`
    answer      yes or no                             in the endpoint's form, after the reasoning
    quotation   which passage shows it?               words, after a yes, where the criterion says `evidence`

All are one conversation, so an engine's prefix cache pays for its beginning once. Nothing is searched for in
words: the verdict is the answer's, and a quotation is only looked up in the text.
"""

from collections.abc import Callable

import msgspec
from msgspec.structs import replace

from judges.asking.attempts import Asking, unusable
from judges.asking.reasons import reason
from judges.caller import Caller
from judges.prompts.wording import QUOTE
from judges.readout.abstention import decided
from judges.readout.words import read_words
from judges.request import Reply, Request
from rubrics.criteria.criterion import HALF
from rubrics.criteria.label import NO, YES
from rubrics.evidence import VERSION
from rubrics.outcome import Unscored
from rubrics.verdict import Reading

REASONING_TOKENS = 300
"""Room for the reasoning of `reason_first`. What is longer is cut off there."""
QUOTATION_TOKENS = 160
UNSHOWN = "its quotation is not in the text"
"""The reason of a statement whose quotation is made up."""


class Course(msgspec.Struct, frozen=True):
    """What belongs to a vote beside its question."""

    offer: str | None = None
    """Asks for the answer once the judge has reasoned; None where the question itself asks for it."""
    unsure: str | None = None
    """The answer with which the judge abstains."""
    shown: Callable[[str], bool] | None = None
    """Whether a quotation stands in the text; None where none is asked for."""
    texts: tuple[str, ...] = ()
    """Names of the inputs in which a quotation may stand."""

    @property
    def plain(self) -> bool:
        """Whether the question is all that is asked."""
        return self.offer is None and self.shown is None

    @property
    def marks(self) -> tuple[str, ...]:
        """What of it can change the verdict, for the cache's key. Nothing where the question is all."""
        marks: tuple[str, ...] = ()
        if self.offer is not None:
            marks += ("reasoned", f"{REASONING_TOKENS}", self.offer)
        if self.shown is not None:
            marks += ("quoted", f"{QUOTATION_TOKENS}", VERSION, QUOTE, self.unsure or "", *self.texts)
        return marks


PLAIN = Course()


async def follow(course: Course, asking: Asking, request: Request, caller: Caller) -> Reading | Unscored:
    """The vote. A statement whose quotation is made up is not shown: all on `no`. Raises BackendError."""
    if course.offer is None:
        return await _answered(course, asking, request, caller)
    why = await asking.read(words_of(request, REASONING_TOKENS), caller, _words)
    if isinstance(why, Unscored):
        return why
    reasoned = replace(request, follow_up=then(request, why, course.offer))
    found = await _answered(course, asking, reasoned, caller)
    if isinstance(found, Unscored) or found.reason is not None:
        return found
    return Reading(found.choices, reason(why))


async def _answered(course: Course, asking: Asking, request: Request, caller: Caller) -> Reading | Unscored:
    """The answer, and the quotation that it may need. Its reason is what the quotation came to."""
    found = await asking.ask(request, caller)
    if course.shown is None or isinstance(found, Unscored) or not _holds(found, course.unsure):
        return found
    return await _quoted(course.shown, asking, request, caller, found)


async def _quoted(
    shown: Callable[[str], bool], asking: Asking, request: Request, caller: Caller, found: Reading
) -> Reading | Unscored:
    asked = replace(request, follow_up=then(request, YES, QUOTE))
    quotation = await asking.read(words_of(asked, QUOTATION_TOKENS), caller, _words)
    if isinstance(quotation, Unscored):
        return quotation
    if shown(quotation):
        return Reading(found.choices, reason(quotation))
    return Reading({choice: float(choice == NO) for choice in found.choices}, UNSHOWN)


def _holds(found: Reading, unsure: str | None) -> bool:
    """Whether the answer is yes, the abstention left aside."""
    answer = decided(found, unsure)
    return isinstance(answer, Reading) and answer.choices[YES] >= HALF


def words_of(request: Request, room: int) -> Request:
    """The request for words in place of an answer."""
    return replace(request, choices=(), form="text", max_tokens=room)


def then(request: Request, said: str, asked: str) -> tuple[dict[str, str], ...]:
    """The messages after the question, once the judge has said something and is asked something more."""
    return (*request.follow_up, {"role": "assistant", "content": said}, {"role": "user", "content": asked})


def _words(reply: Reply, _: Request) -> str:
    words = read_words(reply)
    if isinstance(words, Unscored):
        raise unusable(words)
    return words
