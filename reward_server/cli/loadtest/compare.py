"""`gavel loadtest compare`: whether one load test found something else than another."""

from pathlib import Path
from typing import Annotated

import typer


def compare(
    before: Annotated[Path, typer.Argument(help="A report that `gavel loadtest --out` wrote.")],
    after: Annotated[Path, typer.Argument(help="Another one.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Compare two load tests, load by load, and say which differences are more than noise.

    Loads that the client limited are not compared.
    """
    import msgspec

    from reward_server.load.compare import compare as compared
    from reward_server.load.compare_text import show
    from reward_server.load.saved_report import read

    found = compared(read(before), read(after))
    if as_json:
        typer.echo(msgspec.json.format(msgspec.json.encode(found), indent=2).decode())
    else:
        show(found)
