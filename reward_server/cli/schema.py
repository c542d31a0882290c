"""`gavel schema`: JSON Schemas, so that editors complete and check the YAML files."""

from enum import StrEnum
from typing import Annotated

import typer


class Kind(StrEnum):
    """The file formats."""

    REWARD = "reward"
    RUBRIC = "rubric"
    WEIGHTS = "weights"


def schema(kind: Annotated[Kind, typer.Argument(help="Which file format.")]) -> None:
    """Print the JSON Schema of a file format.

    Save it, and head your YAML with `# yaml-language-server: $schema=reward.schema.json`.
    """
    import json

    from reward_server.check.json_schema import schema_of

    typer.echo(json.dumps(schema_of(kind.value), indent=2))
