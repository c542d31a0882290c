"""The class that `use:` names: a built-in by its short name, anyone's by `package.module:Class`.

There is no registry. A built-in `label_match` is the class `LabelMatch` of the module `label_match` in
its home package; naming any other class in a file is all it takes to use it.
"""

import importlib
import importlib.util
import inspect
import pkgutil
from typing import TypeVar

from rubrics.problems import closest, did_you_mean

Base = TypeVar("Base")


class PluginError(ValueError):
    """`use:` names nothing that can be used; the message says why, `hint` what to do."""

    def __init__(self, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.hint = hint


def camel(name: str) -> str:
    """`label_match` as a class name: `LabelMatch`."""
    return "".join(word.capitalize() for word in name.split("_"))


def built_in(home: str, base: type) -> list[str]:
    """The short names that can be used: modules of `home` that hold their class."""
    modules = pkgutil.iter_modules(importlib.import_module(home).__path__)
    return [module.name for module in modules if _built_in(module.name, home, base) is not None]


def _built_in(name: str, home: str, base: type[Base]) -> type[Base] | None:
    module = f"{home}.{name}"
    if not name.isidentifier() or importlib.util.find_spec(module) is None:
        return None
    found = getattr(importlib.import_module(module), camel(name), None)
    usable = isinstance(found, type) and issubclass(found, base) and not inspect.isabstract(found)
    return found if usable else None


def resolve(use: str, home: str, base: type[Base]) -> type[Base]:
    """Find the subclass of `base` that `use` names. Raises PluginError."""
    module, colon, name = use.partition(":")
    found = import_attribute(module, name) if colon else _built_in(use, home, base)
    if found is None:
        raise PluginError(f"there is no built-in `{use}`", did_you_mean(use, built_in(home, base)))
    if not (isinstance(found, type) and issubclass(found, base)):
        raise PluginError(f"`{use}` is not a subclass of {base.__module__}.{base.__qualname__}")
    if inspect.isabstract(found):
        missing = ", ".join(sorted(vars(found)["__abstractmethods__"]))
        raise PluginError(f"`{use}` does not define {missing}")
    return found


def import_attribute(module: str, name: str) -> object:
    """Take `name` out of `module`. Raises PluginError with the reason it cannot be had."""
    imported = _import(module)
    if not hasattr(imported, name):
        raise PluginError(f"`{module}` has no `{name}`", closest(name, _public(imported)))
    return getattr(imported, name)


def _import(module: str) -> object:
    try:
        return importlib.import_module(module)
    except ImportError as error:
        hint = "is it installed, or on PYTHONPATH, where gavel runs?"
        raise PluginError(f"cannot import `{module}`: {error}", hint) from error
    except Exception as error:  # the module is its author's code and may raise anything
        raise PluginError(f"importing `{module}` raised {type(error).__name__}: {error}") from error


def _public(module: object) -> list[str]:
    return [name for name in vars(module) if not name.startswith("_")]
