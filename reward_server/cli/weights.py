"""`gavel weights`: inverse-frequency weight tables."""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from reward_server.cli.options import finite, refuse_same_file

if TYPE_CHECKING:
    from rubrics.weights.table import CriterionTable, SampleTable

app = typer.Typer(help="Inverse-frequency weight tables.", no_args_is_help=True)


class Scope(StrEnum):
    """What is weighed."""

    SAMPLE_LABEL = "sample_label"
    CRITERION_LABEL = "criterion_label"
    VERDICT = "verdict"


@app.callback()
def weights() -> None:
    """Inverse-frequency weight tables."""


@app.command()
def fit(
    data: Annotated[
        Path, typer.Argument(help="JSONL: rollouts or data set rows; for `verdict`, saved results.")
    ],
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="Where the table goes; without, only the preview.")
    ] = None,
    scope: Annotated[Scope, typer.Option(help="What is weighed.")] = Scope.SAMPLE_LABEL,
    label: Annotated[str, typer.Option(help="For sample_label: where the label stands.")] = "ground_truth",
    rubric: Annotated[Path | None, typer.Option(help="For criterion_label and verdict: the rubric.")] = None,
    smoothing: Annotated[
        float, typer.Option(min=0, callback=finite, help="Added to each count (Laplace).")
    ] = 1.0,
    max_ratio: Annotated[
        float, typer.Option(min=1, callback=finite, help="Greatest weight over smallest.")
    ] = 10.0,
    force: Annotated[bool, typer.Option("--force", help="Overwrite OUT.")] = False,
) -> None:
    """Count labels in DATA and show the weights they give: w_y = n / (K n_y), smoothed and clipped."""
    from rubrics.problems import ConfigError
    from rubrics.weights.yaml import to_yaml

    refuse_same_file(data, out)
    if out is not None and out.exists() and not force:
        hint = "overwrite it with --force; the reward_version of what uses it will change"
        raise ConfigError(f"{out} exists already", hint=hint)
    table = _fit(data, scope, label, rubric, smoothing, max_ratio)
    _preview(table)
    if out is not None:
        out.write_text(to_yaml(table, f"From {data.name}."), encoding="utf-8")
        typer.echo(f"wrote {out}")


def _fit(
    data: Path, scope: Scope, label: str, rubric: Path | None, smoothing: float, max_ratio: float
) -> "SampleTable | CriterionTable":
    from reward_server.jsonl import read_rows
    from rubrics.binding import bind
    from rubrics.rubric import Rubric
    from rubrics.rubric_file import load_resolved
    from rubrics.weights.fitting import fit_criterion_label, fit_sample_label, fit_verdict

    rows = list(read_rows(data))
    if scope is Scope.SAMPLE_LABEL:
        samples = fit_sample_label(rows, label, smoothing, max_ratio)
        without = len(rows) - sum(samples.counts.values())
        if without:
            typer.echo(f"note: {without} of {len(rows)} rows have no label at {label}", err=True)
        return samples
    if rubric is None:
        message = f"scope {scope.value} needs the rubric whose criteria are weighed"
        raise typer.BadParameter(message, param_hint="--rubric")
    fitted = fit_criterion_label if scope is Scope.CRITERION_LABEL else fit_verdict
    document = load_resolved(rubric)
    unweighted = bind(Rubric, document, document.data)  # the table it names may be the one to be made
    return fitted(rows, unweighted, smoothing, max_ratio)


def _preview(table: "SampleTable | CriterionTable") -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table

    rows = table.preview()
    by_criterion = any(row.criterion is not None for row in rows)
    headings = (*(["criterion"] if by_criterion else []), "label", "count", "weight", "")
    shown = Table(*headings, box=box.SIMPLE_HEAD)
    for row in rows:
        cells = (row.label, f"{row.count:,}", f"{row.weight:.3f}", "clipped" if row.clipped else "")
        shown.add_row(*([row.criterion] if by_criterion else []), *cells)
    Console(highlight=False, markup=False).print(shown)
