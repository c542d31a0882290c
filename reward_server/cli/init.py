"""`gavel init`: a working reward file to start from."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

STARTER = Path(__file__).parent.parent / "starter"


def init(
    directory: Annotated[Path, typer.Argument(help="Where to write; made if it does not exist.")],
    force: Annotated[bool, typer.Option("--force", help="Overwrite what is there.")] = False,
) -> None:
    """Write a reward file, a rubric and rollouts to start from.

    Their JSON Schemas come with them, so that an editor completes and checks the YAML.
    """
    from rubrics.problems import ConfigError

    contents = dict(_contents())
    taken = [str(directory / name) for name in contents if (directory / name).exists()]
    if taken and not force:
        hint = "choose another directory, or say --force"
        raise ConfigError(f"{', '.join(taken)} would be overwritten", hint=hint)
    directory.mkdir(parents=True, exist_ok=True)
    for name, content in contents.items():
        (directory / name).write_bytes(content)
        typer.echo(f"wrote {directory / name}")
    _next_steps(directory)


def _contents() -> Iterator[tuple[str, bytes]]:
    from reward_server.cli.schema import as_text

    for source in sorted(STARTER.iterdir()):
        yield source.name, source.read_bytes()
    for kind in ("reward", "rubric"):
        yield f"{kind}.schema.json", as_text(kind).encode()


def _next_steps(directory: Path) -> None:
    from shlex import quote

    reward, rollouts = quote(str(directory / "reward.yaml")), quote(str(directory / "rollouts.jsonl"))
    typer.echo(
        f"""
next:
  gavel check {reward}
  gavel judge sim &    # a simulated judge; or point OPENAI_BASE_URL at a real one
  gavel score {rollouts} --reward {reward}
  gavel serve {reward}"""
    )
