"""The documentation of option models and structs: the docstring below each field, read from the source."""

import ast
import inspect
from collections.abc import Iterable, Iterator
from textwrap import dedent
from typing import TypeVar

from pydantic import BaseModel

Model = TypeVar("Model", bound=type[BaseModel])


def field_docs(model: type) -> dict[str, str]:
    """Field name -> documentation, fields of base classes included; empty where there is no source."""
    docs: dict[str, str] = {}
    for kind in reversed(model.__mro__):
        if kind is not BaseModel:
            docs |= dict(_own_docs(kind))
    return docs


def _own_docs(model: type) -> Iterator[tuple[str, str]]:
    try:
        tree = ast.parse(dedent(inspect.getsource(model)))
    except (OSError, TypeError):
        return
    body = tree.body[0]
    assert isinstance(body, ast.ClassDef)
    for field, text in zip(body.body, body.body[1:], strict=False):
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name) and _is_text(text):
            assert isinstance(text, ast.Expr)
            assert isinstance(text.value, ast.Constant)
            yield field.target.id, inspect.cleandoc(str(text.value.value))


def _is_text(node: ast.stmt) -> bool:
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    )


def document_fields(base: type[BaseModel]) -> None:
    """Put its documentation into each field of `base` and of its subclasses, for their JSON Schemas."""
    for model in _family(base):
        docs = field_docs(model)
        for name, field in model.model_fields.items():
            field.description = field.description or docs.get(name)
        model.model_rebuild(force=True)


def _family(base: type[BaseModel]) -> Iterable[type[BaseModel]]:
    for model in base.__subclasses__():
        yield from _family(model)
        yield model
