"""What TRL calls a reward function with, as rollouts. No TRL is needed for it."""

import logging
import math
from collections import defaultdict
from itertools import count
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trainer_adapters import json_form
from trainer_adapters.client.errors import GavelError
from trainer_adapters.client.settings import Settings
from trainer_adapters.trl import groups as trl_groups
from trainer_adapters.trl.call import Call
from trainer_adapters.trl.groups import membership
from trainer_adapters.trl.options import Options
from trainer_adapters.trl.rollouts import Batch


def call(options: Options | None = None, /, **given: Any) -> Call:
    many = len(given["completions"])
    return Call.of(options or Options(Settings()), {"prompts": ["a question"] * many, **given})


def rollout(options: Options | None = None, /, **given: Any) -> dict[str, Any]:
    only = {"completions": ["a text"], **{name: [value] for name, value in given.items()}}
    return call(options, **only).rollouts()[0]


def test_plain_text_stays_text_and_other_columns_are_metadata() -> None:
    assert rollout(prompts="2 + 2?", completions="4", source="school", level=1) == {
        "prompt": "2 + 2?",
        "completion": "4",
        "metadata": {"source": "school", "level": 1},
    }


def test_messages_stay_messages_without_what_cannot_be_scored() -> None:
    image = object()
    asked = [
        {"role": "user", "content": [{"type": "image", "image": image}, {"type": "text", "text": "what?"}]}
    ]
    said = [
        {"role": "assistant", "content": None, "tool_calls": [{"type": "function"}]},
        {"role": "tool", "name": "clock", "content": "noon"},
        {"role": "assistant", "content": "A cat.", "reasoning_content": "whiskers"},
    ]
    found = rollout(prompts=asked, completions=said)
    assert found["prompt"] == [{"role": "user", "content": [{"type": "text", "text": "what?"}]}]
    assert found["completion"] == [
        {"role": "assistant", "content": ""},
        {"role": "tool", "content": "noon"},
        {"role": "assistant", "content": "A cat.", "reasoning_content": "whiskers"},
    ]


@pytest.mark.parametrize("column", ["ground_truth", "answer", "solution", "label"])
def test_the_ground_truth_is_found_by_its_usual_names(column: str) -> None:
    found = rollout(**{column: {"label": "spam"}, "zone": 1})
    assert found["ground_truth"] == {"label": "spam"}
    assert found["metadata"] == {"zone": 1}


def test_the_first_of_the_usual_names_counts_and_a_chosen_one_before_all() -> None:
    both = {"answer": "155", "solution": "because"}
    assert rollout(**both)["ground_truth"] == "155"
    chosen = Options(Settings(), ground_truth_column="solution")
    assert rollout(chosen, **both) == {
        **rollout(**both),
        "ground_truth": "because",
        "metadata": {"answer": "155"},
    }


def test_a_chosen_column_that_there_is_not_is_an_error_that_names_those_there_are() -> None:
    with pytest.raises(GavelError, match=r"no column `gold`.*: answer, zone"):
        rollout(Options(Settings(), ground_truth_column="gold"), answer=1, zone=2)


def test_token_counts_and_cut_off_completions() -> None:
    assert rollout(completion_ids=[1, 2, 3])["completion_tokens"] == 3
    assert "finish_reason" not in rollout(completion_ids=[1, 2, 3])
    limited = Options(Settings(), max_completion_length=3)
    assert rollout(limited, completion_ids=[1, 2, 3])["finish_reason"] == "length"
    assert rollout(limited, completion_ids=[1, 2])["finish_reason"] == "stop"


def test_what_json_cannot_say_is_left_out_with_one_warning(caplog: pytest.LogCaptureFixture) -> None:
    json_form._warn_of.cache_clear()
    with caplog.at_level(logging.WARNING, "trainer_adapters.json_form"):
        for _ in range(2):
            found = call(completions=["", ""], image=[object(), None], score=[float("nan"), 0.5]).rollouts()
    assert [one["metadata"] for one in found] == [{}, {"image": None, "score": 0.5}]
    assert [record.message.split()[0] for record in caplog.records] == ["'image'", "'score'"]


def test_trls_own_keywords_are_no_columns() -> None:
    own = {"trainer_state": None, "log_extra": print, "log_metric": print, "environments": [object()]}
    found = call(completions=["x"], **own)
    assert found.rollouts()[0]["metadata"] == {}
    assert not found.batch.alike


@pytest.fixture(autouse=True)
def _first_call(monkeypatch: pytest.MonkeyPatch) -> None:
    on_rank(monkeypatch, 0, 1)


