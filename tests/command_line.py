"""The `gavel` command line as data: which commands, options and environment variables there are."""

import shlex
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Protocol, cast

import typer

from reward_server.cli import app


class Parameter(Protocol):
    """An argument or option."""

    param_type_name: str
    opts: Sequence[str]
    secondary_opts: Sequence[str]
    envvar: str | None


class Command(Protocol):
    """A command; a group of them also has `commands`."""

    params: Sequence[Parameter]

    def make_context(self, info_name: str, args: list[str]) -> object:
        """Parse arguments without running the command. Raises UsageError."""


def root() -> Command:
    return cast("Command", typer.main.get_command(app))


def commands(command: Command | None = None, name: str = "gavel") -> Iterator[tuple[str, Command]]:
    """Every command that does something, by its whole name: `gavel weights fit`."""
    command = command or root()
    below: Mapping[str, Command] = getattr(command, "commands", {})
    if not below:
        yield name, command
    for word, child in below.items():
        yield from commands(child, f"{name} {word}")


def resolve(words: Sequence[str]) -> tuple[Command, list[str]]:
    """The command that the words after `gavel` name, and the rest of them. Raises KeyError."""
    command, rest = root(), list(words)
    while rest and not rest[0].startswith("-") and hasattr(command, "commands"):
        below: Mapping[str, Command] = command.commands
        command = below[rest.pop(0)]
    return command, rest


def options(command: Command) -> list[str]:
    return [
        flag
        for parameter in command.params
        if parameter.param_type_name == "option"
        for flag in [*parameter.opts, *parameter.secondary_opts]
    ]


def variables(command: Command) -> list[str]:
    """Environment variables that stand in for options."""
    return [parameter.envvar for parameter in command.params if isinstance(parameter.envvar, str)]


def parse(line: str) -> None:
    """Make sure that a shell line `gavel ...` would be understood. Raises KeyError or UsageError."""
    words = shlex.split(line, comments=True)
    words = words[words.index("gavel") + 1 :]
    end = next((number for number, word in enumerate(words) if word in ("&", "|", ">", "&&")), len(words))
    command, rest = resolve(words[:end])
    with suppress(typer.Exit):  # --help
        command.make_context("gavel", rest)
