"""`${VAR}` and `${VAR:-default}` in configuration values; `$${` stands for `${`.

As for every secret, `VAR_FILE` may name a file that holds the value instead.
"""

import re
from collections.abc import Iterable, Iterator, Mapping

from reward_server.secrets import secret
from rubrics.document import VALUE, Document
from rubrics.problems import ConfigError, Problem, Step
from rubrics.rollout import Json

_VARIABLE = re.compile(r"\$\$\{|\$\{(?:([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\})?")


def filled(entry: Mapping[str, Json], document: Document, path: tuple[Step, ...]) -> dict[str, Json]:
    """The mapping at `path` with every variable in its texts filled in. Raises ConfigError with positions."""
    problems: list[Problem] = []
    values = {key: _filled(value, document, (*path, key), problems) for key, value in entry.items()}
    if problems:
        raise ConfigError(problems)
    return values


def _filled(value: Json, document: Document, path: tuple[Step, ...], problems: list[Problem]) -> Json:
    if isinstance(value, dict):
        return {key: _filled(member, document, (*path, key), problems) for key, member in value.items()}
    if isinstance(value, list):
        return [_filled(item, document, (*path, index), problems) for index, item in enumerate(value)]
    if not isinstance(value, str):
        return value
    for message, hint in _mistakes(_VARIABLE.finditer(value)):
        problems.append(Problem(message=message, document=document, path=(*path, VALUE), hint=hint))
    return value if problems else _VARIABLE.sub(lambda match: _value(match) or "", value)


def _mistakes(found: Iterable[re.Match[str]]) -> Iterator[tuple[str, str | None]]:
    for match in found:
        name = match[1]
        if match[0] == "${":
            yield "`${` does not start a variable", "write ${NAME} or ${NAME:-default}; $${ stands for ${"
            continue
        try:
            value = _value(match)
        except ConfigError as error:
            yield str(error.problems[0].message), None
            continue
        if value is None:
            hint = f"set {name} or {name}_FILE, or give a default: ${{{name}:-...}}"
            yield f"the environment variable {name} is not set", hint


def _value(match: re.Match[str]) -> str | None:
    """What a variable stands for; None where it is not set. Raises ConfigError."""
    name, default = match.groups()
    return "${" if name is None else secret(name) or default
