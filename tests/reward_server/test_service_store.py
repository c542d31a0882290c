"""Scoring with a store: every rewarded rollout is a row, and no reward depends on it."""

import asyncio
from pathlib import Path
from threading import Event

from reward_server.limits import Limits
from reward_server.service import Service
from reward_server.store.recorder import Recorder, Storage
from reward_server.wire.native import RewardRequest, RewardResponse
from reward_server.wire.origin import Origin
from tests.reward_server.serving import member
from tests.reward_server.store.test_recorder import Disk, Told
from tests.reward_server.storing import names, opened, two, writer_of


def service_of(storage: Storage) -> tuple[Service, dict[str, int]]:
    told, function = Told(), two()
    return Service({function.name: function}, Limits(), Recorder(storage, told, 20.0)), told.counts


async def ask(service: Service, *ids: str, deadline_s: float = 30.0) -> RewardResponse:
    rollouts = [member(name, size=None, a=1.0, b=float(place)) for place, name in enumerate(ids)]
    return await service.score(RewardRequest(rollouts=rollouts, deadline_s=deadline_s), Origin(None, "r", 3))


async def test_p9_what_was_answered_is_in_the_file(tmp_path: Path) -> None:
    service, _ = service_of(writer_of(tmp_path / "s"))
    response = await ask(service, "x", "y")
    assert names(tmp_path / "s") == ["x", "y"]
    with opened(tmp_path / "s") as store:
        rows = store.step_rows(1, 3)
        whole = store.rollout(rows[0].id)
    assert [row.reward for row in rows] == response.rewards == [0.75, 1.0]
    assert whole.reward_version == response.reward_version
    await service.aclose()


async def test_p9_a_store_that_raises_changes_no_answer(tmp_path: Path) -> None:
    def act(_: object) -> None:
        raise OSError("disk on fire")

    good, _ = service_of(writer_of(tmp_path / "s"))
    bad, counts = service_of(Disk(act))
    answers = [await ask(service, "x", "y") for service in (good, bad)]
    assert answers[0].rewards == answers[1].rewards
    assert answers[0].results == answers[1].results
    assert counts == {"stored": 0, "lost": 2, "late": 0}
    await good.aclose()
    await bad.aclose()


async def test_p12_a_disk_that_hangs_does_not_hold_an_answer_beyond_its_deadline() -> None:
    go_on = Event()
    service, counts = service_of(Disk(lambda _: go_on.wait(20)))
    loop = asyncio.get_running_loop()
    started = loop.time()
    response = await ask(service, "x", deadline_s=0.1)
    assert loop.time() - started < 2.0
    assert response.rewards == [0.75]
    assert counts["late"] == 1
    go_on.set()
    await service.aclose()
