"""`multi`: several graders, and a formula over their scores."""

import asyncio
from collections.abc import Mapping

from reward_server.dialects.openai_graders.bound import Bound, graded
from reward_server.dialects.openai_graders.formula import Formula, FormulaError
from reward_server.dialects.openai_graders.graded import Flag, Graded
from reward_server.dialects.openai_graders.variables import Variables
from reward_server.wire.status import RequestError
from rubrics.cause import Cause
from rubrics.outcome import Outcome, Score, Unscored
from rubrics.problems import did_you_mean


class Multi:
    """What the formula makes of the scores. One that it names and that is missing leaves no score."""

    low = 0.0
    model = None

    def __init__(self, formula: str, parts: Mapping[str, Bound], path: str) -> None:
        """Raise RequestError for a formula that cannot be read or names what is not there."""
        self._formula = _read(formula, path)
        self._parts = parts
        for name in self._formula.names:
            if name not in parts:
                hint = did_you_mean(name, parts) or f"there are {', '.join(parts)}"
                raise RequestError(
                    "invalid_field", f"no grader is called {name[:40]!a}", path=path, hint=hint
                )

    async def grade(self, variables: Variables) -> Graded:
        found = await asyncio.gather(*(graded(part, variables) for part in self._parts.values()))
        parts = {name: each.outcome for name, each in zip(self._parts, found, strict=True)}
        flags = frozenset[Flag]().union(*(each.flags for each in found))
        missing = self._missing(parts)
        return Graded(missing, flags, parts) if missing is not None else self._computed(parts, flags)

    def _missing(self, parts: Mapping[str, Outcome]) -> Unscored | None:
        for name in self._formula.names:
            outcome = parts[name]
            if isinstance(outcome, Unscored):
                return Unscored(outcome.cause, f"{name}: {outcome.detail}")
        return None

    def _computed(self, parts: Mapping[str, Outcome], flags: frozenset[Flag]) -> Graded:
        scores = {name: part.value for name, part in parts.items() if isinstance(part, Score)}
        try:
            return Graded(Score(self._formula.value(scores), "the formula's value"), flags, parts)
        except FormulaError as error:
            why = Unscored(Cause.COMPONENT_ERROR, str(error))
            return Graded(why, flags | {"formula_parse_error"}, parts)


def _read(formula: str, path: str) -> Formula:
    try:
        return Formula(formula)
    except FormulaError as error:
        hint = 'a formula is like "0.8 * accuracy + 0.2 * min(style, tone)"'
        raise RequestError("invalid_field", f"this is not a formula: {error}", path=path, hint=hint) from None
