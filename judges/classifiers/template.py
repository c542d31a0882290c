"""One text made of a claim and its premise, for models that were trained on such a text. Pure."""

import re
from collections.abc import Iterator
from typing import Annotated

from pydantic import AfterValidator

from judges.backend_error import BackendError
from judges.classifiers.item import Claim
from rubrics.cause import Cause

_PLACE = re.compile(r"\{(premise|claim)\}")


def _usable(template: str) -> str:
    if "{claim}" not in template:
        raise ValueError("a template needs `{claim}`, the text to classify, and for pairs `{premise}`")
    return template


Template = Annotated[str, AfterValidator(_usable)]
"""Text with `{claim}` and, for pairs, `{premise}`. Other braces stand for themselves."""

Piece = tuple[str, bool]
"""A piece of text, and whether it came from outside and is nothing but text."""


def filled(template: str, claim: Claim) -> list[Piece]:
    """The template with the texts in their places; what stands in them is not looked at again.

    Raises BackendError where the template has another number of texts than the item.
    """
    if ("{premise}" in template) != (claim.premise is not None):
        what = "needs a premise, and there is none" if claim.premise is None else "has no place for a premise"
        raise BackendError(Cause.JUDGE_REJECTED, f"the classifier's template {what}")
    return [piece for piece in _pieces(template, claim) if piece[0]]


def _pieces(template: str, claim: Claim) -> Iterator[Piece]:
    texts = {"claim": claim.text, "premise": claim.premise or ""}
    for number, part in enumerate(_PLACE.split(template)):
        yield (texts[part], True) if number % 2 else (part, False)
