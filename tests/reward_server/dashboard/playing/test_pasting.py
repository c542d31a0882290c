import pytest

from reward_server.dashboard.page import PageError
from reward_server.dashboard.playing.choosing import MOST
from reward_server.dashboard.playing.pasting import pasted
from rubrics.layout import PLAIN
from tests.reward_server.dashboard.looking import HOSTILE


def test_a_plain_text_is_one_completion() -> None:
    for text in ("Hello.\nWorld.", '{"label": "spam"}', "{not json", "[1]", HOSTILE):
        ((_, rollout),) = pasted(text, PLAIN, 1000).rollouts
        assert rollout.completion.text == text


def test_jsonl_is_read_as_gavel_score_reads_it() -> None:
    lines = '{"completion": "a", "prompt": "p", "id": "x"}\n\n{"completion": "b", "prompt": "p"}\n'
    found = pasted(lines, PLAIN, 1000)
    assert [(rollout.id, rollout.completion.text) for _, rollout in found.rollouts] == [
        ("x", "a"),
        ("#1", "b"),
    ]
    assert len(found.groups) == 1


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"completion": "a"}\n{"completion": 1}', "line 2: Expected .* at \\$.completion"),
        ('{"completion": "a"}\nb', "line 2: this is not valid JSON"),
        ('{"completion": "a", "ids": 1}', "line 1: unknown field `ids`"),
        ('{"completion": "a", "id": "x"}\n{"completion": "b", "id": "x"}', "the id 'x' stands twice"),
        ('{"completion": "a"}\n' * (MOST + 1), f"more than {MOST} rollouts"),
    ],
)
def test_mistakes_in_what_was_pasted_are_told_with_their_line(text: str, said: str) -> None:
    with pytest.raises(PageError, match=said) as found:
        pasted(text, PLAIN, 1000)
    assert found.value.status == 422


def test_a_long_line_is_refused_by_itself() -> None:
    ((_, rollout),) = pasted("x" * 1001, PLAIN, 1000).rollouts
    assert rollout.refused is not None
