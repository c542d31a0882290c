"""What may be in a snippet, read as its language reads it."""

import ast
import json
import shlex
import subprocess
import tomllib

from reward_server.connect.directory import TRAINERS
from reward_server.connect.target import Description, Target
from reward_server.connect.trainer import Snippet
from rubrics.document import parse

DESCRIPTION = Description(
    name="moderation",
    equation="reward = 0.4 accuracy + 0.6 a-b [accuracy >= 1, else 0]",
    weights={"accuracy": 0.4, "a-b": 0.6, "watched": 0.0},
    questions=3,
)
LIVE = Target("http://gavel:8900", "moderation", 32, 8, description=DESCRIPTION)
BLIND = Target("http://gavel:8900")
"""A server that could not be asked."""


def read(snippet: Snippet) -> None:
    """Raise where the language would not take it."""
    if snippet.language == "python":
        ast.parse(snippet.text)
    elif snippet.language == "yaml":
        parse(snippet.text)
    elif snippet.language == "toml":
        tomllib.loads(snippet.text)
    elif snippet.language == "json":
        json.loads(snippet.text)
    else:
        subprocess.run(["bash", "-n"], input=snippet.text, text=True, check=True, timeout=10)


def snippets(name: str, target: Target, language: str) -> list[str]:
    """The texts of a trainer's snippets in one language."""
    found = TRAINERS[name].snippets(target)
    return [snippet.text for snippet in found if snippet.language == language]


def words(command: str) -> list[str]:
    """A command line as its program gets it."""
    return shlex.split(command.replace("\\\n", " "), comments=True)


def flags(command: str) -> dict[str, str]:
    """`--name value ...` as a mapping; values of a flag are joined by spaces."""
    found: dict[str, list[str]] = {}
    name = ""
    for word in words(command):
        if word.startswith("--"):
            name = word
            found[name] = []
        elif name:
            found[name].append(word)
    return {flag: " ".join(values) for flag, values in found.items()}


def overrides(command: str) -> dict[str, str]:
    """`key=value` words as a mapping."""
    return dict(word.split("=", 1) for word in words(command) if "=" in word)
