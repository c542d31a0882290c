"""`score_model`: a judge gives a score in a range."""

import math

from reward_server.dialects.openai_graders.graded import Graded
from reward_server.dialects.openai_graders.graders import ScoreModelGrader
from reward_server.dialects.openai_graders.judge_lookup import Judges
from reward_server.dialects.openai_graders.judge_question import JudgeQuestion
from reward_server.dialects.openai_graders.scale import STEPS, question, scale, score_of
from reward_server.dialects.openai_graders.variables import Variables
from reward_server.wire.status import RequestError
from rubrics.outcome import Unscored


class ScoreModel:
    """The expected score, by the judge's probabilities."""

    def __init__(self, grader: ScoreModelGrader, path: str, judges: Judges) -> None:
        self.low, high = grader.range or (0.0, 1.0)
        if not (self.low < high and math.isfinite(STEPS * (high - self.low))):
            hint = "two numbers, the lower one first"
            raise RequestError("invalid_field", "this range is empty", path=f"{path}.range", hint=hint)
        self._answers = scale(self.low, high)
        self._asked = JudgeQuestion(grader, path, judges, question(self._answers), tuple(self._answers))
        self.model = self._asked.model

    async def grade(self, variables: Variables) -> Graded:
        found = await self._asked.ask(variables)
        if isinstance(found, Unscored):
            return Graded.unscored(found)
        return Graded.scored(score_of(found, self._answers), "the expected score")
