"""R_rub: a rubric's criteria, judged by an LLM, by code and by human labels, as one value."""

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Annotated

from pydantic import AfterValidator, Field, PrivateAttr

from judges.prompts.framing import PROMPT_VERSION
from judges.prompts.sheets import most_questions
from reward_server.reward.component import Bounds, Component
from rubrics import arithmetic
from rubrics.criteria.classifier import ClassifierCriterion
from rubrics.document import VALUE, Document
from rubrics.outcome import Outcome, Unscored
from rubrics.problems import ConfigError
from rubrics.resolution.reference import CATALOG
from rubrics.resolution.resolver import resolve
from rubrics.rollout import Group, Json
from rubrics.rubric import PromptLayout
from rubrics.rubric import Rubric as RubricFile
from rubrics.rubric_file import build_rubric, layout_problems, load_document
from rubrics.stamp import RubricStamp
from rubrics.verdict import Reading

if TYPE_CHECKING:
    from judges.backend import JudgeOptions
    from judges.classifiers.options import ClassifierOptions
    from judges.grade import Grader, Known
    from reward_server.reward.surroundings import NamedClassifier, NamedJudge, Surroundings


def _different(judge: str | list[str]) -> str | list[str]:
    if isinstance(judge, list) and len(set(judge)) != len(judge):
        raise ValueError("a panel has each judge once; `judge.samples` of the rubric asks one several times")
    return judge


class Rubric(Component):
    """The rubric reward of the moderation recipe (arXiv 2512.20061, section 4.4).

    Code checks, human labels and closed gates decide before any judge call. A criterion the judge could not
    decide leaves the rollout unscored, unless the rubric's `min_coverage` says otherwise.
    """

    rubric: str
    """A `rubric/v1` file, relative to the reward file; or `catalog:NAME`."""
    judge: Annotated[str | Annotated[list[str], Field(min_length=1)], AfterValidator(_different)] = "default"
    """Which of the file's `judges` is asked; of a panel, a list. Not needed by a rubric without `ask`
    criteria."""

    _rubric: RubricFile | None = PrivateAttr(None)
    _judges: "tuple[NamedJudge, ...]" = PrivateAttr(())
    _classifiers: "Mapping[str, NamedClassifier]" = PrivateAttr(default_factory=dict)

    @property
    def bounds(self) -> Bounds:  # type: ignore[override]
        return arithmetic.bounds(self.opened)

    @property
    def stamp(self) -> RubricStamp:  # type: ignore[override]
        return self.opened.stamp

    @property
    def criteria(self) -> Sequence[str]:  # type: ignore[override]
        return [criterion.id for criterion in self.opened.criteria]

    @property
    def questions(self) -> int:  # type: ignore[override]
        return most_questions(self.opened) * len(self.panel)

    @property
    def opened(self) -> RubricFile:
        """The rubric behind the file name."""
        assert self._rubric is not None, "bind() opens the rubric"
        return self._rubric

    @property
    def panel(self) -> tuple[str, ...]:
        """The names of the judges that are asked."""
        return (self.judge,) if isinstance(self.judge, str) else tuple(self.judge)

    @property
    def layout(self) -> PromptLayout:
        """Where the judge, of a panel the first, reads a criterion, unless the rubric says."""
        return self._judges[0].options.layout if self._judges else "criterion_last"

    def bind(self, surroundings: "Surroundings") -> Component:
        document = resolve(self._document(surroundings))
        rubric = build_rubric(document)
        problems = layout_problems(rubric, document, surroundings.layout)
        if problems:
            raise ConfigError(problems)
        self._refuse_too_few_votes(rubric, surroundings)
        asks = any(criterion.ask is not None for criterion in rubric.criteria)
        named = sorted({c.classifier.use for c in rubric.criteria if c.classifier is not None})
        bound = self.model_copy()
        bound._rubric = rubric  # noqa: SLF001 - a copy of self
        bound._judges = tuple(map(surroundings.judge, self.panel)) if asks else ()  # noqa: SLF001
        bound._classifiers = {name: surroundings.classifier(name, "rubric") for name in named}  # noqa: SLF001
        return bound

    def asking(self, judges: "Mapping[str, NamedJudge]") -> "Rubric":
        """The same component with other judges in the place of those of the same names."""
        copied = self.model_copy()
        if self._judges:
            copied._judges = tuple(judges[name] for name in self.panel)  # noqa: SLF001 - a copy of self
        return copied

    def _refuse_too_few_votes(self, rubric: RubricFile, surroundings: "Surroundings") -> None:
        """Raise ConfigError where a statement can never have as many votes as the rubric needs."""
        needed = rubric.judge.min_votes or 0
        asked = [criterion for criterion in rubric.judged if criterion.ask is not None]
        for criterion in asked:
            votes = rubric.samples_of(criterion) * len(self.panel)
            if votes < needed:
                message = (
                    f"`{criterion.id}` gets {votes} votes, and `judge.min_votes` of the rubric is {needed}"
                )
                raise surroundings.error(message, "judge", hint="name more judges, or take more samples")

    def _document(self, surroundings: "Surroundings") -> Document:
        if not self.rubric.startswith(CATALOG):
            return surroundings.open(self.rubric, "rubric", VALUE)
        try:
            return load_document(self.rubric)
        except ConfigError as error:
            found = error.problems[0]
            raise surroundings.error(found.message, "rubric", hint=found.hint) from None

    def identity(self) -> Json:
        asked = [_identity(judge) for judge in self._judges]
        judge: Json = asked if len(asked) > 1 else next(iter(asked), None)
        identity: dict[str, Json] = {"rubric": self.opened.digest, "judge": judge}
        if self._classifiers:
            named = self._classifiers.items()
            identity["classifiers"] = {name: _kind_and_options(found.options) for name, found in named}
        return identity

    async def __call__(self, group: Group) -> Sequence[Outcome]:
        return await self.graded(group)

    async def graded(self, group: Group, known: "Known | None" = None) -> Sequence[Outcome]:
        """Score a group; what `known` has a verdict on is not asked."""
        return await self.grader.grade_group(group, known)

    @cached_property
    def grader(self) -> "Grader":
        """The rubric and its judges, open. Raises ConfigError."""
        from judges.grade import Grader  # for scoring: `gavel check` starts without

        return Grader(self.opened, [named.judge for named in self._judges], self._classify)

    async def _classify(self, criterion: ClassifierCriterion, texts: Mapping[str, str]) -> Reading | Unscored:
        from judges.classifiers.criterion import classify

        opened = {name: named.classifier for name, named in self._classifiers.items()}
        return await classify(criterion, texts, opened)


def _identity(judge: "NamedJudge") -> Json:
    return [*_kind_and_options(judge.options), PROMPT_VERSION]


def _kind_and_options(options: "JudgeOptions | ClassifierOptions") -> list[Json]:
    return [f"{type(options).__module__}:{type(options).__qualname__}", options.identity()]
