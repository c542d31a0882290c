"""`gavel runs export`: stored rollouts as a file."""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from reward_server.cli.options import refuse_same_file
from reward_server.cli.runs.filtering import (
    Cause,
    Component,
    Group,
    Least,
    Marked,
    Most,
    Steps,
    Unscored,
    filter_of,
)
from reward_server.cli.runs.opening import RunName, StorePath, chosen, opened

if TYPE_CHECKING:
    from reward_server.store.query import RolloutFilter
    from reward_server.store.reading import Store


class Format(StrEnum):
    """What kind of file."""

    JSONL = "jsonl"
    PARQUET = "parquet"


def export(
    run: RunName = None,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="The file; left out, JSONL goes to standard output.")
    ] = None,
    file_format: Annotated[
        Format | None, typer.Option("--format", help="jsonl or parquet; left out, by the name of the file.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Overwrite OUT.")] = False,
    step: Steps = None,
    group: Group = None,
    component: Component = None,
    least: Least = None,
    most: Most = None,
    unscored: Unscored = False,
    cause: Cause = None,
    mark: Marked = None,
    store: StorePath = None,
) -> None:
    """Write stored rollouts, each with its result, verdicts and judge calls.

    The file can be scored again: `gavel score`, `gavel replay` and `gavel rubric calibrate` read its lines.
    """
    kind = _format(out, file_format)
    with opened(store) as file:
        wanted = filter_of(
            chosen(file, run).id,
            step=step,
            group=group,
            component=component,
            least=least,
            most=most,
            unscored=unscored,
            cause=cause,
            mark=mark,
        )
        if out is None:
            _print(file, wanted)
        else:
            refuse_same_file(file.path, out)
            _refuse(out, force=force)
            count = _write(file, wanted, out, kind)
            typer.echo(f"{count:,} rollout{'s' * (count != 1)}: {out}", err=True)


def _format(out: Path | None, given: Format | None) -> Format:
    by_name = Format.PARQUET if out is not None and out.suffix == ".parquet" else Format.JSONL
    if given is Format.PARQUET and out is None:
        raise typer.BadParameter("parquet is for a file: name it with --out", param_hint="--format")
    return given or by_name


def _refuse(out: Path, *, force: bool) -> None:
    from rubrics.problems import ConfigError

    if out.exists() and not force:
        raise ConfigError(f"{out} exists already", hint="overwrite it with --force")


def _print(store: "Store", wanted: "RolloutFilter") -> None:
    from reward_server.store.export import exported, write_jsonl

    write_jsonl(exported(store, wanted), typer.get_binary_stream("stdout"))


def _write(store: "Store", wanted: "RolloutFilter", out: Path, kind: Format) -> int:
    """Write a file beside the one that is wanted, which is there in whole or not at all."""
    from reward_server.store.export import exported, write_jsonl

    lines = exported(store, wanted)
    part = out.with_name(out.name + ".part")
    try:
        if kind is Format.PARQUET:
            from reward_server.store.parquet import write_parquet

            count = write_parquet(lines, part, store.versions().values())
        else:
            with part.open("wb") as file:
                count = write_jsonl(lines, file)
        part.replace(out)
    finally:
        part.unlink(missing_ok=True)
    return count
