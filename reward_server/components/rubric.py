"""R_rub: a rubric's criteria, judged by an LLM, by code and by human labels, as one value."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from pydantic import PrivateAttr

from judges.prompt import PROMPT_VERSION
from reward_server.reward.component import Bounds, Component
from rubrics import arithmetic
from rubrics.document import VALUE
from rubrics.outcome import Outcome
from rubrics.problems import ConfigError
from rubrics.rollout import Group, Json
from rubrics.rubric import PromptLayout
from rubrics.rubric import Rubric as RubricFile
from rubrics.rubric_file import build_rubric, layout_problems

if TYPE_CHECKING:
    from reward_server.reward.surroundings import NamedJudge, Surroundings


class Rubric(Component):
    """The rubric reward of the moderation recipe (arXiv 2512.20061, section 4.4).

    Code checks, human labels and closed gates decide before any judge call. A criterion the judge could not
    decide leaves the rollout unscored, unless the rubric's `min_coverage` says otherwise.
    """

    rubric: str
    """A `rubric/v1` file, relative to the reward file."""
    judge: str = "default"
    """Which of the file's `judges` is asked. Not needed by a rubric without `ask` criteria."""

    _rubric: RubricFile | None = PrivateAttr(None)
    _judge: "NamedJudge | None" = PrivateAttr(None)

    @property
    def bounds(self) -> Bounds:  # type: ignore[override]
        return arithmetic.bounds(self.opened)

    @property
    def questions(self) -> int:  # type: ignore[override]
        return sum(criterion.ask is not None for criterion in self.opened.criteria)

    @property
    def opened(self) -> RubricFile:
        """The rubric behind the file name."""
        assert self._rubric is not None, "bind() opens the rubric"
        return self._rubric

    @property
    def layout(self) -> PromptLayout:
        """Where the judge reads a criterion, unless the rubric says."""
        return "criterion_last" if self._judge is None else self._judge.options.layout

    def bind(self, surroundings: "Surroundings") -> Component:
        document = surroundings.open(self.rubric, "rubric", VALUE)
        rubric = build_rubric(document)
        problems = layout_problems(rubric, document, surroundings.layout)
        if problems:
            raise ConfigError(problems)
        asks = any(criterion.ask is not None for criterion in rubric.criteria)
        bound = self.model_copy()
        bound._rubric = rubric  # noqa: SLF001 - a copy of self
        bound._judge = surroundings.judge(self.judge) if asks else None  # noqa: SLF001
        return bound

    def identity(self) -> Json:
        judge = None if self._judge is None else self._judge.options
        asked = judge and [
            f"{type(judge).__module__}:{type(judge).__qualname__}",
            judge.identity(),
            PROMPT_VERSION,
        ]
        return {"rubric": self.opened.digest, "judge": asked}

    async def __call__(self, group: Group) -> Sequence[Outcome]:
        from judges.grade import grade_group  # for scoring: `gavel check` starts without

        judge = None if self._judge is None else self._judge.judge
        return await grade_group(self.opened, group, judge)
