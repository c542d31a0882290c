import msgspec

from reward_server.load.workload.marker import Marker
from reward_server.load.workload.requests import by_group, made_up_rollouts, sendables
from reward_server.load.workload.texts import Sizes
from reward_server.wire.native import RolloutRequest
from rubrics.rollout import Message

MARKER = Marker(7)


def sent(rollout: RolloutRequest) -> RolloutRequest:
    ((sendable,),) = sendables([[rollout]], MARKER)
    return msgspec.json.decode(sendable.marked(b"GGGG", b"RRRR"), type=RolloutRequest)


def test_a_rollout_is_sent_as_it_is_but_for_its_marks() -> None:
    found = sent(
        RolloutRequest(
            id="x",
            group="y",
            group_size=4,
            prompt="Is it allowed?",
            completion="No.",
            ground_truth={"label": 1},
            metadata={"a": [1]},
            finish_reason="stop",
            completion_tokens=3,
        )
    )
    assert (found.id, found.group, found.group_size) == ("RRRR", "GGGG", None)
    assert (found.prompt, found.completion) == ("[GGGG] Is it allowed?", "[RRRR] No.")
    assert (found.ground_truth, found.metadata) == ({"label": 1}, {"a": [1]})
    assert (found.finish_reason, found.completion_tokens) == ("stop", 3)


def test_a_mark_leaves_the_layout_whole() -> None:
    found = sent(RolloutRequest(completion="<think>so</think><answer>1</answer>"))
    assert found.completion == "<think>[RRRR] so</think><answer>1</answer>"
    assert found.prompt is None


def test_messages_get_their_marks_where_a_judge_reads_first() -> None:
    prompt = [Message("system", "be good"), Message("user", "hello")]
    answer = [Message("assistant", "b", reasoning_content="a"), Message("tool", "x")]
    found = sent(RolloutRequest(prompt=prompt, completion=answer))
    assert isinstance(found.prompt, list)
    assert isinstance(found.completion, list)
    assert [turn.content for turn in found.prompt] == ["[GGGG] be good", "hello"]
    assert found.completion[0].reasoning_content == "[RRRR] a"
    assert [turn.content for turn in found.completion] == ["b", "x"]


def test_rollouts_are_grouped_as_the_server_does_it() -> None:
    rollouts = [
        RolloutRequest(completion="1", group="g"),
        RolloutRequest(completion="2", prompt="p"),
        RolloutRequest(completion="3", group="g"),
        RolloutRequest(completion="4", prompt="p"),
        RolloutRequest(completion="5"),
        RolloutRequest(completion="6"),
    ]
    groups = [[str(rollout.completion) for rollout in group] for group in by_group(rollouts)]
    assert groups == [["1", "3"], ["2", "4"], ["5"], ["6"]]


def test_made_up_groups_share_their_prompt() -> None:
    groups = made_up_rollouts(Sizes(group=10, rollout=5), 8, 0)
    assert sum(map(len, groups)) == 512
    assert all(len({str(rollout.prompt) for rollout in group}) == 1 for group in groups)
    assert len(str(groups[0][0].completion)) == 20


def test_a_lone_surrogate_is_sent_as_a_replacement() -> None:
    assert sent(RolloutRequest(completion="a\ud800b")).completion == "[RRRR] a\ufffdb"
