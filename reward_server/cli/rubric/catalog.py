"""`gavel rubric catalog`: the rubrics that come with Gavel."""

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from rubrics.rubric import Rubric


def catalog(
    name: Annotated[str | None, typer.Argument(help="Print this rubric's YAML.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """List the rubrics of the catalog, or print one of them.

    A rubric builds on one with `extends: catalog:NAME`, or takes one criterion over with
    `use: catalog:NAME#ID`.
    """
    from rubrics.resolution.catalog import catalog_names

    if name is not None:
        _print_one(name, as_json)
    elif as_json:
        typer.echo(json.dumps([_row(known, _rubric(known)) for known in catalog_names()], indent=2))
    else:
        _print_list(catalog_names())


def _print_one(name: str, as_json: bool) -> None:
    from rubrics.resolution.catalog import open_catalog

    text = open_catalog(name).text
    if as_json:
        typer.echo(json.dumps({**_row(name, _rubric(name)), "yaml": text}, indent=2))
    else:
        typer.echo(text, nl=False)


def _print_list(names: Sequence[str]) -> None:
    width = max(map(len, names), default=0)
    for name in names:
        description = " ".join(_rubric(name).description.split())
        typer.echo(f"{name:<{width}}  {description}".rstrip())


def _rubric(name: str) -> "Rubric":
    from rubrics.resolution.catalog import open_catalog
    from rubrics.rubric_file import build_rubric

    return build_rubric(open_catalog(name))


def _row(name: str, rubric: "Rubric") -> dict[str, object]:
    return {
        "name": name,
        "version": rubric.version,
        "description": rubric.description,
        "digest": rubric.digest,
        "criteria": [criterion.id for criterion in rubric.criteria],
    }
