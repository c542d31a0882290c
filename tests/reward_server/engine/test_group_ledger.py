"""What is remembered of groups: means over what was scored, for as long as it matters."""

import asyncio

import pytest

from reward_server.engine.group_ledger import GroupLedger
from reward_server.engine.share import Share
from reward_server.wire.status import RequestError
from rubrics.rollout import Group
from tests.reward_server.making import PROBES, given
from tests.reward_server.serving import ask, asking, let_run, member, service_of

TWO = f"""
components:
  a: {{use: "{PROBES}:Given", key: a, weight: 0.75}}
  b: {{use: "{PROBES}:Given", key: b, weight: 0.25}}
"""


async def test_means_are_over_the_scored_rollouts_however_they_came() -> None:
    service = service_of(TWO)
    await ask(service, member("x", a=1, b=0), member("y", a=0, b=1))
    await ask(service, member("z", a=1, b=None))
    found = await service.group(None, "g", 0)
    assert (found.size, found.arrived, found.scored, found.complete) == (4, 3, 2, False)
    # rewards 0.75 and 0.25; z has none, so its a does not count either
    assert (found.mean.reward, found.mean.components) == (0.5, {"a": 0.5, "b": 0.5})
    await ask(service, member("w", a=None, b=None))
    assert (await service.group("test", "g", 0)).complete


async def test_a_group_of_which_nothing_is_scored_has_no_mean() -> None:
    service = service_of(TWO)
    await ask(service, member("x", size=1, a=None, b=1))
    found = await service.group(None, "g", 0)
    assert (found.scored, found.complete, found.mean.reward) == (0, True, None)
    assert found.mean.components == {"a": None, "b": None}


async def test_it_waits_until_the_group_is_answered() -> None:
    service = service_of(TWO.replace("Given", "Later"))
    await ask(service, member("x", size=2, a=1, b=1))
    waiting = asyncio.create_task(service.group(None, "g", 30))
    await let_run()
    assert not waiting.done()
    await asking(service, member("y", size=2, a=0, b=0))
    assert (await waiting).mean.reward == 0.5


async def test_it_waits_no_longer_than_asked_nor_than_the_server_lives() -> None:
    service = service_of(TWO)
    await ask(service, member("x", a=1, b=1))
    assert not (await service.group(None, "g", 0.01)).complete
    waiting = asyncio.create_task(service.group(None, "g", 30))
    await let_run()
    service.interrupt()
    assert (await waiting).arrived == 1


async def test_a_group_that_is_unknown_or_has_no_size_is_not_found() -> None:
    service = service_of(TWO)
    await ask(service, member("x", size=None, a=1, b=1))
    with pytest.raises(RequestError) as error:
        await service.group(None, "g", 0)
    assert error.value.code == "not_found"


async def test_a_retry_replaces_and_another_content_begins_anew() -> None:
    service = service_of(TWO)
    await ask(service, member("x", size=2, a=1, b=1))
    await ask(service, member("x", size=2, a=1, b=1))
    assert (await service.group(None, "g", 0)).arrived == 1
    await ask(service, member("y", size=2, a=1, b=1))
    await ask(service, member("x", size=2, a=0, b=0))
    found = await service.group(None, "g", 0)
    assert (found.arrived, found.mean.reward) == (1, 0.0)


async def test_records_go_by_age_and_by_number_the_oldest_first() -> None:
    now = [0.0]
    ledger = GroupLedger(max_age_s=10, max_rollouts=8, clock=lambda: now[0])
    for name in ("a", "b", "c"):
        ledger.arrive("test", Share.of(Group(name, [given("x")]), 4))
    assert [ledger.find("test", name) is None for name in ("a", "b", "c")] == [True, False, False]
    now[0] = 5
    ledger.arrive("test", Share.of(Group("b", [given("y")]), 4))
    now[0] = 12
    assert [ledger.find("test", name) is None for name in ("b", "c")] == [False, True]
    now[0] = 16
    assert ledger.find("test", "b") is None


async def test_a_group_larger_than_the_bound_is_still_remembered() -> None:
    ledger = GroupLedger(max_rollouts=2)
    ledger.arrive("test", Share.of(Group("large", [given("x")]), 4))
    assert ledger.find("test", "large") is not None


async def test_a_rollout_that_is_refused_leaves_the_record_of_its_group_alone() -> None:
    compared = f'components: {{compared: {{use: "{PROBES}:Compared", key: a}}}}'
    service = service_of(compared)
    first = asking(service, member("x", size=2, a=1))
    await let_run()
    for refused in (member("x", size=2, a=9), member("y", size=3, a=9)):
        with pytest.raises(RequestError):
            await ask(service, refused)
    await ask(service, member("y", size=2, a=3))
    await first
    found = await service.group(None, "g", 0)
    assert (found.size, found.scored, found.complete, found.mean.reward) == (2, 2, True, 1.0)
