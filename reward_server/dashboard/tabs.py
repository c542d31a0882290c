"""All pages, in the order of the navigation."""

from collections.abc import Sequence

from reward_server.dashboard.page import AnyPage
from reward_server.dashboard.pages import (
    group,
    groups,
    judge,
    overview,
    playground,
    reports,
    rollout,
    rollouts,
    rubric,
)

PAGES: Sequence[AnyPage] = (
    overview.PAGE,
    groups.PAGE,
    group.PAGE,
    rollouts.PAGE,
    rollout.PAGE,
    judge.PAGE,
    rubric.PAGE,
    playground.PAGE,
    reports.PAGE,
)
