"""`gavel connect`: the lines that point a trainer at a reward URL."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from urllib.parse import urlsplit

import typer

from reward_server.cli import exits

if TYPE_CHECKING:
    from reward_server.connect.target import Target
    from reward_server.connect.trainer import Trainer

DEFAULT_URL = "http://127.0.0.1:8900"
_PATH = "/v1/rewards"


def connect(
    trainer: Annotated[
        str,
        typer.Argument(
            help="trl, verl, openrlhf, slime, nemo-gym, prime-rl, ms-swift, skyrl, axolotl or unsloth."
        ),
    ],
    url: Annotated[str, typer.Option(envvar="GAVEL_URL", help="Where `gavel serve` answers.")] = DEFAULT_URL,
    reward: Annotated[
        str | None,
        typer.Option(envvar="GAVEL_REWARD", help="Reward function; not needed where there is one."),
    ] = None,
    batch_size: Annotated[int, typer.Option(min=1, help="The trainer's batch size.")] = 256,
    group_size: Annotated[
        int, typer.Option(min=1, envvar="GAVEL_GROUP_SIZE", help="Rollouts for each prompt.")
    ] = 8,
    components: Annotated[
        bool, typer.Option("--components", help="Each component as a reward of its own (GDPO).")
    ] = False,
    sample: Annotated[
        Path | None, typer.Option(help="Score the first rollout of this JSONL file instead of a made-up one.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="Write the file that the trainer loads.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Overwrite OUT.")] = False,
) -> None:
    """Write the lines that point a trainer at this URL, and check that the URL is alive.

    Prints them for a server that cannot be reached as well, and ends with 1 then.
    """
    from dataclasses import replace

    from reward_server.connect.directory import find
    from reward_server.connect.target import Target

    found = find(trainer)
    target = Target(_root(url), reward, batch_size, group_size, components, out=str(out) if out else None)
    _check_out(found, out, force)
    looked = _look(target, sample)
    _show(found, looked or target)
    if out is not None and found.plugin is not None:
        out.write_text(found.plugin.write(replace(looked or target)), encoding="utf-8")
        typer.echo(f"wrote {out}")
    raise typer.Exit(exits.OK if looked else exits.RUNTIME)


def _look(target: "Target", sample: Path | None) -> "Target | None":
    """Ask the server; the target as it is then known, None where it is not alive."""
    from dataclasses import replace

    from reward_server.connect import sample as samples
    from reward_server.connect.server import NoAnswer, Server, printable

    rollout = samples.read(sample) if sample else None
    server = Server(target.url, _token())
    try:
        description = server.describe(target.reward)
        typer.echo(f"{target.url} is alive\n  {printable(description.equation)}")
        result = server.score(samples.request(description, rollout))
    except NoAnswer as problem:
        typer.echo(f"error: {problem}\n", err=True)
        return None
    typer.echo(f"  {'the first rollout' if sample else 'a sample'}: {samples.told(result)}")
    if sample is None and result.get("reward") is None:
        typer.echo("  --sample FILE tries one of your own rollouts")
    typer.echo()
    return replace(target, reward=description.name, description=description)


def _show(trainer: "Trainer", target: "Target") -> None:
    from reward_server.connect.report import lines, warnings

    for line in lines(trainer, target):
        typer.echo(line)
    if _token() and trainer.sends_token:
        typer.echo("The token goes by GAVEL_TOKEN in the trainer's environment, and into no file.")
    for problem, hint in warnings(trainer, target, _token()):
        typer.echo(f"warning: {problem}\nhint: {hint}", err=True)


def _token() -> str | None:
    from reward_server.secrets import secret

    return secret("GAVEL_TOKEN")


def _check_out(trainer: "Trainer", out: Path | None, force: bool) -> None:
    from rubrics.problems import ConfigError

    if out is None:
        return
    if trainer.plugin is None:
        raise ConfigError(f"{trainer.title} needs no file", hint="leave --out away")
    if out.exists() and not force:
        raise ConfigError(f"{out} would be overwritten", hint="choose another file, or say --force")


def _root(url: str) -> str:
    parts = urlsplit(url.strip())
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username or parts.query:
        raise typer.BadParameter("expected http://host:port", param_hint="--url")
    path = parts.path.rstrip("/").removesuffix(_PATH)
    return f"{parts.scheme}://{parts.netloc}{path}"
