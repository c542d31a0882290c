"""One client of a reward URL under test: groups out, rewards and the server's own account back."""

from collections import Counter
from collections.abc import Mapping
from http import HTTPStatus

import msgspec

from judges.backend import BackendError
from judges.caller import Tally
from judges.transport.http import Http
from reward_server.load.call import Answer
from reward_server.load.time_limit import TimeLimit
from rubrics.cause import Cause

MOST_BYTES = 2**28
"""Of a response."""


class RewardAsk(msgspec.Struct, frozen=True):
    """One request to a reward URL."""

    rollouts: list[bytes]
    """Each as JSON."""


class _Result(msgspec.Struct):
    cause: str | None = None


class _Timing(msgspec.Struct):
    total_s: float
    judging: Tally | None = None


class _Response(msgspec.Struct):
    rewards: list[float | None]
    results: list[_Result]
    timing: _Timing


_DECODER = msgspec.json.Decoder(_Response)


class RewardClient:
    """Makes each call once, over connections of its own."""

    def __init__(self, url: str, headers: Mapping[str, str], timeout_s: float, reward: str | None) -> None:
        fields = {**headers, "Content-Type": "application/json"}
        self._http = Http(url, fields, connections=None, max_bytes=MOST_BYTES)
        self._limit = TimeLimit(timeout_s)
        named = b"" if reward is None else b'"reward":%b,' % msgspec.json.encode(reward)
        self._head = b'{%b"detail":"rewards","rollouts":[' % named

    async def send(self, ask: RewardAsk) -> Answer[RewardAsk]:
        """Make one call, in its time."""
        lost = len(ask.rollouts)
        try:
            with self._limit:
                reply = await self._http.post([self._head, b",".join(ask.rollouts), b"]}"], {})
        except TimeoutError:
            return Answer(cause=Cause.DEADLINE, unscored=lost)
        except BackendError as error:
            return Answer(cause=_SERVER.get(error.cause, error.cause), unscored=lost)
        if reply.status != HTTPStatus.OK:
            return Answer(cause=f"http_{reply.status}", unscored=lost)
        return answer(reply.body, lost)

    async def aclose(self) -> None:
        """Close its connections."""
        self._limit.close()
        await self._http.aclose()


_SERVER: Mapping[Cause, str] = {
    Cause.JUDGE_UNREACHABLE: "server_unreachable",
    Cause.JUDGE_GARBLED: "server_garbled",
    Cause.JUDGE_MISMATCHED: "server_garbled",
}
"""Faults of the connection, which the transport calls the judge's: here the reward server has them."""


def answer(body: bytes, rollouts: int) -> Answer[RewardAsk]:
    """What a response comes to."""
    try:
        told = _DECODER.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return Answer(cause="server_garbled", unscored=rollouts)
    causes = Counter(
        result.cause or "unscored"
        for reward, result in zip(told.rewards, told.results, strict=False)
        if reward is None
    )
    judging = told.timing.judging
    asked = 0 if judging is None else judging.questions
    return Answer(
        verdicts=asked or len(told.rewards) - causes.total(),
        cause=causes.most_common(1)[0][0] if causes else None,
        server_s=told.timing.total_s,
        judge_s=None if judging is None or not asked else (judging.queue_s + judging.judge_s) / asked,
        unscored=causes.total(),
    )
