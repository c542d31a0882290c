"""A function of the user's, named in a reward file as `module:function` or `path/to/file.py:function`."""

import hashlib
import importlib.util
import inspect
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from rubrics.plugin import PluginError, import_attribute
from rubrics.problems import ConfigError, did_you_mean

if TYPE_CHECKING:
    from types import ModuleType

    from reward_server.reward.surroundings import Surroundings


class UserFunction(msgspec.Struct, frozen=True):
    """A callable with what tells its versions apart."""

    name: str
    call: Callable[..., object]
    digest: str | None
    """SHA-256 of the file named, or the one it is defined in, in hexadecimal; None where there is no file."""

    @property
    def is_async(self) -> bool:
        method = getattr(self.call, "__call__", None)  # noqa: B004 - an object with an async __call__ counts
        return inspect.iscoroutinefunction(self.call) or inspect.iscoroutinefunction(method)


def load_function(named: str, surroundings: "Surroundings") -> UserFunction:
    """The function named by a component's `function` option. Raises ConfigError at that option."""
    if surroundings.document.confinement is not None:
        return _loaded_before(named, surroundings)
    try:
        return _load(named, surroundings.locate)
    except PluginError as error:
        raise surroundings.error(str(error), "function", hint=error.hint) from error


def _loaded_before(named: str, surroundings: "Surroundings") -> UserFunction:
    try:
        found = surroundings.code(named)
    except ConfigError as error:
        first = error.problems[0]
        raise surroundings.error(first.message, "function", hint=first.hint) from None
    assert isinstance(found, UserFunction)
    return found


def _load(named: str, locate: Callable[[str], Path]) -> UserFunction:
    module, _, name = named.rpartition(":")
    if not module or not name.isidentifier():
        hint = "write package.module:function, or path/to/file.py:function"
        raise PluginError(f"`{named}` names no function", hint)
    path = locate(module) if module.endswith(".py") else None
    found = import_attribute(module, name) if path is None else _from_file(path, name)
    if not callable(found):
        raise PluginError(f"`{named}` is of type {type(found).__name__}, not a function")
    return UserFunction(name, found, _digest(path or _defined_in(found)))


def _from_file(path: Path, name: str) -> object:
    module = _execute(path)
    try:
        return getattr(module, name)
    except AttributeError as error:
        functions = [known for known, value in vars(module).items() if inspect.isfunction(value)]
        raise PluginError(f"{path} has no `{name}`", did_you_mean(name, functions)) from error


def _execute(path: Path) -> "ModuleType":
    if not path.is_file():
        raise PluginError(f"there is no file {path}", "paths are relative to the reward file")
    unique = hashlib.sha256(str(path.resolve()).encode()).hexdigest()[:12]
    spec = importlib.util.spec_from_file_location(f"{path.stem}_{unique}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses and pickle look their module up there
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        del sys.modules[spec.name]
        raise PluginError(f"{path} cannot be imported: {type(error).__name__}: {error}") from error
    return module


def _defined_in(function: Callable[..., object]) -> Path | None:
    try:
        file = inspect.getsourcefile(inspect.unwrap(function))
    except TypeError:  # compiled, or an instance of a class
        return None
    return Path(file) if file else None


def _digest(path: Path | None) -> str | None:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest() if path else None
    except OSError:
        return None
