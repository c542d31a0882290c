"""Questions with known answers, asked to learn whether a judge works. They look like any other question."""

from collections.abc import Sequence

from msgspec.structs import replace

from judges.prompts.fence import fence
from judges.prompts.framing import RULES
from judges.request import MAX_TOKENS, Form, Prompt, Request, Shared

TEXT = "The parcel was sent on Monday and arrived on Thursday. It held two books and a lamp."
CHOICES = ("yes", "no")

ODD = ("quartz", "violin")
"""Answers that nobody gives unless decoding is constrained to them: the question does not name them."""

_LINES = 64


def _shared(text: str) -> Shared:
    return Shared(RULES, fence("text", text) + "\n\n")


def _asking(statement: str, shared: Shared, choices: tuple[str, ...] = CHOICES) -> Request:
    question = f"Criterion: {statement}\nAnswer with exactly one of: {', '.join(CHOICES)}."
    return Request(Prompt(shared, question), choices, "canary")


_SHARED = _shared(TEXT)

CANARIES: Sequence[tuple[Request, str]] = (
    (_asking("The parcel held a lamp.", _SHARED), "yes"),
    (_asking("The text describes a bicycle race in Paris.", _SHARED), "no"),
)
"""Questions in the form `token`, each with the one right answer."""

ODD_CANARY = _asking("The parcel held a lamp.", _SHARED, ODD)
"""A question about the text that offers answers it does not name."""


def long_canaries() -> list[Request]:
    """Two questions about one text of about 1,000 tokens, which is more than any engine's cache block."""
    facts = (f"Parcel {number} left on day {number % 7} with {number + 2} books." for number in range(_LINES))
    shared = _shared("\n".join(facts))
    return [_asking(f"Parcel {number} left on day {number}.", shared) for number in (3, 4)]


def asked_as(request: Request, form: Form) -> Request:
    """The same question in another form."""
    return replace(request, form=form, max_tokens=MAX_TOKENS[form])
