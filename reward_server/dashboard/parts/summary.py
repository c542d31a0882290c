"""Rollouts at a glance, and the links between them, their groups and their steps."""

from collections.abc import Sequence

from reward_server.dashboard.address import href
from reward_server.report.markup import Markup, element, visible
from reward_server.store.query import Summary

ROLLOUTS, ROLLOUT, GROUPS, GROUP = "/rollouts", "/rollouts/{number}", "/groups", "/group"
PLAYGROUND = "/playground"


def rollout_href(number: int, run: int) -> str:
    """The page of a rollout."""
    return href(ROLLOUT, number=number, run=run)


def group_href(run: int, step: int, name: str) -> str:
    """The page of a group."""
    return href(GROUP, run=run, step=step, name=name)


def step_href(run: int, step: int) -> str:
    """The groups of a step."""
    return href(GROUPS, run=run, step=step)


def playground_href(reward: str, run: int, numbers: Sequence[int]) -> str:
    """Where another rubric can be tried on some rollouts."""
    return href(PLAYGROUND, reward=reward, run=run, numbers=",".join(map(str, numbers)))


def trying(reward: str, run: int, numbers: Sequence[int], told: str) -> Markup:
    """A link to where another rubric can be tried on some rollouts."""
    return element("a", told, href=playground_href(reward, run, numbers))


def marks(names: Sequence[str]) -> list[Markup]:
    """The marks of a rollout, as small labels."""
    return [element("span", name, class_="tag") for name in names]


def link(rollout: Summary) -> Markup:
    """A rollout by its number."""
    return element("a", f"{rollout.number:,}", href=rollout_href(rollout.number, rollout.run))


def name(text: str, most: int = 40) -> Markup:
    """A name that somebody else gave, short and inert."""
    return element("span", visible(text, most), class_="name")
