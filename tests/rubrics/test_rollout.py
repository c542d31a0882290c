import pytest

from rubrics.completion import Completion
from rubrics.rollout import Group, Json, Message, Rollout, dig, flatten


def rollout(**fields: object) -> Rollout:
    return Rollout(id="r", completion=Completion("text"), **fields)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("ground_truth", {"label": "spam", "nested": {"deep": 0}}),
        ("ground_truth.label", "spam"),
        ("ground_truth.nested.deep", 0),
        ("ground_truth.absent", None),
        ("ground_truth.label.further", None),
        ("metadata.labels.spam", True),
        ("labels.spam", True),
        ("labels.ham", None),
        ("ground_truths", None),
    ],
)
def test_lookup(path: str, value: Json) -> None:
    carrying = rollout(
        ground_truth={"label": "spam", "nested": {"deep": 0}}, metadata={"labels": {"spam": True}}
    )
    assert carrying.lookup(path) == value


def test_lookup_where_there_is_nothing() -> None:
    assert rollout().lookup("ground_truth") is None
    assert rollout().lookup("anything.at.all") is None
    assert rollout(ground_truth="plain").lookup("ground_truth.label") is None


def test_dig_goes_through_objects_only() -> None:
    assert dig(["a"], "0") is None
    assert dig({"": 1}, "") == {"": 1}


def test_flatten() -> None:
    image: dict[str, Json] = {"type": "image_url", "image_url": {"url": "x"}}
    turns = [
        Message("system", "Be brief."),
        Message("user", [{"type": "text", "text": "Is this "}, image, {"type": "text", "text": "spam?"}]),
        Message("assistant"),
    ]
    assert flatten(turns) == "system: Be brief.\n\nuser: Is this spam?\n\nassistant: "
    assert flatten("plain") == "plain"
    assert flatten(None) == ""


def test_a_group_is_its_rollouts() -> None:
    members = [rollout(), rollout()]
    group = Group("p1", members)
    assert list(group) == members
    assert len(group) == 2
