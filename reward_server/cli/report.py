"""`gavel report`: a run as one file to mail."""

from pathlib import Path
from typing import Annotated

import typer

from reward_server.cli.runs.opening import RunName, StorePath, chosen, opened


def report(
    run: RunName = None,
    out: Annotated[Path, typer.Option("--out", "-o", help="Write the page here.")] = Path("report.html"),
    store: StorePath = None,
) -> None:
    """Write what a run looked like as one HTML file: the dashboard's pictures and tables, without a server.

    It fetches nothing and runs nothing.
    """
    from reward_server.dashboard.mail import mail_report
    from reward_server.dashboard.sources import Sources

    with opened(store) as file:
        page = mail_report(Sources(file), chosen(file, run))
    out.write_text(page, encoding="utf-8", errors="replace")
    typer.echo(f"{out}: {out.stat().st_size:,} bytes")
