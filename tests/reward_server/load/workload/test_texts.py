import random

import pytest

from reward_server.load.workload.supply import Supply
from reward_server.load.workload.texts import Sizes, given_texts, made_up_texts
from reward_server.load.workload.words import words
from rubrics.completion import Completion
from rubrics.layout import PLAIN
from rubrics.problems import ConfigError
from rubrics.rollout import Group, Rollout
from rubrics.rubric import Rubric

RUBRIC = Rubric.model_validate(
    {
        "schema": "rubric/v1",
        "id": "r",
        "inputs": {
            "policy": {"from": "metadata.policy", "trust": "author", "share": "dataset"},
            "post": {"from": "prompt"},
            "answer": {"from": "completion"},
        },
        "criteria": [{"id": "a", "ask": "It is fair."}],
    }
)


def test_made_up_texts_have_the_stated_sizes_and_are_shared_as_stated() -> None:
    groups = made_up_texts(RUBRIC, Sizes(dataset=50, group=20, rollout=10), 4, seed=1)
    texts = [each for group in groups for each in group]
    assert {len(each["policy"]) for each in texts} == {200}
    assert {len(each["post"]) for each in texts} == {80}
    assert {len(each["answer"]) for each in texts} == {40}
    assert len({each["policy"] for each in texts}) == 1
    assert all(len({each["post"] for each in group}) == 1 for group in groups)
    assert len({group[0]["post"] for group in groups}) == len(groups)
    assert len({each["answer"] for each in texts}) == len(texts) == 512


def test_equal_seeds_give_equal_texts() -> None:
    assert made_up_texts(RUBRIC, Sizes(), 8, 3) == made_up_texts(RUBRIC, Sizes(), 8, 3)
    assert words(random.Random(1), 100) != words(random.Random(2), 100)
    assert words(random.Random(1), 0) == ""


def rollout(name: str, **metadata: object) -> Rollout:
    return Rollout(id=name, completion=Completion("fine", PLAIN), prompt="a post", metadata=metadata)


def test_rollouts_that_lack_a_text_are_left_out() -> None:
    groups = [Group("g", [rollout("a", policy="P"), rollout("b")]), Group("h", [rollout("c")])]
    assert given_texts(RUBRIC, groups) == [[{"policy": "P", "post": "a post", "answer": "fine"}]]


def test_where_all_lack_one_it_is_named() -> None:
    with pytest.raises(ConfigError, match=r"metadata\.policy"):
        given_texts(RUBRIC, [Group("h", [rollout("c")])])


def test_groups_come_again_as_new_ones() -> None:
    supply = Supply([["a", "b"], ["c"]])
    turns = [supply.next() for _ in range(5)]
    assert [turn.item for turn in turns] == ["a", "b", "c", "a", "b"]
    assert [turn.rollout for turn in turns] == [0, 1, 2, 3, 4]
    assert [turn.group for turn in turns] == [0, 0, 1, 2, 2]
    assert [turn.begins for turn in turns] == [True, False, True, True, False]
    assert [turn.ends for turn in turns] == [False, True, True, False, True]


def test_a_stated_group_size_cuts_or_repeats_members() -> None:
    supply = Supply([["a", "b", "c"], ["d"]], 2)
    assert [supply.next().item for _ in range(6)] == ["a", "b", "d", "d", "a", "b"]
