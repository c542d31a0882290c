"""A load test from its target to its report: run, shown, written, and held to what is required."""

from typing import TYPE_CHECKING, Never

import typer

from reward_server.cli import exits
from reward_server.cli.loadtest.options import Loads, LoadTest, Outputs

if TYPE_CHECKING:
    from typing import Any

    from judges.backend import BackendError
    from reward_server.load.call import LoadTarget
    from reward_server.load.record import Run
    from reward_server.load.report import Report
    from reward_server.load.requirement import Requirement


def run(target: "LoadTarget[Any]", test: LoadTest) -> None:
    """Put the loads on the target and report. Raises Exit with what the report comes to, ConfigError."""
    from reward_server.load.figures.summary import report
    from reward_server.load.requirement import parse_requirements

    test.outputs.check()
    required = [each for text in test.outputs.require or () for each in parse_requirements(text)]
    found = report(_driven(target, test.loads, test.seed), test.loads.slo_s)
    _write(found, test.outputs)
    _leave(found, required)


def _driven(target: "LoadTarget[Any]", loads: Loads, seed: int) -> "Run":
    from rich.console import Console

    from judges.backend import BackendError
    from reward_server.load import driver
    from reward_server.load.live import live

    try:
        with live(Console(stderr=True)) as observe:
            return driver.run(target, loads.schedule(), seed=seed, observe=observe)
    except BackendError as error:
        _unanswered(error, target.described.url)


def _unanswered(error: "BackendError", url: str) -> Never:
    from rubrics.problems import ConfigError

    hint = "is it running, and does the URL end with /v1? `gavel judge probe URL` looks closer"
    raise ConfigError(f"{url} does not answer: {error.detail} ({error.cause})", hint=hint)


def _write(found: "Report", outputs: Outputs) -> None:
    from reward_server.cli.kept_report import keep
    from reward_server.load.csv_rows import csv_text
    from reward_server.load.page.load_page import load_page
    from reward_server.load.saved_report import as_json
    from reward_server.load.table import show

    if outputs.out is not None:
        outputs.out.write_text(as_json(found), encoding="utf-8")
    if outputs.csv is not None:
        outputs.csv.write_text(csv_text(found), encoding="utf-8")
    if outputs.html is not None:
        outputs.html.write_text(load_page(found, outputs.date), encoding="utf-8")
    title = f"{found.target.kind} {found.target.url}"
    keep("loadtest", title, as_json(found).encode(), lambda: load_page(found, outputs.date))
    if outputs.as_json:
        typer.echo(as_json(found))
    else:
        show(found)


def _leave(found: "Report", required: "list[Requirement]") -> None:
    """Raise Exit where something required does not hold, or somebody stopped it."""
    from reward_server.load.requirement import broken, findings

    reasons = [*broken(findings(required, found))]
    for reason in reasons:
        typer.echo(f"not kept: {reason}", err=True)
    if found.interrupted:
        raise typer.Exit(exits.INTERRUPTED)
    if reasons:
        raise typer.Exit(exits.GATE)
