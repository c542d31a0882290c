"""Replies that belong to another call: early, late, doubled, swapped. Promise 5 is about these."""

import asyncio

from rubrics.cause import Cause
from tests.judges.faults.modes.mode import mode
from tests.judges.faults.reply import completion, encode, honest, lie, lie_of, truth_of
from tests.judges.faults.server import Call, response

STRAY = Cause.JUDGE_MISMATCHED


@mode(STRAY)
def wrong_id(call: Call) -> None:
    call.respond(encode(lie(call, id="chatcmpl-somebody-elses")))


@mode(STRAY)
def no_id(call: Call) -> None:
    found = lie(call)
    del found["id"]
    call.respond(encode(found))


@mode(STRAY)
def null_id(call: Call) -> None:
    call.respond(encode(lie(call, id=None)))


@mode(STRAY)
def empty_id(call: Call) -> None:
    call.respond(encode(lie(call, id="")))


@mode(STRAY)
def right_header_but_wrong_body(call: Call) -> None:
    """A proxy that puts the request's id on whatever comes back from the engine."""
    other = f"chatcmpl-{'%032x' % (int(call.id, 16) ^ 1) if _is_hex(call.id) else call.id[::-1]}"
    call.respond(encode(lie(call, id=other)), X_Request_Id=call.id)


def _is_hex(text: str) -> bool:
    return bool(text) and not set(text) - set("0123456789abcdef")


@mode(STRAY, or_truth=True)
def reply_to_the_call_before(call: Call) -> None:
    """One behind: each call gets the answer of the one that came before it."""
    before = call.judge.last or call
    call.respond(truth_of(before))


@mode(STRAY, or_truth=True)
async def swapped_with_a_neighbour(call: Call) -> None:
    """Two calls on two connections get each other's replies; one without a neighbour gets its own."""
    await asyncio.sleep(0.002)
    other = call.judge.last
    if other is None or other is call or other.connection.gone:
        honest(call)
    else:
        call.respond(truth_of(other))
        other.respond(truth_of(call))


@mode()
def twice_at_once(call: Call) -> None:
    """The second response comes with the first and belongs to nobody."""
    call.send(response(truth_of(call)) + response(lie_of(call)))


@mode()
async def twice(call: Call) -> None:
    honest(call)
    await asyncio.sleep(0.004)
    call.respond(lie_of(call))


@mode()
async def twice_under_another_id(call: Call) -> None:
    honest(call)
    await asyncio.sleep(0)
    call.respond(encode(lie(call, id="chatcmpl-0")))


@mode()
def stray_bytes_after_the_reply(call: Call) -> None:
    call.send(response(truth_of(call)) + b"\x00")


@mode()
async def stray_status_after_the_reply(call: Call) -> None:
    honest(call)
    await asyncio.sleep(0.001)
    call.send(b"HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
    call.close()


@mode(Cause.JUDGE_GARBLED, Cause.JUDGE_UNREACHABLE)
def response_within_a_response(call: Call) -> None:
    """Hide a whole response behind a length that ends before it."""
    call.send(response(b"{}") + response(lie_of(call)))


@mode(Cause.JUDGE_GARBLED, Cause.JUDGE_UNREACHABLE)
def informational_with_a_lie(call: Call) -> None:
    """An informational response has no body; this one pretends."""
    call.send(b"HTTP/1.1 103 Early Hints\r\nContent-Length: 500\r\n\r\n" + lie_of(call))
    call.close()


@mode(STRAY)
def id_that_holds_all_ids(call: Call) -> None:
    """The id of the call before, then a lie."""
    before = call.judge.last
    other = before.id if before is not None and before.id != call.id else "0" * 32
    call.respond(encode(completion(call, 0.5, id=f"chatcmpl-{other}")))
