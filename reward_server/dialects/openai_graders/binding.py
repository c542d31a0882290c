"""From the wire to graders that are ready to run. Every mistake in a grader is found here, with its path."""

from collections.abc import Mapping
from typing import Any, TypeVar

import msgspec

from reward_server.dialects.openai_graders.bound import Bound
from reward_server.dialects.openai_graders.graders import (
    Grader,
    LabelModelGrader,
    Leaf,
    MultiGrader,
    PythonGrader,
    ScoreModelGrader,
    StringCheckGrader,
    TextSimilarityGrader,
)
from reward_server.dialects.openai_graders.judge_lookup import Judges
from reward_server.dialects.openai_graders.label_model import LabelModel
from reward_server.dialects.openai_graders.multi import Multi
from reward_server.dialects.openai_graders.score_model import ScoreModel
from reward_server.dialects.openai_graders.string_check import StringCheck
from reward_server.dialects.openai_graders.text_similarity import TextSimilarity
from reward_server.wire.decoding import decode_as
from reward_server.wire.status import RequestError

MOST_PARTS = 64
"""Graders in a `multi`."""

Wanted = TypeVar("Wanted")


def bind(raw: msgspec.Raw, judges: Judges, path: str = "$.grader") -> tuple[Grader, Bound]:
    """Make a grader ready. Raises RequestError at the path of a mistake."""
    grader: Grader = _decoded(raw, Grader, path)
    if isinstance(grader, MultiGrader):
        parts = _parts(grader, judges, f"{path}.graders")
        return grader, Multi(grader.calculate_output, parts, f"{path}.calculate_output")
    return grader, _bound(grader, judges, path)


def _bound(grader: Leaf, judges: Judges, path: str) -> Bound:
    match grader:
        case StringCheckGrader():
            return StringCheck(grader, path)
        case TextSimilarityGrader():
            return TextSimilarity(grader, path)
        case ScoreModelGrader():
            return ScoreModel(grader, path, judges)
        case LabelModelGrader():
            return LabelModel(grader, path, judges)
        case PythonGrader():
            message = "this server runs no code that a request brings along"
            hint = (
                "put the function beside the reward file as a component, `use: python`, and POST /v1/rewards"
            )
            raise RequestError("invalid_field", message, path=path, hint=hint)


def _parts(multi: MultiGrader, judges: Judges, path: str) -> Mapping[str, Bound]:
    """The graders by name. OpenAI's guide has a mapping, its SDK's types have one grader."""
    members = _decoded(multi.graders, dict[str, msgspec.Raw], path)
    if bytes(members.get("type", b"")).startswith(b'"'):
        alone: Leaf = _decoded(multi.graders, Leaf, path)
        return {alone.name: _bound(alone, judges, path)}
    if not 0 < len(members) <= MOST_PARTS:
        message = f"{len(members)} graders"
        raise RequestError("invalid_field", message, path=path, hint=f"1 to {MOST_PARTS}")
    return {name: _part(name, raw, judges, path) for name, raw in members.items()}


def _part(name: str, raw: msgspec.Raw, judges: Judges, path: str) -> Bound:
    place = f"{path}[{name[:40]!a}]" if not (name.isascii() and name.isidentifier()) else f"{path}.{name}"
    leaf: Leaf = _decoded(raw, Leaf, place)
    return _bound(leaf, judges, place)


def _decoded(raw: msgspec.Raw, kind: Any, path: str) -> Any:
    """Read a part of the request. Raises RequestError with the path in the whole."""
    try:
        return decode_as(bytes(raw), kind)
    except RequestError as error:
        place = path + (error.path or "$")[1:]
        raise RequestError(error.code, error.message, path=place, hint=error.hint) from None
