"""What probing finds out about endpoints that can do more, less or nothing, and what it does not conclude."""

import asyncio
import json
import math
from collections.abc import Callable
from itertools import count

import pytest

from judges.backend import BackendError
from judges.backends.scripted import Script, ScriptedBackend, answer, in_turn
from judges.probe.canary import CANARIES, ODD, asked_as
from judges.probe.capability import Capabilities, best_form
from judges.probe.probing import probe
from judges.readout.reply import read
from judges.request import MAX_TOKENS, Form, Reply, Request, Usage
from judges.sim.verdict import judge as simulated
from rubrics.cause import Cause
from rubrics.verdict import Reading

REJECTED = BackendError(Cause.JUDGE_REJECTED, "HTTP 400: no such field")
BROKEN = BackendError(Cause.JUDGE_ERROR, "HTTP 500", retryable=True)


def says(request: Request) -> str:
    """The answer to a question by a judge that knows nothing of forms."""
    return simulated(request.messages[-1]["content"]).choice


def speaker(request: Request) -> Reply:
    return Reply(says(request))


def measurer(request: Request) -> Reply:
    word = says(request)
    return answer(word, 0.9, "no" if word == "yes" else "yes")


def chooser(request: Request) -> Reply:
    return Reply(request.choices[0] if says(request) == "yes" else request.choices[1])


def filler(request: Request) -> Reply:
    return Reply(json.dumps({"verdict": chooser(request).text}))


def endpoint(**served: Script) -> ScriptedBackend:
    """Answers each form by its own script, and the others by rejecting the request."""

    def script(request: Request) -> Reply:
        if request.form not in served:
            raise REJECTED
        reply = served[request.form](request)
        assert isinstance(reply, Reply)
        return reply

    return ScriptedBackend(script)


def forms(backend: ScriptedBackend) -> list[Form]:
    return [request.form for request in backend.requests]


async def test_an_endpoint_with_log_probabilities_is_known_after_one_request() -> None:
    backend = endpoint(token=measurer, choice=chooser, json=filler, text=speaker)
    found = await probe(backend)
    assert found.logprobs == 2
    assert best_form(found) == "token"
    assert forms(backend) == ["token"]
    assert (found.choice, found.json) == (None, None)


@pytest.mark.parametrize(
    ("served", "form"),
    [
        ({"choice": chooser, "json": filler, "text": speaker}, "choice"),
        ({"json": filler, "text": speaker}, "json"),
        ({"text": speaker}, "text"),
        ({"token": speaker, "choice": speaker, "json": speaker, "text": speaker}, "text"),
        ({"token": speaker, "choice": speaker, "json": filler, "text": speaker}, "json"),
        ({"token": speaker, "choice": chooser, "json": speaker, "text": speaker}, "choice"),
    ],
)
async def test_without_them_the_best_form_that_is_obeyed_is_taken(
    served: dict[str, Script], form: Form
) -> None:
    assert best_form(await probe(endpoint(**served))) == form


async def test_a_field_that_is_accepted_and_ignored_counts_as_not_served() -> None:
    backend = endpoint(token=speaker, choice=speaker, json=speaker, text=speaker)
    found = await probe(backend)
    assert (found.logprobs, found.choice, found.json) == (0, False, False)
    # each looked at twice, then one plain question
    assert forms(backend) == ["token", "token", "choice", "choice", "json", "json", "text"]


@pytest.mark.parametrize("text", ["quartz", '{"verdict": "quartz"}'])
async def test_a_constraint_is_obeyed_only_in_its_own_form(text: str) -> None:
    found = await probe(endpoint(choice=lambda _: Reply(text), json=lambda _: Reply(text)), thorough=False)
    assert best_form(found) == ("choice" if text == "quartz" else "json")


@pytest.mark.parametrize(
    "alternatives", [[("yes", 0.0)], [("yes", math.nan), ("no", -1.0)], [("yes", 0.0), ("no", 0.0)], []]
)
async def test_numbers_that_cannot_be_log_probabilities_are_none(
    alternatives: list[tuple[str, float]],
) -> None:
    found = await probe(endpoint(token=lambda _: Reply("yes", alternatives), text=speaker))
    assert found.logprobs == 0


async def test_one_reply_without_log_probabilities_settles_nothing() -> None:
    second = in_turn(Reply("yes"), answer("yes", 0.9))
    found = await probe(endpoint(token=second, text=speaker))
    assert best_form(found) == "token"


async def test_a_form_that_fails_now_and_then_is_served() -> None:
    second = in_turn(BROKEN, BROKEN, answer("yes", 0.9))
    backend = endpoint(token=second, text=speaker)
    assert best_form(await probe(backend)) == "token"
    assert forms(backend) == ["token", "text", "token", "text", "token"]


async def test_a_form_that_breaks_the_endpoint_each_time_is_not_served() -> None:
    def broken(_: Request) -> Reply:
        raise BROKEN

    assert best_form(await probe(endpoint(token=broken, choice=chooser, text=speaker))) == "choice"


@pytest.mark.parametrize("cause", [Cause.JUDGE_REJECTED, Cause.JUDGE_ERROR, Cause.JUDGE_GARBLED])
async def test_an_endpoint_that_answers_nothing_has_no_best_form(cause: Cause) -> None:
    def dead(_: Request) -> Reply:
        raise BackendError(cause, "no")

    with pytest.raises(BackendError) as raised:
        await probe(ScriptedBackend(dead))
    assert raised.value.cause == cause


