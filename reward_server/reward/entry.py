"""An entry of a reward file, `{use, ...options}`, as the class it names and as a bound component."""

from collections.abc import Mapping, Sequence
from typing import TypeVar

from reward_server.reward.component import Component
from reward_server.reward.surroundings import Surroundings
from rubrics.binding import bind
from rubrics.document import VALUE, Document
from rubrics.options import Options
from rubrics.plugin import PluginError, resolve
from rubrics.problems import ConfigError, Problem, Step
from rubrics.rollout import Json

COMPONENTS = "reward_server.components"
JUDGES = "judges.backends"
CLASSIFIERS = "judges.classifiers.backends"

Bindable = TypeVar("Bindable", bound=Options)


def bound_component(entry: Mapping[str, Json], place: Surroundings) -> Component:
    """The component that `entry`, at `place`, describes, ready to score. Raises ConfigError."""
    options = dict(entry)
    kind = load_class(options.pop("use", None), COMPONENTS, Component, place.document, place.path)
    return bind(kind, place.document, options, place.path, also=["use"]).bind(place)


def load_class(
    use: Json, home: str, base: type[Bindable], document: Document, path: Sequence[Step]
) -> type[Bindable]:
    """Find the class that `use` names. Raises ConfigError at `path`."""
    if not isinstance(use, str):
        message = f"`use` is required in `{path[-1]}`" if use is None else "`use` should be text"
        raise ConfigError([Problem(message=message, document=document, path=path)])
    _refuse_foreign(use, document, (*path, "use", VALUE))
    try:
        return resolve(use, home, base)
    except PluginError as error:
        problem = Problem(message=str(error), document=document, path=(*path, "use", VALUE), hint=error.hint)
        raise ConfigError([problem]) from error


def _refuse_foreign(use: str, document: Document, path: Sequence[Step]) -> None:
    """Raise ConfigError for code that must not be imported. Built-in names hold no code of anybody's."""
    if document.confinement is None or ":" not in use:
        return
    try:
        document.confinement.refuse_code(use)
    except ConfigError as error:
        first = error.problems[0]
        problem = Problem(message=first.message, document=document, path=path, hint=first.hint)
        raise ConfigError([problem]) from None
