"""How long each page of the dashboard takes to open, on a store of a million rollouts.

    python -m benchmarks.dashboard [--store FILE] [--rollouts 1000000] [--rounds 5]

A real `gavel serve` on a file that `benchmarks.million` filled; each URL is asked for the first time by a
server that has just been started, then again so many times. The file is made, for some minutes, unless
`--store` names one.
"""

import re
import sys
import tempfile
import time
from argparse import Namespace
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from statistics import median
from urllib.parse import urlsplit

from benchmarks import million
from benchmarks.report import Column, Result, Row, Target, finish, number, parser
from reward_server.dashboard.mail import mail_report
from reward_server.dashboard.sources import Sources
from reward_server.store.reading import Store
from tests.processes import ROOT, start_server

LIMIT_S = 1.0
REWARD = ROOT / "examples" / "moderation" / "reward.yaml"
COLUMNS: list[Column] = [
    ("page", "page", ""),
    ("URL", "url", ""),
    ("first, ms", "first", ",.0f"),
    ("again, ms", "again", ",.0f"),
    ("kB", "size", ",.0f"),
]


def urls(store: Store) -> Mapping[str, str]:
    """What is opened, by what it is: every page, and the lists in their dearest orders."""
    run = store.runs()[0]
    newest = store.steps(run.id)[-1][0]
    row = store.step_rows(run.id, newest)[0]
    here = f"run={run.id}"
    return {
        "overview": f"/?{here}",
        "overview as JSON": f"/overview.json?{here}",
        "groups of the newest step": f"/groups?{here}",
        "groups of all steps": f"/groups?{here}&first=0&last={newest}",
        "one group": f"/group?{here}&step={newest}&name={row.group}",
        "rollouts": f"/rollouts?{here}",
        "rollouts by reward": f"/rollouts?{here}&sort=value",
        "rollouts by a component": f"/rollouts?{here}&sort=value&component=length",
        "rollouts by length": f"/rollouts?{here}&sort=words",
        "unscored rollouts": f"/rollouts?{here}&unscored=true",
        "rollouts of a name": f"/rollouts?{here}&name={row.name}",
        "one rollout": f"/rollouts/{row.id}",
        "judge": f"/judge?{here}",
        "rubric": f"/rubric?{here}",
        "playground": "/playground",
        "reports": "/reports",
    }


def opened(connection: HTTPConnection, url: str) -> tuple[float, int]:
    """Seconds and bytes of one answer. Raises AssertionError where it is none."""
    started = time.perf_counter()
    connection.request("GET", url)
    answer = connection.getresponse()
    content = answer.read()
    assert answer.status == 200, (url, answer.status, content[:500])
    return time.perf_counter() - started, len(content)


def measured(path: Path, rounds: int) -> Iterator[Row]:
    """A row for each URL."""
    store = Store(path)
    wanted = urls(store)
    store.close()
    for page, url in wanted.items():
        with serving(path) as connection:
            first, size = opened(connection, url)
            again = [opened(connection, url)[0] for _ in range(rounds)]
        yield {
            "page": page,
            "url": f"`{re.sub('[0-9]+', '{number}', url.partition('?')[0])}`",
            "first": first * 1e3,
            "again": median(again) * 1e3,
            "size": size / 1e3,
        }


@contextmanager
def serving(path: Path) -> Iterator[HTTPConnection]:
    """A server that has just been started, with a judge that is not there."""
    gavel = str(Path(sys.executable).with_name("gavel"))
    kept = ("--store", str(path), "--store-days", "100000", "--store-gb", "100")  # its rollouts are old
    command = (gavel, "serve", str(REWARD), "--port", "0", "--log-level", "error", *kept)
    with start_server(*command, environment={"OPENAI_BASE_URL": "http://127.0.0.1:1/v1"}) as server:
        where = urlsplit(server.base_url)
        connection = HTTPConnection(where.hostname or "", where.port, timeout=120)
        yield connection
        connection.close()


def mailed(path: Path) -> Mapping[str, float]:
    """What `gavel report` takes."""
    store = Store(path)
    sources = Sources(store)
    started = time.perf_counter()
    page = mail_report(sources, sources.run(None))
    store.close()
    return {"report_s": time.perf_counter() - started, "report_mb": len(page.encode()) / 1e6}


@contextmanager
def filled(given: Namespace) -> Iterator[Path]:
    """The store that is named, or one that is made."""
    if given.store is not None:
        yield given.store
        return
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "million.sqlite3"
        million.fill(path, given.rollouts)
        for what, seconds in million.opened(path):
            print(f"{what}: statistics computed in {seconds:.0f} s", flush=True)
        yield path


def main() -> None:
    options = parser(__doc__, rounds=5)
    options.add_argument("--store", type=Path, help="a file that `benchmarks.million` filled")
    options.add_argument("--rollouts", type=int, default=1_000_000, help="of the file that is made")
    given = options.parse_args()
    with filled(given) as path:
        rows = list(measured(path, given.rounds))
        figures = {**mailed(path), "store_gb": path.stat().st_size / 1e9}
        store = Store(path)
        runs = store.runs()
        store.close()
    figures |= {"rollouts": sum(run.rollouts for run in runs), "steps": runs[0].steps, "runs": len(runs)}
    slowest = max(max(number(row, "first"), number(row, "again")) for row in rows) / 1e3
    targets = [
        Target("dashboard, slowest page, 1M rollouts", slowest, LIMIT_S, unit=" s"),
        Target("mailed report, 1,000 steps", figures["report_mb"], 3, unit=" MB"),
    ]
    title = f"the dashboard on {figures['rollouts']:,.0f} rollouts"
    finish(Result("dashboard", title, targets, COLUMNS, rows, figures), given.json)


if __name__ == "__main__":
    main()
