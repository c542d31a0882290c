"""All pages, in the order of the navigation."""

from collections.abc import Sequence

from reward_server.dashboard.page import AnyPage
from reward_server.dashboard.pages import judge, overview, reports, rubric

PAGES: Sequence[AnyPage] = (overview.PAGE, judge.PAGE, rubric.PAGE, reports.PAGE)
