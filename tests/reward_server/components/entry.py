"""A component as a reward file would make it, and rollouts for it to score."""

from pathlib import Path

from reward_server.reward.component import Component
from reward_server.reward.entry import bound_component
from reward_server.reward.surroundings import Surroundings
from rubrics.completion import Completion
from rubrics.document import parse
from rubrics.layout import Layout
from rubrics.rollout import Group, Rollout

THINK = Layout.model_validate({"reasoning": {"tag": "think"}})


def component(entry: str, directory: Path = Path(), layout: Layout = THINK) -> Component:
    """The component of the YAML mapping `entry`, bound as in a reward file in `directory`."""
    document = parse(f"components:\n  it: {entry}\n", "reward.yaml", directory)
    data = document.data
    assert isinstance(data, dict)
    return bound_component(data["components"]["it"], Surroundings(document, ("components", "it"), layout, {}))


def rollout(text: str, layout: Layout = THINK, **fields: object) -> Rollout:
    return Rollout(id="r", completion=Completion(text, layout), **fields)  # type: ignore[arg-type]


def group(*rollouts: Rollout) -> Group:
    return Group("p", rollouts)
