"""One request for the functions of a step: who asks, who joins, and what happens when the asker fails."""

import asyncio

import pytest

from trainer_adapters.client.scores import Scores
from trainer_adapters.client.sharing import KEPT, Sharing


class Server:
    """Counts what it is asked, and answers when it is told to."""

    def __init__(self) -> None:
        self.asked = 0
        self.go = asyncio.Event()

    async def ask(self) -> Scores:
        self.asked += 1
        await self.go.wait()
        return Scores([])

    async def fail(self) -> Scores:
        await self.ask()
        raise ValueError("refused")


async def turn() -> None:
    """Let every task run as far as it can."""
    for _ in range(5):
        await asyncio.sleep(0)


async def test_all_that_ask_while_it_is_under_way_join() -> None:
    server, sharing = Server(), Sharing()
    tasks = [asyncio.ensure_future(sharing.share(name, 1, server.ask)) for name in "abc"]
    await turn()
    server.go.set()
    answers = await asyncio.gather(*tasks)
    assert server.asked == 1
    assert answers[0] is answers[1] is answers[2]


async def test_another_batch_and_the_same_name_again_ask_anew() -> None:
    server, sharing = Server(), Sharing()
    server.go.set()
    for name, batch in [("a", 1), ("b", 1), ("a", 2), ("a", 1), ("b", 1)]:
        await sharing.share(name, batch, server.ask)
    assert server.asked == 3


async def test_an_error_is_everyones_and_is_not_kept() -> None:
    server, sharing = Server(), Sharing()
    tasks = [asyncio.ensure_future(sharing.share(name, 1, server.fail)) for name in "ab"]
    await turn()
    server.go.set()
    found = await asyncio.gather(*tasks, return_exceptions=True)
    assert [str(error) for error in found] == ["refused", "refused"]
    assert server.asked == 1
    with pytest.raises(ValueError, match="refused"):
        await sharing.share("c", 1, server.fail)
    assert server.asked == 2


async def test_one_that_leaves_does_not_take_the_others_answer() -> None:
    server, sharing = Server(), Sharing()
    first, second, third = (asyncio.ensure_future(sharing.share(name, 1, server.ask)) for name in "abc")
    await turn()
    second.cancel()
    await turn()
    server.go.set()
    assert await first is await third


async def test_when_the_asker_leaves_the_others_ask_again() -> None:
    server, sharing = Server(), Sharing()
    first, second, third = (asyncio.ensure_future(sharing.share(name, 1, server.ask)) for name in "abc")
    await turn()
    first.cancel()
    await turn()
    server.go.set()
    assert await second is await third
    assert server.asked == 2


async def test_old_batches_are_forgotten() -> None:
    server, sharing = Server(), Sharing()
    server.go.set()
    for batch in range(KEPT + 1):
        await sharing.share("a", batch, server.ask)
    await sharing.share("b", 0, server.ask)
    assert server.asked == KEPT + 2
