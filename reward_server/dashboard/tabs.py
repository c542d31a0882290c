"""All pages, in the order of the navigation."""

from collections.abc import Sequence

from reward_server.dashboard.page import AnyPage
from reward_server.dashboard.pages import overview

PAGES: Sequence[AnyPage] = (overview.PAGE,)
