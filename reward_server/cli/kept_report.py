"""Reports that commands make, kept for the dashboard as well."""

import os
from collections.abc import Callable
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from reward_server.store.reports import Kind


def keep(kind: "Kind", title: str, content: bytes, page: Callable[[], str]) -> None:
    """Keep a report in the user's rollout store, where there is one. A store that fails is only told of."""
    from reward_server.store.database import StoreError
    from reward_server.store.options import VARIABLE, path_of
    from reward_server.store.reports import keep_report

    path = path_of(os.environ.get(VARIABLE))
    if path is None:
        return
    try:
        number = keep_report(path, kind, title, content, page())
    except StoreError as error:
        typer.echo(f"  the dashboard will not show this report: {error}", err=True)
        return
    typer.echo(f"  kept for the dashboard of `gavel serve`: /reports/{number}/page", err=True)
