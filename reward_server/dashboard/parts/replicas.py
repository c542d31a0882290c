"""The judges of a running server: each replica, and what it has to do."""

from collections.abc import Iterator, Mapping

from judges.judge_status import JudgeStatus, ReplicaStatus
from reward_server.report.markup import Markup, element, visible
from reward_server.report.tables import cell, row, table
from reward_server.report.words import number, seconds

_HEADINGS = ("replica", "state", "in flight", "limit", "in line", "median reply")


def replicas(judges: Mapping[str, JudgeStatus]) -> Markup:
    """A table with a row for each replica of each judge."""
    return table(_HEADINGS, [each for name, status in judges.items() for each in _rows(name, status)])


def _rows(judge: str, status: JudgeStatus) -> Iterator[Markup]:
    form = "not probed yet" if status.form is None else f"asked for: {status.form}"
    yield row(visible(judge), cell(form), cell(""), cell(""), cell(number(status.waiting)), cell(""))
    for replica in status.replicas:
        yield _row(replica)


def _row(replica: ReplicaStatus) -> Markup:
    state = replica.state if replica.reason is None else f"{replica.state}: {visible(replica.reason)}"
    kind = None if replica.state == "healthy" else "wrong"
    return row(
        visible(replica.name or "in this process"),
        element("td", state, class_=kind),
        cell(number(replica.in_flight)),
        cell(number(replica.limit)),
        cell(number(replica.waiting)),
        cell(seconds(replica.median_s)),
    )
