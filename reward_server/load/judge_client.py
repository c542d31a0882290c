"""One client of a judge under test: a call out, its reply read as a verdict, its tokens noted."""

from typing import Literal

import msgspec

from judges.backend import BackendError
from judges.backends.openai import Openai
from judges.readout.abstention import decided
from judges.readout.reply import read
from judges.readout.sheet import read_sheet
from judges.readout.words import read_words
from judges.request import Reply, Request
from reward_server.load.call import Answer
from reward_server.load.time_limit import TimeLimit
from reward_server.load.workload.questions import Question
from rubrics.cause import Cause
from rubrics.criteria.criterion import HALF
from rubrics.criteria.label import YES
from rubrics.outcome import Unscored
from rubrics.verdict import Reading

Stage = Literal["reasoning", "answer", "quotation"]


class JudgeAsk(msgspec.Struct, frozen=True):
    """One call to a judge."""

    request: Request
    question: Question
    stage: Stage = "answer"


class JudgeClient:
    """Makes each call once, over connections of its own."""

    def __init__(self, options: Openai) -> None:
        self._backend = options.open()
        self._limit = TimeLimit(options.timeout_s)

    async def send(self, ask: JudgeAsk) -> Answer[JudgeAsk]:
        """Make one call, in its time."""
        try:
            with self._limit:
                reply = await self._backend(ask.request)
        except TimeoutError:
            return Answer(cause=Cause.JUDGE_TIMEOUT, unscored=1)
        except BackendError as error:
            return Answer(cause=error.cause, unscored=1)
        return answer(reply, ask)

    async def aclose(self) -> None:
        """Close its connections."""
        self._limit.close()
        await self._backend.aclose()


def answer(reply: Reply, ask: JudgeAsk) -> Answer[JudgeAsk]:
    """What a reply comes to, and which call follows from it."""
    match ask.stage:
        case "reasoning":
            return _reasoned(reply, ask)
        case "quotation":
            words = read_words(reply)
            return _told(reply, 0, words.cause if isinstance(words, Unscored) else None)
        case "answer":
            return _answered(reply, ask)


def _answered(reply: Reply, ask: JudgeAsk) -> Answer[JudgeAsk]:
    request, question = ask.request, ask.question
    if request.menus:
        return _sheet(reply, request)
    found = read(reply, request.choices, request.form)
    if isinstance(found, Reading):
        found = decided(found, question.unsure)
    if isinstance(found, Unscored):
        return _told(reply, 0, found.cause)
    if question.quotes and found.choices.get(YES, 0.0) >= HALF:
        return _told(reply, 1, None, JudgeAsk(question.quoted(request), question, "quotation"))
    return _told(reply, 1, None)


def _sheet(reply: Reply, request: Request) -> Answer[JudgeAsk]:
    found = read_sheet(reply, request.menus)
    if isinstance(found, Unscored):
        return _told(reply, 0, found.cause)
    missing = [each.cause for each in found if isinstance(each, Unscored)]
    return _told(reply, len(found) - len(missing), missing[0] if missing else None)


def _reasoned(reply: Reply, ask: JudgeAsk) -> Answer[JudgeAsk]:
    why = read_words(reply)
    if isinstance(why, Unscored):
        return _told(reply, 0, why.cause)
    question = ask.question
    asked = question.reasoned(question.about(ask.request.prompt.shared), why)
    return _told(reply, 0, None, JudgeAsk(asked, question))


def _told(reply: Reply, verdicts: int, cause: Cause | None, then: JudgeAsk | None = None) -> Answer[JudgeAsk]:
    usage = reply.usage
    lost = int(cause is not None)
    return Answer(verdicts, cause, usage.prompt, usage.cached, usage.completion, None, None, lost, then)