@pytest.mark.parametrize(
    "cause",
    [
        Cause.JUDGE_UNREACHABLE,
        Cause.JUDGE_TIMEOUT,
        Cause.JUDGE_RATE_LIMITED,
        Cause.JUDGE_MISMATCHED,
    ],
)
@pytest.mark.parametrize("healthy", range(7))
async def test_what_may_pass_says_nothing_about_what_an_endpoint_can_do(cause: Cause, healthy: int) -> None:
    number = count()

    def failing(request: Request) -> Reply:
        if next(number) == healthy:
            raise BackendError(cause, "for now", retryable=True)
        return speaker(request)

    with pytest.raises(BackendError) as raised:
        await probe(ScriptedBackend(failing))
    assert raised.value.cause == cause


async def test_an_endpoint_that_does_not_answer_is_not_waited_for() -> None:
    async def silent(_: Request) -> Reply:
        await asyncio.Event().wait()
        raise AssertionError

    with pytest.raises(BackendError) as raised:
        await probe(ScriptedBackend(silent), timeout_s=0.01)
    assert raised.value.cause == Cause.JUDGE_TIMEOUT


async def test_a_thorough_probe_tries_everything() -> None:
    backend = endpoint(token=measurer, choice=chooser, json=filler, text=speaker)
    found = await probe(backend, thorough=True)
    assert (found.logprobs, found.choice, found.json) == (2, True, True)
    assert found.chances == pytest.approx((0.9, 0.9))
    assert found.model == "gavel-scripted"
    assert not found.usage
    assert set(forms(backend)) == {"token", "choice", "json"}


def counting(cached: int) -> Callable[[Request], Reply]:
    def script(request: Request) -> Reply:
        length = len(request.messages[-1]["content"])
        usage = Usage(length, cached if length > 2000 else 0, 1)
        return Reply("yes", [("yes", -0.1), ("no", -3.0)], "m", usage, echoes=True)

    return script


async def test_a_thorough_probe_sees_ids_token_counts_and_the_prefix_cache() -> None:
    found = await probe(endpoint(token=counting(cached=1500)), thorough=True)
    assert (found.echoes, found.usage, found.cached) == (True, True, 1500)
    assert found.repeated > 2000
    assert (await probe(endpoint(token=counting(cached=0)), thorough=True)).cached == 0


async def test_an_endpoint_with_too_little_room_for_a_long_text_is_still_described() -> None:
    def short(request: Request) -> Reply:
        if len(request.messages[-1]["content"]) > 2000:
            raise REJECTED
        return measurer(request)

    found = await probe(endpoint(token=short), thorough=True)
    assert (found.logprobs, found.repeated, found.cached) == (2, 0, 0)


async def test_an_id_that_is_missing_once_is_not_relied_on() -> None:
    number = count()

    def forgetful(request: Request) -> Reply:
        reply = counting(0)(request)
        return Reply(reply.text, reply.alternatives, usage=reply.usage, echoes=next(number) != 2)

    assert not (await probe(endpoint(token=forgetful), thorough=True)).echoes


@pytest.mark.parametrize(
    "reply",
    [
        Reply("<think>", [("<think>", -0.01), ("yes", -8.0)]),
        Reply("<think>\nOkay, the criterion", truncated=True),
        Reply("", truncated=True),
    ],
)
async def test_a_model_that_thinks_first_is_recognised(reply: Reply) -> None:
    assert (await probe(ScriptedBackend(lambda _: reply))).thinks
    assert not (await probe(ScriptedBackend(measurer))).thinks


async def test_a_canary_without_a_verdict_has_no_chance() -> None:
    found = await probe(endpoint(token=lambda _: Reply("Hm", [("Hm", -0.1), ("yes", -4.0)])), thorough=True)
    assert found.chances == (None, None)


@pytest.mark.parametrize("form", ["token", "choice", "json", "text"])
def test_canaries_have_their_right_answers_in_every_form(form: Form) -> None:
    scripts: dict[Form, Script] = {"token": measurer, "choice": chooser, "json": filler, "text": speaker}
    for request, right in CANARIES:
        asked = asked_as(request, form)
        assert asked.max_tokens == MAX_TOKENS[form]
        reply = scripts[form](asked)
        assert isinstance(reply, Reply)
        reading = read(reply, asked.choices, form)
        assert isinstance(reading, Reading)
        assert max(reading.choices, key=lambda choice: reading.choices[choice]) == right


def test_canaries_tell_a_constant_judge_from_one_that_reads() -> None:
    assert {right for _, right in CANARIES} == {"yes", "no"}
    assert all(right in request.choices for request, right in CANARIES)
    assert not any(odd in message["content"] for odd in ODD for r, _ in CANARIES for message in r.messages)


@pytest.mark.parametrize(
    ("found", "form"),
    [
        (Capabilities(logprobs=20, choice=True, json=True), "token"),
        (Capabilities(logprobs=2), "token"),
        (Capabilities(logprobs=1, choice=True, json=True), "choice"),
        (Capabilities(choice=False, json=True), "json"),
        (Capabilities(choice=False, json=False), "text"),
        (Capabilities(), "text"),
    ],
)
def test_probabilities_come_before_constraints_and_words_last(found: Capabilities, form: Form) -> None:
    assert best_form(found) == form
