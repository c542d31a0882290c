"""`gavel rubric import`: rubrics of other tools as `rubric/v1` files."""

from collections import Counter
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from reward_server.cli.options import refuse_same_file

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rubrics.importing.draft import Draft
    from rubrics.importing.importer import Source
    from rubrics.problems import Problem

_MOST_SHOWN = 10


class Format(StrEnum):
    """Where a file comes from."""

    RUBRIC = "rubric"
    HEALTHBENCH = "healthbench"


def import_(
    file: Annotated[Path, typer.Argument(help="YAML, JSON or JSONL file of the other tool.")],
    format_: Annotated[
        Format | None, typer.Option("--from", help="Its format; left out, its keys tell.")
    ] = None,
    name: Annotated[
        str | None,
        typer.Option("--id", help="Id of the rubric; left out, made of the file's or item's name."),
    ] = None,
    item: Annotated[
        str | None, typer.Option(help="HealthBench: the item's `prompt_id`, or its number from 0.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="Where the rubric goes; without, standard output.")
    ] = None,
    out_dir: Annotated[
        Path | None, typer.Option(help="Directory for a file for each item, in place of OUT.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Overwrite what is there.")] = False,
) -> None:
    """Convert a rubric of the `rubric` package, or of HealthBench, word for word and weight for weight."""
    from rubrics.importing.importer import Source

    _refuse_contradictions(name, item, out, out_dir)
    refuse_same_file(file, out)
    source = Source(file, None if format_ is None else format_.value)
    if item is not None and source.format != "healthbench":
        raise typer.BadParameter("a `rubric` file is one rubric", param_hint="--item")
    if out_dir is not None:
        _write_all(source, file, out_dir, force)
    else:
        _write_one(_called(source.draft(item), name), out, force)


def _refuse_contradictions(
    name: str | None, item: str | None, out: Path | None, out_dir: Path | None
) -> None:
    for flag, value in {"--id": name, "--item": item, "--out": out}.items():
        if out_dir is not None and value is not None:
            raise typer.BadParameter(f"is for every item, so there is no {flag}", param_hint="--out-dir")


def _called(draft: "Draft", name: str | None) -> "Draft":
    import re

    from msgspec.structs import replace

    if name is None:
        return draft
    if not re.fullmatch(r"[a-z][a-z0-9_./-]*", name):
        message = "lower-case letters, digits and _ . / -, a letter first"
        raise typer.BadParameter(message, param_hint="--id")
    return replace(draft, id=name)


def _write_one(draft: "Draft", out: Path | None, force: bool) -> None:
    from shlex import quote

    from rubrics.importing.rubric_yaml import to_yaml

    if out is not None:
        _refuse_existing([out], force)
    text = to_yaml(draft)
    found = _lint(text, "<stdout>" if out is None else str(out))
    if out is None:
        typer.echo(text, nl=False)
    else:
        out.write_text(text, encoding="utf-8")
    _remark(draft.remarks)
    size = f"{_count(len(draft.statements), 'criterion')}, {_count(draft.pitfalls, 'pitfall')}"
    typer.echo(size if out is None else f"wrote {out}: {size}", err=True)
    _tell(found, "" if out is None else f"gavel rubric lint {quote(str(out))}")


def _write_all(source: "Source", file: Path, directory: Path, force: bool) -> None:
    from shlex import quote

    from rubrics.importing.naming import file_names
    from rubrics.importing.rubric_yaml import to_yaml

    drafts = source.drafts()
    paths = [directory / name for name in file_names(draft.id.rpartition("/")[2] for draft in drafts)]
    _refuse_existing(paths, force)
    for path in paths:
        refuse_same_file(file, path, "--out-dir")
    directory.mkdir(parents=True, exist_ok=True)
    found: list[Problem] = []
    for draft, path in zip(drafts, paths, strict=True):
        text = to_yaml(draft)
        found += _lint(text, str(path))
        path.write_text(text, encoding="utf-8")
        _remark(draft.remarks)
    typer.echo(f"wrote {_count(len(paths), 'rubric')} to {directory}", err=True)
    _tell(found, f"gavel rubric lint {quote(str(directory))}/*.yaml")


def _refuse_existing(paths: "Sequence[Path]", force: bool) -> None:
    from rubrics.problems import ConfigError

    for path in paths:
        if path.exists() and not force:
            hint = "name another place, or overwrite it with --force"
            raise ConfigError(f"{path} exists already", hint=hint)


def _lint(text: str, name: str) -> "Sequence[Problem]":
    """What the linter finds in a rubric that was made here, which loads."""
    from rubrics.document import parse
    from rubrics.lint.linter import lint
    from rubrics.rubric_file import build_rubric

    document = parse(text, name)
    return lint(build_rubric(document), document)


def _remark(remarks: "Sequence[Problem]") -> None:
    for remark in remarks:
        typer.echo(remark.render() + "\n", err=True)


def _tell(found: "Sequence[Problem]", command: str) -> None:
    """What there is to mend, in short; `command` says it at length."""
    if not found:
        typer.echo("lint finds nothing", err=True)
        return
    codes = Counter(str(problem.code) for problem in found)
    summary = ", ".join(f"{code} {number:,}" for code, number in codes.most_common())
    typer.echo(f"lint finds: {summary}", err=True)
    for problem in found[:_MOST_SHOWN]:
        typer.echo(f"  {problem.render().splitlines()[0]}", err=True)
    if len(found) > _MOST_SHOWN:
        typer.echo(f"  ... and {len(found) - _MOST_SHOWN:,} more", err=True)
    if command:
        typer.echo(f"each with advice: {command}", err=True)


def _count(number: int, noun: str) -> str:
    plural = "criteria" if noun == "criterion" else f"{noun}s"
    return f"{number:,} {noun if number == 1 else plural}"
