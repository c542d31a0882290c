"""Whether the answer is mathematically equal to the ground truth."""

import asyncio
import importlib.metadata
import importlib.util
import math
from collections.abc import Sequence
from fractions import Fraction
from itertools import starmap
from typing import TYPE_CHECKING, Annotated, NamedTuple

from pydantic import Field

from judges.deadline import remaining
from reward_server.grading.extract import Extract, Extracting, as_text
from reward_server.grading.killable import Crashed, TimedOut, hold, release
from reward_server.grading.math_gate import Refused, admit, value_of
from reward_server.grading.numbers import read
from reward_server.reward.component import RIGHT, WRONG, Component, failed
from rubrics.cause import Cause
from rubrics.completion import Completion
from rubrics.outcome import Outcome, Score, Unscored
from rubrics.rollout import Group, Json, Rollout

if TYPE_CHECKING:
    from reward_server.reward.surroundings import Surroundings

GRADER = "reward_server.grading.math_grader:grader"


class _Case(NamedTuple):
    """A comparison to make for a rollout, of two admitted expressions."""

    truth: str
    answer: str
    settled: Score | None = None
    """What the rollout gets unless the ground truth, compared with itself, turns out to be unreadable: that
    has to be known whatever was answered."""

    def outcome(self, verdict: Outcome) -> Outcome:
        return verdict if self.settled is None or isinstance(verdict, Unscored) else self.settled


_EQUAL = Score(RIGHT, "equal")
_VERDICTS: dict[str, Outcome] = {
    "equal": _EQUAL,
    "different": Score(WRONG, "not equal"),
    "unreadable answer": Score(WRONG, "not an expression"),
    "unreadable truth": Unscored(Cause.INVALID_GROUND_TRUTH, "math-verify cannot read the ground truth"),
}


class MathEqual(Extracting):
    """1 where math-verify finds the extracted expression equal to the ground truth, else 0.

    Only one expression of bounded size and growth is compared; a static gate refuses sentences, hedges and
    power towers unread. The comparison runs in a process that is killed when it takes too long; then the
    rollout is unscored. Needs the extra `math`.
    """

    extract: Extract = "boxed"
    """Where the expression stands. `boxed`: the last `\\boxed{...}` or `\\fbox{...}`; `hashes`: the rest of
    the line after the last `####`; `last_number`: the last number, if it stands by itself; `whole`:
    everything; `{regex: ...}`: the last match; `{field: a.b}`: a value of the JSON answer. What is extracted
    must be an expression and nothing else but its unit."""
    truth: str = "ground_truth"
    """Where the right expression stands: a path such as `metadata.answer`. LaTeX, plain text or a number."""
    timeout: Annotated[float, Field(gt=0, le=60)] = 5.0
    """Seconds one comparison may take before its process is killed. Starting a process does not count."""

    def bind(self, surroundings: "Surroundings") -> Component:
        if importlib.util.find_spec("math_verify") is None:
            message = "`math_equal` needs math-verify, which is not installed here"
            raise surroundings.error(message, "use", hint="pip install 'gavel-rl[math]'")
        return super().bind(surroundings)

    def identity(self) -> Json:
        return {"options": super().identity(), "math-verify": importlib.metadata.version("math-verify")}

    async def __call__(self, group: Group) -> Sequence[Outcome]:
        prepared = [self._prepared(rollout) for rollout in group]
        pairs = list(dict.fromkeys(case[:2] for case in prepared if isinstance(case, _Case)))
        verdicts = dict(zip(pairs, await asyncio.gather(*starmap(self._compared, pairs)), strict=True))
        return [case.outcome(verdicts[case[:2]]) if isinstance(case, _Case) else case for case in prepared]

    async def aclose(self) -> None:
        await release(GRADER, self)

    def _prepared(self, rollout: Rollout) -> Outcome | _Case:
        """The comparison to make, or the outcome where there is none to make."""
        try:
            truth = self._truth(rollout.lookup(self.truth))
            return truth if isinstance(truth, Unscored) else self._case(*truth, rollout.completion)
        except Exception as error:  # noqa: BLE001 - a bug must not take the rollout's siblings along
            return failed(error)

    def _truth(self, value: Json) -> tuple[str, Fraction | None] | Unscored:
        """The ground truth as an admitted expression, and as a number where it is one."""
        if value is None:
            return Unscored(Cause.MISSING_GROUND_TRUTH, f"no {self.truth}")
        text = None if isinstance(value, bool) else as_text(value)
        if text is None:
            return Unscored(Cause.INVALID_GROUND_TRUTH, f"{self.truth} is no expression")
        try:
            return admit(text), None if "=" in text else read(text)
        except Refused as reason:
            return Unscored(Cause.INVALID_GROUND_TRUTH, f"refused by the static gate: {reason}")

    def _case(self, truth: str, number: Fraction | None, completion: Completion) -> Outcome | _Case:
        answer = self._answer(truth, completion)
        if isinstance(answer, str):
            # Two plain numbers that are the same need no algebra.
            same = number is not None and "=" not in answer and number == read(answer)
            return _EQUAL if same else _Case(truth, answer)
        return answer if number is not None else _Case(truth, truth, answer)

    def _answer(self, truth: str, completion: Completion) -> str | Score:
        text = self.taken(completion)
        if text is None:
            return self.nothing(completion)
        try:
            expression = admit(text)
            return expression if "=" in truth else value_of(expression)
        except Refused as reason:
            return Score(WRONG, f"refused by the static gate: {reason}")

    async def _compared(self, truth: str, answer: str) -> Outcome:
        left = remaining()
        try:
            async with asyncio.timeout(left if math.isfinite(left) else None):
                verdict = await hold(GRADER, self).grade(truth, answer, seconds=self.timeout)
        except TimedOut as error:
            return Unscored(Cause.GRADER_TIMEOUT, str(error))
        except Crashed as error:
            return Unscored(Cause.GRADER_CRASHED, str(error))
        except TimeoutError:
            return Unscored(Cause.DEADLINE)
        return _VERDICTS.get(str(verdict)) or Unscored(
            Cause.GRADER_CRASHED, "the grader's reply is no verdict"
        )
