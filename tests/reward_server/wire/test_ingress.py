"""From requests to groups of rollouts."""

import pytest

from reward_server.wire.decoding import decode, decode_as
from reward_server.wire.ingress import assemble, text_of
from reward_server.wire.native import RolloutRequest
from reward_server.wire.status import RequestError
from rubrics.cause import Cause
from rubrics.layout import PLAIN, Layout
from rubrics.rollout import Message

THINKING = Layout.model_validate({"reasoning": {"tag": "think"}})


def request(completion: str | list[Message] = "x", **fields: object) -> RolloutRequest:
    return RolloutRequest(completion=completion, **fields)  # type: ignore[arg-type]


def test_groups_are_named_or_have_one_prompt_or_one_rollout() -> None:
    requests = [
        request(group="a"),
        request(prompt="p"),
        request(),
        request(group="a", prompt="p"),
        request(prompt="p"),
    ]
    batch = assemble(requests, PLAIN, 100)
    assert batch.positions == [[0, 3], [1, 4], [2]]
    assert [group.id for group in batch.groups] == ["a", batch.groups[1].id, "#2"]
    assert batch.groups[1].id.startswith("prompt-")
    assert [[rollout.id for rollout in group] for group in batch.groups] == [
        ["#0", "#3"],
        ["#1", "#4"],
        ["#2"],
    ]


def test_a_group_of_equal_prompts_has_the_same_name_in_every_request() -> None:
    alone = assemble([request(prompt="p")], PLAIN, 100).groups[0].id
    assert assemble([request(prompt="q"), request(prompt="p")], PLAIN, 100).groups[1].id == alone


@pytest.mark.parametrize(("length", "refused"), [(100, False), (101, True)])
def test_a_completion_over_the_limit_is_refused_without_its_text(length: int, refused: bool) -> None:
    rollout = assemble([request("x" * length)], PLAIN, 100).groups[0].rollouts[0]
    assert (rollout.refused is not None) == refused
    if rollout.refused is not None:
        assert rollout.refused.cause == Cause.COMPLETION_TOO_LONG
        assert rollout.completion.text == ""


def test_reasoning_that_stands_apart_is_put_back_in_its_tags() -> None:
    turn = Message("assistant", "answer", "because")
    assert text_of([turn], THINKING) == "<think>because</think>answer"
    assert text_of([turn], PLAIN) == "answer"
    assert text_of([Message("user", "no"), turn, Message("assistant", None)], PLAIN) == "answer\n"


def test_duplicates_are_refused_also_where_one_id_is_implied() -> None:
    with pytest.raises(RequestError) as caught:
        assemble([request(), request(id="#0")], PLAIN, 100)
    assert caught.value.path == "$.rollouts[1].id"


def test_a_prompt_too_deep_to_be_written_again_is_the_callers_error() -> None:
    part: dict[str, object] = {}
    for _ in range(2000):
        part = {"a": part}
    with pytest.raises(RequestError) as caught:
        assemble([request(prompt=[Message("user", [part])])], PLAIN, 100)
    assert (caught.value.code, caught.value.status) == ("not_json", 400)


def test_one_good_request_decodes_to_the_same_whether_mended_or_not() -> None:
    good = (
        b'{"rollouts": [{"completion": "a", "ground_truth": 1.5, "metadata": {"k": [1, null, "\\u00e9"]}}]}'
    )
    broken = good.replace(b'"a"', b'"\\ud800"')
    assert decode(broken).rollouts[0].metadata == decode(good).rollouts[0].metadata
    assert decode(broken).rollouts[0].completion == "\ufffd"


@pytest.mark.parametrize(
    ("body", "code", "path"),
    [
        (b'{"completion": 1}', "invalid_field", "$.completion"),
        (b'{"completion": "\\ud800", "id": 1}', "invalid_field", "$.id"),
        (b'{"completion": "\xff", "ground_truth": NaN}', "invalid_field", "$.ground_truth"),
        (b'{"completion": "NaN"', "not_json", None),
        (b'{"completion": "x", "a` - at `$.b`": 1}', "invalid_field", "$"),
    ],
)
def test_what_cannot_be_read_is_placed(body: bytes, code: str, path: str | None) -> None:
    with pytest.raises(RequestError) as caught:
        decode_as(body, RolloutRequest)
    assert (caught.value.code, caught.value.path) == (code, path)
