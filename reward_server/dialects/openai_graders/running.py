"""The two requests, from bytes to an answer. Knows no HTTP."""

import time

import msgspec

from judges.caller import calling
from judges.deadline import within
from reward_server.dialects.openai_graders.binding import bind
from reward_server.dialects.openai_graders.bound import Bound, graded
from reward_server.dialects.openai_graders.graded import Graded
from reward_server.dialects.openai_graders.graders import RunRequest, ValidateRequest
from reward_server.dialects.openai_graders.judge_lookup import Judges
from reward_server.dialects.openai_graders.response import RunResponse, respond
from reward_server.dialects.openai_graders.variables import Variables
from reward_server.wire.decoding import decode_as
from reward_server.wire.status import RequestError
from rubrics.cause import Cause
from rubrics.outcome import Unscored

RETRY_AFTER_S = 1


async def run(body: bytes, judges: Judges, deadline_s: float, max_chars: int) -> RunResponse:
    """Run a grader on one sample of at most `max_chars`, by the deadline. Raises RequestError."""
    started = time.perf_counter()
    request = decode_as(body, RunRequest)
    grader, bound = bind(request.grader, judges)
    if len(request.model_sample) > max_chars:
        detail = f"{len(request.model_sample):,} characters; this server takes {max_chars:,}"
        result = Graded.unscored(Unscored(Cause.COMPLETION_TOO_LONG, detail))
    else:
        result = await _graded(bound, Variables(request.model_sample, request.item), deadline_s)
        _refuse_when_full(result)
    kind = str(grader.__struct_config__.tag)
    return respond(grader.name, kind, bound.model, result, time.perf_counter() - started)


def validate(body: bytes, judges: Judges) -> bytes:
    """Look at a grader and hand it back, as it was sent. Raises RequestError."""
    request = decode_as(body, ValidateRequest)
    bind(request.grader, judges)
    return msgspec.json.encode(request)


def _refuse_when_full(result: Graded) -> None:
    """A full queue is worth another try, which the `openai` package makes by itself. Raises RequestError."""
    outcome = result.outcome
    if isinstance(outcome, Unscored) and outcome.cause == Cause.JUDGE_OVERLOADED:
        hint = "try again after Retry-After"
        raise RequestError("overloaded", str(outcome.detail), hint=hint, retry_after_s=RETRY_AFTER_S)


async def _graded(bound: Bound, variables: Variables, deadline_s: float) -> Graded:
    with within(deadline_s), calling():
        return await graded(bound, variables)
