"""Statuses other than 200, and 200s that are not what they seem."""

from functools import partial

from rubrics.cause import Cause
from tests.judges.faults.modes.mode import mode
from tests.judges.faults.reply import encode, truth_of
from tests.judges.faults.server import Call, head

REJECTED = (400, 401, 403, 404, 405, 413, 415, 422)
PASSING = (408, 425, 500, 501, 502, 503, 504, 529, 599)
REDIRECTS = (300, 301, 302, 303, 304, 305, 307, 308)
SUCCESSES = (201, 202, 203, 204, 205, 206, 226)
RETRY_AFTER = {
    "nothing": "",
    "zero": "0",
    "nan": "nan",
    "negative": "-1",
    "infinite": "inf",
    "exponent": "1e9",
    "fraction": "0.01",
    "words": "soon",
    "past": "Sun, 06 Nov 1994 08:49:37 GMT",
    "huge": "9" * 400,
    "digits_elsewhere": "\u0663".encode().decode("latin-1"),
    "no_date": "Mon, 99 Foo 99999 99:99:99 GMT",
    "two": "1, 2",
}
NOT_WAITED_FOR = {
    "110": "110",
    "year_9999": "Fri, 31 Dec 9999 23:59:59 GMT",
    "digits": "999999999",
}
"""Longer than the deadlines of these tests: such a call ends at once."""


def refuse(call: Call, *, status: int, **headers: str) -> None:
    """Refuse, with the truth in the body all the same."""
    call.respond(truth_of(call), status, **headers)


def redirect(call: Call, *, status: int) -> None:
    """Send the client, and the prompt with it, to another host."""
    call.respond(truth_of(call), status, Location=f"{call.judge.elsewhere}/chat/completions")


def storm(call: Call, *, retry_after: str) -> None:
    """Tell that this was too often."""
    named = {"Retry_After": retry_after} if retry_after else {}
    call.respond(encode({"error": {"message": "slow down"}}), 429, **named)


for _status in REJECTED:
    mode(Cause.JUDGE_REJECTED, final=True, name=f"http_{_status}")(partial(refuse, status=_status))
for _status in PASSING:
    mode(Cause.JUDGE_ERROR, name=f"http_{_status}")(partial(refuse, status=_status))
for _status in REDIRECTS:
    mode(Cause.JUDGE_ERROR, final=True, name=f"http_{_status}")(partial(redirect, status=_status))
for _status in SUCCESSES:
    mode(Cause.JUDGE_GARBLED, name=f"http_{_status}")(partial(refuse, status=_status))
for _name, _wait in RETRY_AFTER.items():
    mode(Cause.JUDGE_RATE_LIMITED, name=f"storm_{_name}")(partial(storm, retry_after=_wait))
for _name, _wait in NOT_WAITED_FOR.items():
    mode(Cause.JUDGE_RATE_LIMITED, final=True, name=f"storm_{_name}")(partial(storm, retry_after=_wait))


@mode(Cause.JUDGE_ERROR, Cause.JUDGE_GARBLED, final=True)
def switching_protocols(call: Call) -> None:
    call.send(head(101, {"Upgrade": "websocket", "Connection": "Upgrade"}) + truth_of(call))
    call.close()


@mode(Cause.JUDGE_GARBLED, Cause.JUDGE_ERROR)
def status_999(call: Call) -> None:
    refuse(call, status=999)


@mode(Cause.JUDGE_REJECTED, final=True)
def echoes_the_prompt_in_an_error(call: Call) -> None:
    """Show all that the request held, its key included."""
    told = call.request["messages"][-1]["content"] + str(call.headers)
    call.respond(encode({"error": {"message": told}}), 400)


@mode(Cause.JUDGE_REJECTED, final=True)
def error_of_control_characters(call: Call) -> None:
    call.respond(b"\x1b[2J\x00\r\n\xff\xfe" + b"x" * 100_000, 400)


@mode(Cause.JUDGE_ERROR)
def error_nested_deeply(call: Call) -> None:
    call.respond(b'{"error":' * 50_000 + b"1" + b"}" * 50_000, 500)
