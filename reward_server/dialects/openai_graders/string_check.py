"""`string_check`: two texts compared."""

from collections.abc import Callable, Mapping

from reward_server.dialects.openai_graders.graded import Graded
from reward_server.dialects.openai_graders.graders import StringCheckGrader
from reward_server.dialects.openai_graders.template import parse
from reward_server.dialects.openai_graders.variables import Variables
from rubrics.cause import Cause
from rubrics.outcome import Unscored

_OPERATIONS: Mapping[str, Callable[[str, str], bool]] = {
    "eq": lambda text, reference: text == reference,
    "ne": lambda text, reference: text != reference,
    "like": lambda text, reference: reference in text,
    "ilike": lambda text, reference: reference.casefold() in text.casefold(),
}
"""`like` looks for the reference in the input; `ilike` does so without regard to case."""


class StringCheck:
    """1 where the comparison holds, else 0."""

    low = 0.0
    model = None

    def __init__(self, grader: StringCheckGrader, path: str) -> None:
        self._operation = grader.operation
        self._input = parse(grader.input, f"{path}.input")
        self._reference = parse(grader.reference, f"{path}.reference")

    async def grade(self, variables: Variables) -> Graded:
        text, reference = self._input.fill(variables.text), self._reference.fill(variables.text)
        if not reference and self._operation in ("like", "ilike"):
            return Graded.unscored(
                Unscored(Cause.MISSING_GROUND_TRUTH, "every text has an empty reference in it")
            )
        holds = _OPERATIONS[self._operation](text, reference)
        return Graded.scored(float(holds), f"`{self._operation}` {'holds' if holds else 'does not hold'}")
