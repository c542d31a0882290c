"""Answers as gavel gives them, for a server made of bytes."""

import asyncio
import gzip
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from tests.judges.raw_server import Behaviour, Received, response
from trainer_adapters import AsyncGavel, Settings

Json = dict[str, Any]
BROKEN = b'{"rewards": [NaN]'


def sent(received: Received) -> Json:
    """What a request holds."""
    body = received.body
    if received.headers.get("content-encoding") == "gzip":
        body = gzip.decompress(body)
    found: Json = json.loads(body)
    return found


def result(id_: str, reward: float | None, **other: object) -> Json:
    cause = "judge_timeout" if reward is None else None
    column = {"value": reward, "weight": 0.5, "weighted": reward, "reason": None, "cause": cause}
    return {
        "id": id_,
        "group": id_,
        "reward": reward,
        "status": "unscored" if reward is None else "scored",
        "cause": cause,
        "detail": None,
        "advantage_weight": None,
        "components": {"accuracy": column},
        "verdicts": None,
        **other,
    }


def answer(received: Received, rewards: Sequence[float | None] | None = None) -> Json:
    """One reward for each rollout of a request; left out: the length of its completion."""
    rollouts = sent(received)["rollouts"]
    found = [float(len(rollout["completion"])) for rollout in rollouts] if rewards is None else rewards
    ids = [rollout.get("id") or f"#{position}" for position, rollout in enumerate(rollouts)]
    results = [result(id_, reward) for id_, reward in zip(ids, found, strict=True)]
    return {"rewards": list(found), "results": results, "reward_name": "raw", "reward_version": "sha256:1"}


def describes(*, relative: bool = False) -> bytes:
    columns = [{"name": "accuracy", "weight": 0.5}]
    described = {"name": "raw", "components": columns, "relative": relative, "questions": 2}
    return response(json.dumps([described]).encode())


def scores(*, relative: bool = False) -> Behaviour:
    """Describe, and score each completion by its length."""

    async def behave(received: Received, writer: asyncio.StreamWriter) -> None:
        if received.body:
            writer.write(response(json.dumps(answer(received)).encode()))
        else:
            writer.write(describes(relative=relative))

    return behave


def in_turn(*replies: bytes | None, headers: Mapping[str, str] | None = None) -> Behaviour:
    """Answer the requests with these in turn, None by scoring, and the last for all that follow."""

    async def behave(received: Received, writer: asyncio.StreamWriter) -> None:
        reply = replies[min(received.number, len(replies)) - 1]
        writer.write(
            response(json.dumps(answer(received)).encode(), 200, headers) if reply is None else reply
        )

    return behave


def changed(change: Callable[[Json], object]) -> Behaviour:
    """Score, but first with a change that breaks the answer."""

    async def behave(received: Received, writer: asyncio.StreamWriter) -> None:
        found = answer(received)
        if received.number == 1:
            change(found)
        writer.write(response(json.dumps(found).encode()))

    return behave


class Time:
    """A clock that only waiting moves, and the waits."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.waits: list[float] = []

    def clock(self) -> float:
        return self.now

    async def pause(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.now += seconds


def client(url: str, time: Time | None = None, **overrides: object) -> AsyncGavel:
    """A client that waits on a clock of its own and has no luck: every wait is the longest it may be."""
    moments = time or Time()
    settings = Settings.of(**{"url": url.removesuffix("/v1"), **overrides})
    return AsyncGavel(settings, clock=moments.clock, pause=moments.pause, chance=lambda: 1.0)
