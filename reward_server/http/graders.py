"""`POST /v1/fine_tuning/alpha/graders/{run,validate}`, as the `openai` package calls them."""

from collections.abc import Awaitable, Callable, Sequence

import msgspec
import structlog
from fastapi import Request, Response

from reward_server.dialects.openai_graders.judge_lookup import Judges, judges_of
from reward_server.dialects.openai_graders.running import run, validate
from reward_server.dialects.settings import deadline_of
from reward_server.http.answering import Handler, Received, answer
from reward_server.http.idempotency import Answer
from reward_server.http.state import State
from reward_server.wire.status import RequestError

_LOG = structlog.get_logger("gavel.graders")


async def run_grader(request: Request) -> Response:
    """Run a grader on one sample: its reward, or null and why."""
    limits = request.app.state.gavel.service.limits
    deadline_s = deadline_of(request.query_params.get("deadline_s")) or limits.deadline_s

    async def work(received: Received) -> Answer:
        found = await run(received.body, _judges(request), deadline_s, limits.max_completion_chars)
        if found.reward is None:
            _LOG.warning("unscored", grader=found.metadata.type, cause=found.metadata.cause)
        return Answer(msgspec.json.encode(found), whole=found.reward is not None)

    return await _answer(request, work)


async def validate_grader(request: Request) -> Response:
    """Look for mistakes in a grader; the same grader where there are none."""

    async def work(received: Received) -> Answer:
        return Answer(validate(received.body, _judges(request)))

    return await _answer(request, work)


ROUTES: Sequence[tuple[str, str, Callable[[Request], Awaitable[Response]], str]] = (
    ("POST", "/v1/fine_tuning/alpha/graders/run", run_grader, "OpenAI graders: run one on a sample"),
    ("POST", "/v1/fine_tuning/alpha/graders/validate", validate_grader, "OpenAI graders: look for mistakes"),
)


async def _answer(request: Request, work: Handler) -> Response:
    """Answer. The `openai` package shows only the message of an error, so everything stands there."""
    try:
        return await answer(request, work)
    except RequestError as error:
        message = "; ".join(part for part in (_placed(error), error.hint) if part)
        raise RequestError(
            error.code, message, path=error.path, hint=error.hint, retry_after_s=error.retry_after_s
        ) from None


def _placed(error: RequestError) -> str:
    return error.message if error.path is None else f"{error.path}: {error.message}"


def _judges(request: Request) -> Judges:
    state: State = request.app.state.gavel
    return judges_of(state.service.functions)
