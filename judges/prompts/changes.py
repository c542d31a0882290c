"""Which statements reach a judge in other words than before, told from the very prompts. Pure."""

import hashlib

import msgspec

from judges.prompts.framing import Framing
from judges.prompts.rendering import follow_ups, prompt_of
from judges.prompts.sheets import Sheet, is_on_a_sheet, units
from rubrics.rubric import PromptLayout, Rubric


def prompt_digests(rubric: Rubric, layout: PromptLayout = "criterion_last") -> dict[str, str]:
    """SHA-256 (hex) of what a judge is shown for each statement, by criterion.

    Of a holistic rubric, for its gates and its one question.
    Each input's text is the path it is read from, so that another source is another prompt. `layout` is the
    judge's, for a rubric that names none. Statements that are asked together have one digest.
    """
    frame = Framing(rubric, layout).frame({name: source.source for name, source in rubric.inputs.items()})
    stated = [criterion for criterion in rubric.judged if criterion.ask is not None]
    found = {}
    gates, rest = ([c for c in stated if c.decides is first] for first in (True, False))
    for unit in (*units(rubric, gates), *units(rubric, rest)):
        shown = [*prompt_of(rubric, frame, unit).messages, *_then(rubric, unit)]
        digest = hashlib.sha256(msgspec.json.encode(shown)).hexdigest()
        found.update({criterion.id: digest for criterion in unit})
    return {criterion.id: found[criterion.id] for criterion in stated}


def _then(rubric: Rubric, unit: Sheet) -> list[dict[str, str]]:
    """What is said after the first question."""
    if is_on_a_sheet(rubric, unit[0]):
        return []
    return [message for each in follow_ups(rubric, unit[0]) for message in each.messages]


def whole_digest(rubric: Rubric, layout: PromptLayout = "criterion_last") -> str:
    """SHA-256 (hex) of all that a judge is shown; not of ids, weights and the order of the statements."""
    digests = sorted(prompt_digests(rubric, layout).values())
    return hashlib.sha256(msgspec.json.encode(digests)).hexdigest()
