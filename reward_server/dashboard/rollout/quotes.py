"""Passages that a judge quoted from a completion: where they stand in it, or that they do not."""

from collections.abc import Iterator, Sequence

import msgspec

from judges.asking.course import UNSHOWN
from judges.prompts.fence import neutralise
from reward_server.dashboard.parts.text import Stretch
from reward_server.store.entry import StoredCall
from rubrics.evidence import passages
from rubrics.verdict import Verdict


class Quote(msgspec.Struct, frozen=True, kw_only=True):
    """What a judge quoted for a criterion."""

    criterion: str
    text: str
    places: Sequence[tuple[int, int]]
    """Where its pieces stand in the completion, in characters; nowhere where it is made up."""


def quotes(text: str, verdicts: Sequence[Verdict], calls: Sequence[StoredCall]) -> list[Quote]:
    """The quotations for some verdicts, looked up in the completion as the judge was shown it."""
    shown = neutralise(text)  # as long as the text, whose line ends are all alike
    return [quote for verdict in verdicts for quote in _quotes(shown, verdict, calls)]


def _quotes(shown: str, verdict: Verdict, calls: Sequence[StoredCall]) -> Iterator[Quote]:
    reason = verdict.reason
    if reason is None:
        return
    if reason == UNSHOWN:
        made_up = _last_words(verdict.criterion, calls)
        if made_up is not None:
            yield Quote(criterion=verdict.criterion, text=made_up, places=passages(made_up, shown))
    elif places := passages(reason, shown):
        yield Quote(criterion=verdict.criterion, text=reason, places=places)


def _last_words(criterion: str, calls: Sequence[StoredCall]) -> str | None:
    """The last reply about a criterion: the quotation is asked for last."""
    replies = [call.reply for call in calls if call.question.partition("#")[0] == criterion and call.reply]
    return replies[-1] if replies else None


def stretches(found: Sequence[Quote]) -> list[Stretch]:
    """The places of quotations, to be set off in the text."""
    return [
        Stretch(start, end, "mark", f"quoted for {quote.criterion}")
        for quote in found
        for start, end in quote.places
    ]
