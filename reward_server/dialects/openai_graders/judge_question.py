"""What a model grader asks its judge: its own messages, then the answers on offer."""

from collections.abc import Sequence

from judges.request import Prompt
from reward_server.dialects.openai_graders.graders import LabelModelGrader, ScoreModelGrader
from reward_server.dialects.openai_graders.judge_lookup import Judges, find_judge, model_of
from reward_server.dialects.openai_graders.model_prompt import ModelPrompt
from reward_server.dialects.openai_graders.variables import Variables
from rubrics.outcome import Unscored
from rubrics.verdict import Reading


class JudgeQuestion:
    """One grader's question, for any sample. Raises RequestError where the grader is a mistake."""

    def __init__(
        self,
        grader: ScoreModelGrader | LabelModelGrader,
        path: str,
        judges: Judges,
        question: str,
        answers: Sequence[str],
    ) -> None:
        self._question = question
        self._answers = tuple(answers)
        self._prompt = ModelPrompt(grader.input, f"{path}.input")
        self._judge = find_judge(grader.model, judges, f"{path}.model")
        self._name = grader.name
        self.model = model_of(self._judge) or grader.model

    async def ask(self, variables: Variables) -> Reading | Unscored:
        """The judge's probabilities over the answers."""
        prompt = Prompt(self._prompt.write(variables), self._question)
        return await self._judge.judge.ask(prompt, self._answers, self._name)