def on_rank(monkeypatch: pytest.MonkeyPatch, rank: int, ranks: int) -> None:
    """Be a rank of a run that has not called yet."""
    monkeypatch.setattr(trl_groups, "_CALLS", defaultdict(count))
    for name, value in {
        "RANK": rank,
        "WORLD_SIZE": ranks,
        "MASTER_ADDR": "one",
        "MASTER_PORT": 29500,
    }.items():
        monkeypatch.setenv(name, str(value))


def batch(*prompts: str, alike: bool = True) -> Batch:
    return Batch(prompts, ["x"] * len(prompts), None, {}, 5, alike)


def groups(members: list[dict[str, Any]]) -> list[int]:
    """The groups as numbers, in the order of their first members."""
    numbers: dict[str, int] = {}
    return [numbers.setdefault(member["group"], len(numbers)) for member in members]


def test_without_a_size_groups_are_runs_of_equal_prompts() -> None:
    members = membership(batch("a", "a", "b", "a"), Settings())
    assert groups(members) == [0, 0, 1, 2]
    assert all("group_size" not in member for member in members)
    assert len({member["id"] for member in members}) == 4


def test_a_size_divides_two_groups_of_one_prompt() -> None:
    members = membership(batch("a", "a", "a", "a"), Settings(group_size=2))
    assert groups(members) == [0, 0, 1, 1]
    assert {member["group_size"] for member in members} == {2}


def test_an_evaluation_with_another_number_has_its_own_groups() -> None:
    members = membership(batch("a", "a", "b", "b", "c", "c"), Settings(group_size=3))
    assert groups(members) == [0, 0, 1, 1, 2, 2]
    assert {member["group_size"] for member in members} == {2}


def test_a_size_that_the_prompts_contradict_is_not_claimed() -> None:
    members = membership(batch("a", "b", "b"), Settings(group_size=3))
    assert groups(members) == [0, 1, 1]
    assert all("group_size" not in member for member in members)


def test_environments_may_make_the_prompts_of_a_group_differ() -> None:
    members = membership(batch("a, room 1", "a, room 2", alike=False), Settings(group_size=2))
    assert groups(members) == [0, 0]


def test_every_call_has_groups_of_its_own() -> None:
    calls = [membership(batch("a", "a"), Settings(group_size=2)) for _ in range(2)]
    assert calls[0][0]["group"] != calls[1][0]["group"]


@given(ranks=st.integers(1, 5), size=st.integers(1, 6), whole=st.integers(1, 4))
def test_ranks_agree_on_groups_as_trl_views_them(ranks: int, size: int, whole: int) -> None:
    each = whole * size // math.gcd(ranks, size)  # all ranks together have whole groups, one alone need not
    prompts = [f"prompt {place // size % 2}" for place in range(ranks * each)]
    members = []
    with pytest.MonkeyPatch.context() as monkeypatch:
        for rank in range(ranks):
            on_rank(monkeypatch, rank, ranks)
            members += membership(batch(*prompts[rank * each : (rank + 1) * each]), Settings(group_size=size))
    assert groups(members) == [place // size for place in range(ranks * each)]
    assert len({member["id"] for member in members}) == len(members)
    assert [member["id"] for member in members] == sorted(member["id"] for member in members)


def on_two_ranks(monkeypatch: pytest.MonkeyPatch, *prompts: Any) -> list[str]:
    """The group of one rollout on each of two ranks, where a group has two."""
    names = []
    for rank, prompt in enumerate(prompts):
        on_rank(monkeypatch, rank, 2)
        names.append(membership(batch(prompt), Settings(group_size=2))[0]["group"])
    return names


def test_ranks_with_different_prompts_do_not_meet_in_one_group(monkeypatch: pytest.MonkeyPatch) -> None:
    """An evaluation with one completion for each prompt, where no rank alone sees that it is none."""
    first, second = on_two_ranks(monkeypatch, "a", "b")
    assert first != second
    first, second = on_two_ranks(monkeypatch, "a", "a")
    assert first == second


def test_ranks_that_hold_an_image_each_meet_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    prompts = [[{"role": "user", "content": [{"type": "image", "image": object()}]}] for _ in range(2)]
    first, second = on_two_ranks(monkeypatch, *prompts)
    assert first == second


def test_runs_do_not_share_groups(monkeypatch: pytest.MonkeyPatch) -> None:
    names = []
    for port in (29500, 29501):
        on_rank(monkeypatch, 0, 2)
        monkeypatch.setenv("MASTER_PORT", str(port))
        names.append(membership(batch("a"), Settings(group_size=1))[0]["group"])
    assert names[0] != names[1]
