"""Print the page."""

import sys

from reward_server.metrics_page.page import page, served

sys.stdout.write(page(served()))
