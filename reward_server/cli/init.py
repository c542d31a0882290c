"""`gavel init`: a working reward file to start from."""

from pathlib import Path
from typing import Annotated

import typer

STARTER = Path(__file__).parent.parent / "starter"


def init(
    directory: Annotated[Path, typer.Argument(help="Where to write; made if it does not exist.")],
    force: Annotated[bool, typer.Option("--force", help="Overwrite what is there.")] = False,
) -> None:
    """Write a reward file, a rubric and a few rollouts that work together."""
    from rubrics.problems import ConfigError

    sources = sorted(source for source in STARTER.rglob("*") if source.is_file())
    targets = [directory / source.relative_to(STARTER) for source in sources]
    taken = [str(target) for target in targets if target.exists()]
    if taken and not force:
        hint = "choose another directory, or say --force"
        raise ConfigError(f"{', '.join(taken)} would be overwritten", hint=hint)
    for source, target in zip(sources, targets, strict=True):
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(source.read_bytes())
        typer.echo(f"wrote {target}")
    _next_steps(directory)


def _next_steps(directory: Path) -> None:
    typer.echo(
        f"""
next:
  gavel check {directory}/reward.yaml
  gavel judge sim &                       # a simulated judge; or point OPENAI_BASE_URL at a real one
  gavel score {directory}/rollouts.jsonl --reward {directory}/reward.yaml
  gavel serve {directory}/reward.yaml"""
    )
