"""Rollouts as request bodies."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trainer_adapters import Refused, Settings
from trainer_adapters.client.batches import Batch, batches


def nested() -> object:
    found: object = 1
    for _ in range(100_000):
        found = [found]
    return found


NESTED = nested()


def decoded(batch: Batch) -> list[object]:
    found: list[object] = json.loads(batch.body(None, "components", 1.0))["rollouts"]
    return found


def test_a_body_is_the_api_request() -> None:
    (batch,) = batches([{"completion": "a"}, {"id": "b", "completion": "é"}], Settings())
    assert json.loads(batch.body("moderation", "rewards", 2.5)) == {
        "reward": "moderation",
        "detail": "rewards",
        "deadline_s": 2.5,
        "rollouts": [{"completion": "a"}, {"id": "b", "completion": "é"}],
    }
    assert batch.ids == [None, "b"]


groups = st.lists(st.sampled_from(["a", "b", "c", "d", None]), max_size=40)


@given(groups, st.integers(1, 10), st.sampled_from(["group", "prompt"]))
def test_every_rollout_is_sent_once_and_a_group_never_divided(
    names: list[str | None], most: int, key: str
) -> None:
    rollouts = [{"completion": str(number), key: name} for number, name in enumerate(names)]
    found = batches(rollouts, Settings(batch_rollouts=most))
    assert sorted(position for batch in found for position in batch.positions) == list(range(len(names)))
    for name in ("a", "b", "c", "d"):
        homes = [index for index, batch in enumerate(found) for p in batch.positions if names[p] == name]
        assert len(set(homes)) <= 1
    for batch in found:
        assert decoded(batch) == [rollouts[position] for position in batch.positions]
        kinds = {names[position] for position in batch.positions}
        assert len(batch.positions) <= most or len(kinds) == 1


def test_a_request_is_bounded_by_bytes_too() -> None:
    rollouts = [{"completion": "x" * 1000} for _ in range(10)]
    found = batches(rollouts, Settings(batch_bytes=3500))
    assert [len(batch.positions) for batch in found] == [3, 3, 3, 1]


def test_messages_make_groups_by_their_content() -> None:
    rollouts = [{"completion": "x", "prompt": [{"role": "user", "content": text}]} for text in "abab"]
    assert [batch.positions for batch in batches(rollouts, Settings(batch_rollouts=2))] == [[0, 2], [1, 3]]


@pytest.mark.parametrize(
    ("rollout", "told"),
    [
        ({"completion": "x", "group": ["a"]}, r"group is text, not list at \$\.rollouts\[0\]\.group"),
        ({"completion": "x", "id": 7}, r"id is text, not int at \$\.rollouts\[0\]\.id"),
        ("x", r"a rollout is an object, not str at \$\.rollouts\[0\]"),
        ({"completion": "x", "prompt": [{(1, 2): "x"}]}, r"cannot be sent as JSON.*at \$\.rollouts\[0\]"),
        ({"completion": "x", "prompt": NESTED}, r"nested too deeply at \$\.rollouts\[0\]"),
    ],
    ids=["group", "id", "text", "prompt", "nested prompt"],
)
def test_what_cannot_be_sorted_into_groups_is_refused_too(rollout: Any, told: str) -> None:
    with pytest.raises(Refused, match=told):
        batches([rollout], Settings())


def test_hostile_text_passes_whole() -> None:
    text = 'a\ud800b\x00"\u2028' + "\\" * 3
    (batch,) = batches([{"completion": text}], Settings())
    assert decoded(batch) == [{"completion": text}]


@pytest.mark.parametrize("value", [float("nan"), float("inf"), {1, 2}, object(), NESTED])
def test_what_is_not_json_is_refused_with_its_place_and_without_its_content(value: object) -> None:
    hostile: dict[str, object] = {"completion": "SECRET", "metadata": {"SECRET": value}}
    rollouts: list[dict[str, object]] = [{"completion": "fine"}, hostile]
    with pytest.raises(Refused, match=r"cannot be sent as JSON.*\$\.rollouts\[1\]") as raised:
        batches(rollouts, Settings())
    assert "SECRET" not in str(raised.value)
    assert raised.value.status is None
