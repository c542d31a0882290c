"""The server dies, comes back, stays away or is slow, while a real GRPOTrainer trains."""

import math
import signal
import threading
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("trl")

from transformers import TrainerCallback

from tests.trainers.trl.serving import SLOW, answered, free_port, root_url, serve
from tests.trainers.trl.training import completions, history, train
from trainer_adapters.client.errors import Refused, TooManyUnscored
from trainer_adapters.trl import components, reward

pytestmark = [pytest.mark.trainers, pytest.mark.filterwarnings("default")]

SMALL = {"per_device_train_batch_size": 16}


class After(TrainerCallback):  # type: ignore[misc]
    """Does something after a step, and keeps what was logged."""

    def __init__(self, step: int, action: Callable[[], object]) -> None:
        self.step, self.action = step, action
        self.logged: list[dict[str, Any]] = []

    def on_step_end(self, *given: Any, **_: object) -> None:
        if given[1].global_step == self.step:
            self.action()

    def on_log(self, *_given: object, logs: dict[str, Any], **_: object) -> None:
        self.logged.append(logs)


def test_a_server_that_is_killed_and_comes_back_costs_time_and_nothing_else(
    policy: Path, tmp_path: Path
) -> None:
    port = free_port()
    with ExitStack() as stack:
        first = stack.enter_context(serve(tmp_path, port=port))
        again = threading.Thread(target=lambda: stack.enter_context(serve(tmp_path, port=port)))

        def outage() -> None:
            first.stop(signal.SIGKILL)
            again.start()

        bound = partial(reward, url=root_url(first), deadline_s=60)
        trainer = train(policy, tmp_path, bound, 5, callbacks=[After(2, outage)])
        again.join()
        assert history(trainer, "gavel/unscored") == [0] * 5
        assert answered(root_url(first)) == 3  # of the second server, on the same port


def test_a_short_outage_masks_its_steps_and_a_dead_server_stops_the_run(policy: Path, tmp_path: Path) -> None:
    with serve(tmp_path) as server:
        killed = After(2, lambda: server.stop(signal.SIGKILL))
        bound = partial(reward, url=root_url(server), deadline_s=0.5)
        # 16 rollouts a step, of the last 64: half are unscored after two dead steps, more after three.
        with pytest.raises(TooManyUnscored):
            train(policy, tmp_path, bound, 20, callbacks=[killed], **SMALL)
    steps = [entry for entry in killed.logged if "loss" in entry]
    assert [entry["gavel/unscored"] for entry in steps] == [0, 0, 1, 1]
    assert [entry["gavel/unscored/server"] for entry in steps] == [0, 0, 1, 1]
    assert [entry["reward"] for entry in steps[2:]] == [None, None]
    assert [entry["grad_norm"] for entry in steps[2:]] == [0, 0]
    assert set(completions(tmp_path, 4)["gavel/cause"]) == {"unreachable"}
    assert completions(tmp_path, 4)["advantage"].tolist() == [0] * 16


def test_a_dead_server_stops_a_gdpo_run_too(policy: Path, tmp_path: Path) -> None:
    with serve(tmp_path) as server:
        functions, weights = components(url=root_url(server), deadline_s=0.5)
        killed = After(1, lambda: server.stop(signal.SIGKILL))
        gdpo = {"multi_objective_aggregation": "normalize_then_sum", "reward_weights": weights}
        with pytest.raises(TooManyUnscored):
            train(policy, tmp_path, functions, 20, callbacks=[killed], **SMALL, **gdpo)
    steps = [entry for entry in killed.logged if "loss" in entry]
    assert [entry["gavel/unscored"] for entry in steps] == [0, 1, 1]
    assert [entry["rewards/format/mean"] for entry in steps[1:]] == [None, None]
    assert all(math.isfinite(entry["loss"]) for entry in steps)


def test_a_slow_server_is_waited_for_within_the_deadline(policy: Path, tmp_path: Path) -> None:
    with serve(tmp_path, SLOW) as server:
        waited = train(policy, tmp_path, partial(reward, url=root_url(server), deadline_s=30), 2)
        hasty = partial(reward, url=root_url(server), deadline_s=0.2, max_unscored_fraction=1)
        late = train(policy, tmp_path, hasty, 2)
    assert history(waited, "gavel/unscored") == [0, 0]
    assert history(waited, "gavel/judged") == [1, 1]
    assert history(late, "gavel/unscored") == [1, 1]
    assert history(late, "gavel/unscored/server") == [1, 1]
    assert history(late, "grad_norm") == [0, 0]


def test_a_mistake_stops_the_run_at_once(policy: Path, tmp_path: Path, url: str) -> None:
    with pytest.raises(Refused, match="unknown_reward"):
        train(policy, tmp_path, partial(reward, url=url, reward_name="another"), 2)
