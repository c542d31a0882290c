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


def filled(
    entry: Mapping[str, Json], document: Document, path: tuple[Step, ...]
) -> tuple[dict[str, Json], list[Problem]]:
    """Fill in the variables in the texts of the mapping at `path`; one that has no value stays as written."""
    filling = _Filling(document)
    return filling.mapping(entry, path), filling.problems


class _Filling:
    def __init__(self, document: Document) -> None:
        self._document = document
        self.problems: list[Problem] = []

    def mapping(self, members: Mapping[str, Json], path: tuple[Step, ...]) -> dict[str, Json]:
        return {key: self._value(member, (*path, key)) for key, member in members.items()}

    def _value(self, value: Json, path: tuple[Step, ...]) -> Json:
        if isinstance(value, dict):
            return self.mapping(value, path)
        if isinstance(value, list):
            return [self._value(item, (*path, index)) for index, item in enumerate(value)]
        return self._text(value, (*path, VALUE)) if isinstance(value, str) else value

    def _text(self, text: str, path: tuple[Step, ...]) -> str:
        mistakes = list(_mistakes(_VARIABLE.finditer(text)))
        for message, hint in mistakes:
            self.problems.append(Problem(message=message, document=self._document, path=path, hint=hint))
        return text if mistakes else _VARIABLE.sub(lambda match: _value(match) or "", text)


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
