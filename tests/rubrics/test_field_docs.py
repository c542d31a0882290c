import importlib
import pkgutil
from collections.abc import Iterator

import pytest

import judges
import reward_server
import rubrics
from rubrics.field_docs import field_docs
from rubrics.options import Options

OF_EXTRAS = {"redis", "torch", "transformers", "vllm"}
"""Not installed in every environment. No options stand in a module that needs one of them at once."""


class Base(Options):
    """Documented."""

    inherited: int = 1
    """From the base."""


class Derived(Base):
    """Documented, too."""

    own: str = "x"
    """Over two
    lines."""
    bare: str = "y"
    overridden: int = 2
    "A plain string."


def test_docs_are_read_from_below_the_fields() -> None:
    assert field_docs(Derived) == {
        "inherited": "From the base.",
        "own": "Over two\nlines.",
        "overridden": "A plain string.",
    }


def test_a_class_without_source_has_none() -> None:
    made = type("Made", (Options,), {"__annotations__": {"field": int}, "field": 1, "__module__": __name__})
    assert field_docs(made) == {}


def _every_module() -> Iterator[str]:
    for package in (rubrics, judges, reward_server):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if not module.name.endswith("__main__"):
                yield module.name


def _every_model() -> list[type[Options]]:
    for name in _every_module():
        _load(name)
    return [model for model in _below(Options) if not model.__module__.startswith("tests")]


def _load(name: str) -> None:
    try:
        importlib.import_module(name)
    except ModuleNotFoundError as missing:
        if missing.name not in OF_EXTRAS:
            raise


def _below(model: type[Options]) -> Iterator[type[Options]]:
    for derived in model.__subclasses__():
        yield derived
        yield from _below(derived)


@pytest.mark.parametrize(
    "model", _every_model(), ids=lambda model: f"{model.__module__}.{model.__qualname__}"
)
def test_every_option_of_the_project_is_documented(model: type[Options]) -> None:
    docs = field_docs(model)
    assert [name for name in model.model_fields if not docs.get(name)] == []
    assert model.__doc__
