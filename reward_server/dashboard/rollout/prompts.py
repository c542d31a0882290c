"""The prompts of a rollout's judge calls, written again and compared with the digests of what was sent."""

from collections.abc import Iterator, Sequence
from typing import Literal

import msgspec
from msgspec.structs import replace

from judges.asking import reasons
from judges.asking.course import then
from judges.prompts.fence import neutralise
from judges.prompts.framing import Frame, Framing
from judges.prompts.rendering import prompt_of
from judges.prompts.wording import QUOTE, offer, offers
from judges.readout.words import LONGEST
from judges.request import Messages, Prompt, Request
from reward_server.components.rubric import Rubric as RubricComponent
from reward_server.reward.reward_function import RewardFunction
from reward_server.store.entry import StoredCall
from rubrics.criteria.criterion import Criterion
from rubrics.criteria.label import YES
from rubrics.inputs import read_inputs
from rubrics.outcome import Unscored
from rubrics.rollout import Rollout
from rubrics.rubric import Rubric

How = Literal["as sent", "differs", "not sent"]
"""Of the same digest; of another, as of a text that was redacted or mended when it was stored; written for a
question that the verdict cache answered."""


class Rewritten(msgspec.Struct, frozen=True):
    """What a judge was sent, as far as it can be told now."""

    how: How
    messages: Messages


def rewritten(
    function: RewardFunction, rollout: Rollout, calls: Sequence[StoredCall]
) -> list[Rewritten | None]:
    """The messages of each call; None where no rubric of the function asks its question.

    `function` has to be the version that made the calls.
    """
    components = [c.component for c in function.columns if isinstance(c.component, RubricComponent)]
    known = [_Asked(function, component, rollout) for component in components]
    return [_of(call, known, [_words(each) for each in calls if _is_about(each, call)]) for call in calls]


def _is_about(other: StoredCall, call: StoredCall) -> bool:
    return other.question == call.question and bool(other.reply)


def _words(call: StoredCall) -> str:
    """A judge's words as they are put to it again."""
    return neutralise(call.reply.strip()[:LONGEST])


def _of(call: StoredCall, known: "Sequence[_Asked]", said: Sequence[str]) -> Rewritten | None:
    first: Messages | None = None
    for asked in known:
        for request in asked.requests(call.question.partition("#")[0].split("+"), said):
            first = first or request.messages
            if call.prompt_digest and _digest(request) == call.prompt_digest:
                return Rewritten("as sent", request.messages)
    if first is None:
        return None
    return Rewritten("differs" if call.prompt_digest else "not sent", first)


def _digest(request: Request) -> str | None:
    try:
        return request.digest.hex()
    except UnicodeEncodeError:
        return None


class _Asked:
    """What one rubric may ask about a rollout."""

    def __init__(self, function: RewardFunction, component: RubricComponent, rollout: Rollout) -> None:
        self._rubric: Rubric = component.opened
        texts = read_inputs(self._rubric.inputs, rollout)
        layouts = dict.fromkeys(function.judges[name].options.layout for name in component.panel)
        framings = [Framing(self._rubric, layout) for layout in layouts]
        self._frames = [] if isinstance(texts, Unscored) else [framing.frame(texts) for framing in framings]
        self._criteria = {each.id: each for each in self._rubric.judged if each.ask is not None}

    def requests(self, names: Sequence[str], said: Sequence[str]) -> Iterator[Request]:
        """Each request that may have been sent about these criteria, given what the judge said of them."""
        if not all(name in self._criteria for name in names):
            return
        criteria = [self._criteria[name] for name in names]
        for frame in self._frames:
            for prompt in self._first(frame, criteria):
                yield from _conversation(Request(prompt, ()), criteria[0], said)

    def _first(self, frame: Frame, criteria: Sequence[Criterion]) -> Iterator[Prompt]:
        yield prompt_of(self._rubric, frame, criteria)
        if len(criteria) == 1:
            yield frame.ask(criteria[0])


def _conversation(request: Request, criterion: Criterion, said: Sequence[str]) -> Iterator[Request]:
    """A question, and what may follow it in the same conversation."""
    yield request
    reasoned = [replace(request, follow_up=then(request, words, offer(criterion))) for words in said]
    yield from reasoned
    yield from (replace(each, follow_up=then(each, YES, QUOTE)) for each in (request, *reasoned))
    yield from (reasons.why(request, answer) for answer in offers(criterion))
