"""`gavel rubric new`: a rubric to start from."""

from pathlib import Path
from typing import Annotated

import typer

from reward_server.cli.options import refuse_same_file


def new(
    path: Annotated[Path, typer.Argument(help="The file to write; its name becomes the rubric's id.")],
    base: Annotated[
        str | None, typer.Option("--from", help="Build on this rubric: `catalog:NAME`, or a file.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Overwrite what is there.")] = False,
) -> None:
    """Write a small commented rubric to start from. It lints clean."""
    from shlex import quote

    from rubrics.new_rubric import new_rubric
    from rubrics.problems import ConfigError

    if path.exists() and not force:
        raise ConfigError(f"{path} exists already", hint="choose another name, or overwrite it with --force")
    if not path.parent.is_dir():
        raise ConfigError(f"there is no folder {path.parent}", hint="make it first, or choose another place")
    text = new_rubric(path.name) if base is None else _extending(path, base)
    path.write_text(text, encoding="utf-8")
    shown = quote(str(path))
    typer.echo(f"wrote {path}\n\nnext:\n  gavel rubric lint {shown}")
    typer.echo(f"  gavel rubric test {shown}    # says which golden cases to write")


def _extending(path: Path, base: str) -> str:
    """A rubric that extends a rubric of the catalog, or a file by its path from the new one."""
    from os.path import relpath

    from rubrics.new_rubric import new_extending
    from rubrics.problems import ConfigError
    from rubrics.resolution.reference import CATALOG
    from rubrics.rubric_file import load_rubric

    if not base.startswith(CATALOG):
        refuse_same_file(Path(base), path, "the new rubric")
    if "#" in base:
        hint = "name a rubric; of a file with # in its name, take another name"
        raise ConfigError(f"--from {base}: what follows # is a criterion, and `extends` takes all", hint=hint)
    criteria = [criterion.id for criterion in load_rubric(base).criteria]
    named = base if base.startswith(CATALOG) else relpath(base, path.parent)
    return new_extending(path.name, named, criteria)
