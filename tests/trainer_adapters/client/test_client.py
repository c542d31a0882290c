"""The client against a real server: numbers, mistakes, outages, threads and loops."""

import asyncio
import contextlib
import signal
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.processes import START_LIMIT, start_sim
from tests.reward_server.http.serving import (
    CHECKS_ONLY,
    GAVEL,
    PATIENT_REWARD,
    Served,
    batch,
    rollout,
    serve,
    started,
    until,
    write_reward,
)
from trainer_adapters import AsyncGavel, Gavel, GavelError, Refused, Settings, Unreachable, shared
from trainer_adapters.client.posting import GZIP_BYTES

TOKEN = "a-token-of-the-tests"
REWARDS = [1.0, 0.5, 0.7625, 0.0]
"""Of the good, wrong, long and malformed rollout: accuracy 0.5, format 0.25, length 0.25.

Good: 0.5 + 0.25 + 0.25. Wrong: 0.25 + 0.25. Long: 0.5 + 0.25 + 0.25 * 0.05. Malformed: nothing.
"""


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    options = ("--allowed-host", "0.0.0.0", "--max-rollouts", "1100")
    with serve(tmp_path_factory.mktemp("served"), None, *options, token=TOKEN) as server:
        yield server


@pytest.fixture
def gavel(served: Served) -> Iterator[Gavel]:
    with Gavel(settings(served)) as client:
        yield client


def settings(served: Served, **overrides: object) -> Settings:
    return Settings.of(**{"url": served.url, "token": TOKEN, "deadline_s": 30, **overrides})


def posts(served: Served) -> float:
    return served.metrics("gavel_http_requests_total").get(("/v1/rewards", "200"), 0.0)


def test_scores_are_what_the_server_computes(gavel: Gavel) -> None:
    scores = gavel.score(batch(2))
    assert scores.rewards == REWARDS * 2
    assert scores.components == {
        "accuracy": [1.0, 0.0, 1.0, 0.0] * 2,
        "format": [1.0, 1.0, 1.0, 0.0] * 2,
        "length": [1.0, 1.0, 0.05, 0.0] * 2,
    }
    assert scores.causes == [None] * 8
    assert scores.advantage_weights == [None] * 8
    assert scores.unscored_fraction == 0.0
    assert scores.reward_name == "test"
    assert scores.reward_version is not None
    assert len(scores) == 8


def test_a_hole_is_none_in_its_own_place(gavel: Gavel) -> None:
    rollouts = batch(1)
    del rollouts[1]["ground_truth"]
    scores = gavel.score(rollouts)
    assert scores.rewards == [1.0, None, 0.7625, 0.0]
    assert scores.causes == [None, "missing_ground_truth", None, None]
    assert scores.components["format"] == [1.0, 1.0, 1.0, 0.0]
    assert scores.cause_counts == {"missing_ground_truth": 1}
    assert scores.unscored_fraction == 0.25


def test_many_rollouts_take_several_requests_and_keep_their_order(served: Served) -> None:
    before = posts(served)
    with Gavel(settings(served, batch_rollouts=16)) as gavel:
        assert gavel.score(batch(9)).rewards == REWARDS * 9
    assert posts(served) - before == 3  # groups of 4: 16, 16 and 4 rollouts


def test_rollouts_without_names_are_named_by_their_place_in_the_call(served: Served) -> None:
    with Gavel(settings(served, batch_rollouts=2)) as gavel:
        scores = gavel.score([{"completion": str(number)} for number in range(5)])
        joined = gavel.join({"completion": "x"})
    assert [(result["id"], result["group"]) for result in scores.results] == [
        (f"#{number}", f"#{number}") for number in range(5)
    ]
    assert (joined["id"], joined["group"]) == ("#0", "#0")


def test_no_rollouts_are_no_request(served: Served) -> None:
    before = posts(served)
    with Gavel(settings(served)) as gavel:
        scores = gavel.score([])
    assert (scores.rewards, scores.components, scores.unscored_fraction) == ([], {}, 0.0)
    assert posts(served) == before


