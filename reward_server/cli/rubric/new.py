"""`gavel rubric new`: a rubric to start from."""

from pathlib import Path
from typing import Annotated

import typer


def new(
    path: Annotated[Path, typer.Argument(help="The file to write; its name becomes the rubric's id.")],
    force: Annotated[bool, typer.Option("--force", help="Overwrite what is there.")] = False,
) -> None:
    """Write a small commented rubric to start from. It lints clean."""
    from shlex import quote

    from rubrics.new_rubric import new_rubric
    from rubrics.problems import ConfigError

    if path.exists() and not force:
        raise ConfigError(f"{path} exists already", hint="choose another name, or overwrite it with --force")
    path.write_text(new_rubric(path.name), encoding="utf-8")
    typer.echo(f"wrote {path}\n\nnext:\n  gavel rubric lint {quote(str(path))}")
