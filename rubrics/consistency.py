"""What keys of a rubric say against each other. Each finding is a place in the file, and what to do there."""

from collections.abc import Iterator

from rubrics.document import VALUE
from rubrics.holistic import HOLISTIC
from rubrics.problems import Step, did_you_mean
from rubrics.rubric import Rubric

Finding = tuple[tuple[Step, ...], str, str | None]
"""Where, what, and what to do."""


def inconsistencies(rubric: Rubric) -> Iterator[Finding]:
    """All of them."""
    yield from _unknown_inputs(rubric)
    yield from _nothing_of_the_completion(rubric)
    yield from _abstentions_without_a_rule(rubric)
    yield from _gates_beside_their_range(rubric)
    if rubric.holistic is not None:
        yield from _not_holistic(rubric)


def _unknown_inputs(rubric: Rubric) -> Iterator[Finding]:
    for index, criterion in enumerate(rubric.criteria):
        for key in ("premise", "claim"):
            name = getattr(criterion.classifier, key, None)
            if name is not None and name not in rubric.inputs:
                path = ("criteria", index, "classifier", key, VALUE)
                yield path, f"there is no input `{name}`", did_you_mean(name, rubric.inputs)


def _nothing_of_the_completion(rubric: Rubric) -> Iterator[Finding]:
    """Whoever reads the same for every completion of a prompt cannot tell them apart."""
    seen = {name for name, source in rubric.inputs.items() if source.of_completion}
    hint = "add an input `{from: completion}`"
    if not seen and any(criterion.ask is not None for criterion in rubric.criteria):
        yield ("inputs", VALUE), "the judge would see nothing of the completion", hint
    for index, criterion in enumerate(rubric.criteria):
        read = () if criterion.classifier is None else criterion.classifier.reads
        if read and all(name in rubric.inputs for name in read) and not seen.intersection(read):
            path = ("criteria", index, "classifier", "claim", VALUE)
            yield path, "the classifier would see nothing of the completion", hint


def _abstentions_without_a_rule(rubric: Rubric) -> Iterator[Finding]:
    if rubric.aggregate.abstain != "skip":
        return
    for index, criterion in enumerate(rubric.criteria):
        if criterion.gate is not None and criterion.ask is not None:
            message = "where the judge cannot tell, `aggregate.abstain: skip` would leave this gate open"
            hint = "say `abstain: worst` to close it, or `unscored`"
            yield ("criteria", index, "gate"), message, hint


def _gates_beside_their_range(rubric: Rubric) -> Iterator[Finding]:
    if rubric.aggregate.range is None:
        return
    low, high = rubric.aggregate.range
    for index, criterion in enumerate(rubric.criteria):
        if criterion.gate is not None and not low <= criterion.gate.value <= high:
            key = "else" if criterion.decides else "cap"
            message = f"{criterion.gate.value:g} is outside of `aggregate.range` [{low:g}, {high:g}]"
            yield ("criteria", index, "gate", key, VALUE), message, "a gate's value is the rubric's value"


def _not_holistic(rubric: Rubric) -> Iterator[Finding]:
    if rubric.weights.mode != "authored":
        hint = "remove `weights`: the judge reads the weights as they are written"
        yield ("weights", "mode", VALUE), "a holistic grade has no weights to correct", hint
    for index, criterion in enumerate(rubric.criteria):
        path = ("criteria", index)
        if criterion.id == HOLISTIC:
            yield (*path, "id", VALUE), f"`{HOLISTIC}` is the name of the one grade's verdict", "rename it"
        if criterion.ask is None and criterion.gate is None:
            message = f"a holistic rubric counts one grade by the judge, and not this {criterion.kind}"
            yield (*path, criterion.kind), message, "give it a `gate`, or choose another `aggregate.method`"
        if criterion.ask is not None and criterion.label_path is not None:
            message = "a holistic grade cannot follow each sample's label"
            yield (*path, "expect"), message, "choose another method, or remove `expect`"
    if not any(c.ask is not None and c.gate is None for c in rubric.criteria):
        yield ("aggregate", "method", VALUE), "there is no statement for the one grade", "add an `ask`"
