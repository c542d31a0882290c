"""What the statements of an included rubric speak of: its inputs have to be there under the same names."""

import json
from collections.abc import Iterator

from rubrics.document import VALUE, Document
from rubrics.inputs import PROMPT_AND_COMPLETION
from rubrics.problems import Problem
from rubrics.resolution.opening import problem_at
from rubrics.resolution.piece import Piece
from rubrics.resolution.taking import Taken
from rubrics.rollout import Json


def missing_inputs(document: Document, taken: Taken, inputs: Json) -> Iterator[Problem]:
    """A problem where criteria were taken over that see texts, of which one is not among `inputs`."""
    if taken.source is None or not any(map(_sees_texts, taken.criteria)):
        return
    there = inputs if isinstance(inputs, dict) else PROMPT_AND_COMPLETION
    needed = _required(taken.source.value(()))
    missing = {name: source for name, source in needed.items() if name not in there}
    if missing:
        names = ", ".join(f"`{name}`" for name in missing)
        message = f"{taken.source.name} speaks of {names}, which is no input here"
        if len(missing) > 1:
            message = f"{taken.source.name} speaks of {names}, which are no inputs here"
        hint = f"add to `inputs`: {', '.join(f'{name}: {_flow(value)}' for name, value in missing.items())}"
        yield problem_at(document, (*taken.path, "use", VALUE), message, hint)


def _sees_texts(criterion: Piece) -> bool:
    return isinstance(criterion.data, dict) and bool(criterion.data.keys() & {"ask", "classifier"})


def _required(rubric: Json) -> dict[str, Json]:
    declared = rubric.get("inputs") if isinstance(rubric, dict) else None
    if not isinstance(declared, dict):
        return {}
    return {name: source for name, source in declared.items() if not _optional(source)}


def _optional(source: Json) -> bool:
    return isinstance(source, dict) and source.get("optional") is True


def _flow(source: Json) -> str:
    """An input as YAML on one line."""
    if not isinstance(source, dict):
        return json.dumps(source)
    return "{" + ", ".join(f"{key}: {_word(value)}" for key, value in source.items()) + "}"


def _word(value: Json) -> str:
    return value if isinstance(value, str) else json.dumps(value)
