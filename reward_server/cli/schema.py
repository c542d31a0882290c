"""`gavel schema`: JSON Schemas, so that editors complete and check the YAML files."""

from enum import StrEnum
from typing import Annotated

import typer


class Kind(StrEnum):
    """The file formats."""

    REWARD = "reward"
    RUBRIC = "rubric"
    WEIGHTS = "weights"
    GOLDENS = "goldens"


def schema(kind: Annotated[Kind, typer.Argument(help="Which file format.")]) -> None:
    """Print the JSON Schema of a file format.

    Save it, and head your YAML with `# yaml-language-server: $schema=reward.schema.json`.
    """
    typer.echo(as_text(kind.value), nl=False)


def as_text(kind: str) -> str:
    """The schema of a file format as JSON."""
    import json

    from reward_server.check.json_schema import schema_of

    return json.dumps(schema_of(kind), indent=2) + "\n"
