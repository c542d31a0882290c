"""The server dies, comes back, or is slow in the middle of a run of verl's."""

import asyncio
import signal
from pathlib import Path

import pytest

from tests.trainers.verl.batches import Sample, group
from tests.trainers.verl.configs import with_function, with_manager
from tests.trainers.verl.conftest import Serve
from tests.trainers.verl.loops import score
from trainer_adapters.client.errors import TooManyUnscored, Unreachable

pytestmark = [pytest.mark.trainers, pytest.mark.filterwarnings("ignore")]


def rows(count: int) -> list[Sample]:
    """Groups of eight."""
    return [sample for row in range(count) for sample in group(str(row), *["0.5 0.5"] * 8)]


async def test_an_outage_shorter_than_the_deadline_costs_nothing(model: Path, serve: Serve) -> None:
    with serve() as server:
        url = server.root_url
        config = with_manager(model, n=2, url=url, reward="plain", deadline_s=60)
        await score(config, group("before", "1.0 0.5", "0.2 0.0"))
        server.stop(signal.SIGKILL)
    waiting = asyncio.create_task(score(config, group("during", "1.0 0.5", "0.2 0.0")))
    again = serve(int(url.removesuffix("/v1/rewards").rpartition(":")[2]))
    await asyncio.to_thread(again.__enter__)
    try:
        scored = await waiting
    finally:
        await asyncio.to_thread(again.__exit__, None, None, None)
    assert scored.scores == pytest.approx([0.875, 0.15])
    assert scored.infos["unscored"] == [0.0, 0.0]


async def test_a_server_that_is_gone_for_good_ends_the_run(model: Path, serve: Serve) -> None:
    with serve() as server:
        options = {"url": server.root_url, "reward": "plain", "deadline_s": 1, "wait_s": 0}
        filled = with_manager(model, n=8, **options)
        zeroed = with_function(model, n=8, **options, on_unscored="zero")
        for config in (filled, zeroed):
            await score(config, rows(1))
        server.stop(signal.SIGKILL)
    with pytest.raises(Unreachable):
        await score(filled, rows(1))
    with pytest.raises(TooManyUnscored, match="unreachable"):
        await score(zeroed, rows(10))


async def test_a_server_that_is_not_there_at_the_start_is_an_error_at_once(model: Path) -> None:
    config = with_manager(model, n=8, url="http://127.0.0.1:9", reward="plain", deadline_s=1)
    with pytest.raises(Unreachable):
        await score(config, rows(1))


async def test_what_is_too_slow_is_unscored_by_the_deadline(model: Path, server: str) -> None:
    config = with_manager(model, url=server, reward="plain", deadline_s=2)
    scored = await asyncio.wait_for(
        score(config, group("a", "1.0 1.0", "1.0 slow", "0.0 0.0", "0.5 0.5")), 20
    )
    assert scored.infos["unscored"] == [0, 1, 0, 0]
    assert scored.scores == pytest.approx([1.0, 0.5, 0.0, 0.5])
    assert scored.grpo()[1] == pytest.approx(0.0, abs=1e-5)
