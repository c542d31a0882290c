"""Which statements reach a judge in other words than before, told from the very prompts. Pure."""

import hashlib

import msgspec

from judges.prompt import Framing
from rubrics.rubric import PromptLayout, Rubric


def prompt_digests(rubric: Rubric, layout: PromptLayout = "criterion_last") -> dict[str, str]:
    """SHA-256 (hex) of what a judge is shown for each statement, by criterion.

    Each input's text is the path it is read from, so that another source is another prompt. `layout` is the
    judge's, for a rubric that names none.
    """
    frame = Framing(rubric, layout).frame({name: source.source for name, source in rubric.inputs.items()})
    return {
        criterion.id: hashlib.sha256(msgspec.json.encode(frame.ask(criterion).messages)).hexdigest()
        for criterion in rubric.criteria
        if criterion.ask is not None
    }


def whole_digest(rubric: Rubric, layout: PromptLayout = "criterion_last") -> str:
    """SHA-256 (hex) of all that a judge is shown; not of ids, weights and the order of the statements."""
    digests = sorted(prompt_digests(rubric, layout).values())
    return hashlib.sha256(msgspec.json.encode(digests)).hexdigest()
