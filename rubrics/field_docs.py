"""The documentation of option models and structs: the docstring below each field, read from the source."""

import ast
import inspect
from collections.abc import Iterator
from textwrap import dedent

from pydantic import BaseModel


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
