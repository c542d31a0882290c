"""`score_model`: a judge gives a score in a range."""

import math

from judges.request import Prompt
from reward_server.dialects.openai_graders.graded import Graded
from reward_server.dialects.openai_graders.graders import ScoreModelGrader
from reward_server.dialects.openai_graders.judge_lookup import Judges, find_judge, model_of
from reward_server.dialects.openai_graders.model_prompt import ModelPrompt
from reward_server.dialects.openai_graders.scale import question, scale, score_of
from reward_server.dialects.openai_graders.variables import Variables
from reward_server.wire.status import RequestError
from rubrics.outcome import Unscored


class ScoreModel:
    """The expected score, by the judge's probabilities."""

    def __init__(self, grader: ScoreModelGrader, path: str, judges: Judges) -> None:
        self.low, high = grader.range or (0.0, 1.0)
        if not (self.low < high and math.isfinite(high - self.low)):
            hint = "two numbers, the lower one first"
            raise RequestError("invalid_field", "this range is empty", path=f"{path}.range", hint=hint)
        self._answers = scale(self.low, high)
        self._question = question(self._answers)
        self._prompt = ModelPrompt(grader.input, f"{path}.input")
        self._judge = find_judge(grader.model, judges, f"{path}.model")
        self._name = grader.name
        self.model = model_of(self._judge) or grader.model

    async def grade(self, variables: Variables) -> Graded:
        prompt = Prompt(self._prompt.write(variables), self._question)
        found = await self._judge.judge.ask(prompt, tuple(self._answers), self._name)
        if isinstance(found, Unscored):
            return Graded.unscored(found)
        return Graded.scored(score_of(found, self._answers), "the expected score")