def test_a_description_tells_the_components_in_order(gavel: Gavel) -> None:
    described = gavel.describe()
    assert described.name == "test"
    assert described.components == ("accuracy", "format", "length")
    assert described.weights == {"accuracy": 0.5, "format": 0.25, "length": 0.25}
    assert described.relative is False
    assert described.equation == "reward = 0.5 accuracy + 0.25 format + 0.25 length"


def test_mistakes_are_refused_with_the_servers_words(served: Served, gavel: Gavel) -> None:
    with pytest.raises(Refused, match=r"422 invalid_field: .* at \$\.rollouts\[1\]\.completion") as raised:
        gavel.score([rollout("a", "x"), {"completion": 3}])
    assert raised.value.status == 422
    with Gavel(settings(served, token="another")) as other, pytest.raises(Refused, match="401 unauthorized"):
        other.score(batch(1))
    with Gavel(settings(served, reward="tset")) as other:
        with pytest.raises(Refused, match="422 unknown_reward"):
            other.score(batch(1))
        with pytest.raises(Refused, match="404 not_found"):
            other.describe()
    with pytest.raises(Refused, match="413 too_many_rollouts"):
        gavel.score([{"completion": "x"}] * 1101)


def test_a_large_body_is_compressed_where_it_leaves_the_machine(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    rollouts = [{**each, "metadata": {"padding": "x" * GZIP_BYTES}} for each in batch(1)]
    for host in ("127.0.0.1", "0.0.0.0"):  # both are this machine, but only one is known to be
        with Gavel(settings(served, url=f"http://{host}:{served.port}")) as gavel:
            assert gavel.score(rollouts).rewards == REWARDS


def test_one_client_serves_threads_and_one_event_loop_after_another(served: Served) -> None:
    gavel = shared(settings(served))
    assert shared(settings(served)) is gavel
    assert shared(settings(served, deadline_s=29)) is not gavel

    async def step() -> list[list[float | None]]:
        return [
            scores.rewards for scores in await asyncio.gather(*(gavel.ascore(batch(1)) for _ in range(3)))
        ]

    assert asyncio.run(step()) == [REWARDS] * 3
    assert asyncio.run(step()) == [REWARDS] * 3
    with ThreadPoolExecutor(8) as threads:
        results = list(threads.map(gavel.join, batch(4)))
    assert [result["reward"] for result in results] == REWARDS * 4
    names = [thread.name for thread in threading.enumerate()]
    assert names.count("gavel-adapter") == 1
    gavel.close()


async def test_a_thousand_single_calls_are_a_few_requests(served: Served) -> None:
    before = posts(served)
    with Gavel(settings(served)) as gavel:
        rollouts = [rollout(f"r{number}", "x") for number in range(1024)]
        results = await asyncio.gather(*map(gavel.ajoin, rollouts))
        assert [result["id"] for result in results] == [each["id"] for each in rollouts]
        assert {result["reward"] for result in results} == {0.5 + 0.25 + 0.25 * 0.2}
        assert posts(served) - before < 128


async def test_leaving_an_awaited_call_cancels_it(served: Served) -> None:
    with Gavel(settings(served)) as gavel:
        call = asyncio.ensure_future(gavel.ascore(batch(1)))
        await asyncio.sleep(0)
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
        assert (await gavel.ascore(batch(1))).rewards == REWARDS


async def test_a_client_of_one_loop(served: Served) -> None:
    async with AsyncGavel(settings(served)) as gavel:
        assert (await gavel.score(batch(1))).rewards == REWARDS
        assert (await gavel.join(batch(1)[0]))["reward"] == 1.0


def test_a_blocking_call_on_the_loop_itself_is_refused(served: Served) -> None:
    from trainer_adapters.client.loop import background

    gavel = Gavel(settings(served))

    async def blocks() -> None:
        gavel.score(batch(1))

    with pytest.raises(GavelError, match="would wait for itself"):
        background().run(blocks())


@contextlib.contextmanager
def free_port() -> Iterator[int]:
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind(("127.0.0.1", 0))
        yield taken.getsockname()[1]


def test_a_server_that_starts_again_is_survived(tmp_path: Path) -> None:
    with free_port() as port:
        pass
    file = write_reward(tmp_path, CHECKS_ONLY)
    command = (GAVEL, "serve", str(file), "--port", str(port))
    patient = Settings.of(url=f"http://127.0.0.1:{port}", deadline_s=START_LIMIT, longest_wait_s=0.2)
    with Gavel(patient) as gavel, ThreadPoolExecutor(1) as thread:
        early = thread.submit(gavel.score, batch(1))
        with started(command, tmp_path / "first.txt"):
            assert early.result().rewards == REWARDS
        late = thread.submit(gavel.score, batch(1))
        with started(command, tmp_path / "second.txt"):
            assert late.result().rewards == REWARDS


def test_who_cannot_be_asked_about_is_unreachable() -> None:
    with free_port() as port:
        pass
    with Gavel(Settings.of(url=f"http://127.0.0.1:{port}", deadline_s=0.5)) as gavel:
        with pytest.raises(Unreachable, match=rf"no answer from http://127.0.0.1:{port}/v1/rewards"):
            gavel.describe()
        scores = gavel.score(batch(1))
    assert scores.causes == ["unreachable"] * 4
    assert scores.components == {}


def test_single_calls_wait_for_their_group_where_it_is_compared(tmp_path: Path) -> None:
    compares = CHECKS_ONLY.replace("components:", "on_unscored: renormalise_group\ncomponents:")
    rollouts = [{**each, "group_size": 8} for each in batch(2)]
    rollouts = [{**each, "id": f"{number}", "group": "g"} for number, each in enumerate(rollouts)]
    (tmp_path / "reward.yaml").write_text(compares, encoding="utf-8")
    command = (GAVEL, "serve", str(tmp_path / "reward.yaml"), "--port", "0")
    with started(command, tmp_path / "log.txt") as served, Gavel(Settings.of(url=served.url)) as gavel:
        assert gavel.describe().relative is True
        with ThreadPoolExecutor(8) as threads:
            results = list(threads.map(gavel.join, rollouts))
        assert [result["reward"] for result in results] == REWARDS * 2
        assert posts(served) >= 2  # the description, and one or more that waited for each other
        mean = gavel.group("g", wait_s=5)
        assert (mean.complete, mean.scored, mean.size) == (True, 8, 8)
        assert mean.reward == pytest.approx((1.0 + 0.5 + 0.7625 + 0.0) / 4)
        assert mean.components["length"] == pytest.approx((1.0 + 1.0 + 0.05 + 0.0) / 4)
        with pytest.raises(Refused, match="404 not_found"):
            gavel.group("another", wait_s=0)
        with pytest.raises(Refused, match=r"422 invalid_field.*group_size"):
            gavel.join(batch(1)[0])


@pytest.fixture
def silent_judge(tmp_path: Path) -> Iterator[Served]:
    with (
        start_sim("--ttft", "3600") as judge,
        serve(tmp_path, judge, "--drain-s", "1", reward=PATIENT_REWARD) as server,
    ):
        yield server


@pytest.mark.quiet
def test_what_was_scored_by_the_deadline_arrives_before_it(silent_judge: Served) -> None:
    with Gavel(Settings.of(url=silent_judge.url, deadline_s=3, max_unscored_fraction=1)) as gavel:
        started_at = time.monotonic()
        scores = gavel.score(batch(1))
        assert time.monotonic() - started_at < 3
    assert scores.causes == ["deadline", "deadline", "deadline", None]  # the malformed one needs no judge
    assert scores.rewards == [None, None, None, 0.0]
    assert scores.components["accuracy"] == [1.0, 0.0, 1.0, 0.0]


def test_a_server_that_dies_under_a_request_leaves_holes_and_the_client_alive(silent_judge: Served) -> None:
    with Gavel(Settings.of(url=silent_judge.url, deadline_s=4)) as gavel, ThreadPoolExecutor(1) as thread:
        assert gavel.describe().questions == 3
        call = thread.submit(gavel.score, batch(1))
        until(lambda: silent_judge.under_way() == 1)
        silent_judge.process.stop(signal.SIGKILL)
        scores = call.result()
    assert scores.causes == ["unreachable"] * 4
    assert set(scores.components) == {"accuracy", "format", "length", "rubric"}
    assert {value for column in scores.components.values() for value in column} == {None}
