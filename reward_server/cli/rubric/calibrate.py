"""`gavel rubric calibrate`: how well verdicts agree with people's labels."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from reward_server.cli import exits

if TYPE_CHECKING:
    from rubrics.agreement.report import Report
    from rubrics.agreement.requirement import Finding


def calibrate(
    verdicts: Annotated[Path, typer.Argument(help="What `gavel score --detail verdicts -o FILE` wrote.")],
    labels: Annotated[
        Path, typer.Option(help="People's labels as JSONL: id, labels by criterion, rater if several.")
    ],
    rubric: Annotated[
        Path | None, typer.Option(help="The rubric the verdicts are of; needed where it has scales.")
    ] = None,
    require: Annotated[
        list[str] | None,
        typer.Option(
            help="Exit with 3 unless an interval keeps this limit: kappa=0.6 for each criterion, "
            "overall.kappa=0.6, tone.alpha=0.5. Repeatable."
        ),
    ] = None,
    retest: Annotated[
        Path | None,
        typer.Option(help="Verdicts of the same judge on the same rollouts, asked again: is it steady?"),
    ] = None,
    html: Annotated[Path | None, typer.Option(help="Write a report with plots here, as one file.")] = None,
    date: Annotated[
        str | None, typer.Option(help="The day that the report names; without, it names none.")
    ] = None,
    resamples: Annotated[int, typer.Option(min=100, help="Bootstrap resamples behind each interval.")] = 1000,
    seed: Annotated[int, typer.Option(help="Seed of the resamples.")] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Compare a judge's verdicts with people's labels, criterion by criterion, with intervals.

    No judge is asked. Exit code 1 when no labelled rollout has a verdict, 3 when a --require was not kept.
    """
    from rich.console import Console

    from reward_server.cli.kept_report import keep
    from reward_server.cli.rubric.calibrate_files import read, refuse_overwriting
    from reward_server.cli.rubric.calibrate_text import show
    from rubrics.agreement.bootstrap import Bootstrap
    from rubrics.agreement.requirement import findings, parse_requirement

    requirements = [parse_requirement(text) for text in require or ()]
    refuse_overwriting(html, [verdicts, labels, rubric, retest])
    files = read(verdicts, labels, rubric, retest)
    with Console(stderr=True).status(f"resampling {resamples:,} times"):  # seconds for thousands of labels
        report = files.measure(Bootstrap(resamples, seed))
    found = findings(requirements, report.criteria, report.overall)
    if html is not None:
        html.write_text(files.page(report, date), encoding="utf-8")
    _show_json(report, found) if as_json else show(report)
    if html is not None:
        typer.echo(f"  report: {html}", err=as_json)
    keep(
        "calibration",
        f"{verdicts.name} by {labels.name}",
        _json(report, found),
        lambda: files.page(report, date),
    )
    _leave(report, found)


def _show_json(report: "Report", found: "Sequence[Finding]") -> None:
    typer.echo(_json(report, found).decode())


def _json(report: "Report", found: "Sequence[Finding]") -> bytes:
    import msgspec

    data = {**msgspec.to_builtins(report), "requirements": found}
    return msgspec.json.format(msgspec.json.encode(data), indent=2)


def _leave(report: "Report", found: "Sequence[Finding]") -> None:
    from rubrics.agreement.requirement import broken

    if not any(each.compared for each in report.criteria):
        typer.echo("no labelled rollout has a verdict to compare", err=True)
        raise typer.Exit(exits.RUNTIME)
    for line in broken(found):
        typer.echo(line, err=True)
    if not all(each.kept for each in found):
        raise typer.Exit(exits.GATE)
