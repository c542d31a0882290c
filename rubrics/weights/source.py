"""A weight table as a configuration names it: a file, or the counts written out."""

from collections.abc import Mapping
from typing import Annotated, TypeVar

from pydantic import Discriminator, Tag

Inline = TypeVar("Inline")


def _kind(value: object) -> str:
    return "counts" if isinstance(value, Mapping) else "file"


TableSource = Annotated[
    Annotated[str, Tag("file")] | Annotated[Inline, Tag("counts")],
    Discriminator(_kind),
]
