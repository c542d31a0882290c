"""The models of a reward file, as commands ask them that put a rubric to the test."""

from collections.abc import Collection, Sequence
from functools import partial

from judges.classifiers.criterion import classify
from judges.grade import Classify
from judges.judge import Judge
from reward_server.components.rubric import Rubric as Component
from reward_server.reward.reward_function import RewardFunction
from rubrics.layout import PLAIN
from rubrics.problems import ConfigError, did_you_mean
from rubrics.rubric import PromptLayout, Rubric

Names = tuple[str, ...]

_NO_FILE = "name the reward file that has it, as in --reward reward.yaml; `gavel init` writes one"


class Bench:
    """The judges and classifiers of a reward file, opened when they are first needed."""

    def __init__(
        self, function: RewardFunction | None, named: Sequence[str] = (), *, cached: bool = True
    ) -> None:
        """`named`: whom to ask; nobody: whom the reward asks about a rubric.

        Not `cached`: everything is asked anew. Raises ConfigError where there is no judge of a name.
        """
        self.layout = PLAIN if function is None else function.layout
        self._function = function
        self._named = tuple(named)
        known = {} if function is None else function.judges
        self._judges = {name: judge if cached else judge.forgetful for name, judge in known.items()}
        for name in named:
            if name not in known:
                raise ConfigError(f"there is no judge `{name}`", hint=self._instead(name, known))

    def names_for(self, rubric: Rubric, *, else_first: bool) -> Names:
        """Who is asked about this rubric; nobody where no statement is.

        The file's only judge is asked about any, `else_first` its first. Raises ConfigError.
        """
        if not any(criterion.ask is not None for criterion in rubric.judged):
            return ()
        names = self._named or self._own(rubric)
        if not names and (not self._judges or (len(self._judges) > 1 and not else_first)):
            raise self._undecided(rubric)
        return names or tuple(self._judges)[:1]

    def judges(self, names: Names) -> list[Judge]:
        """The judges of these names, open. Raises ConfigError."""
        return [self._judges[name].judge for name in names]

    def prompt_layout(self, names: Names) -> PromptLayout:
        """`listed` where one of them reads all criteria in each prompt."""
        layouts = {self._judges[name].options.layout for name in names}
        return "listed" if "listed" in layouts else "criterion_last"

    def classify(self, rubric: Rubric) -> Classify | None:
        """What decides its `classifier` criteria. Raises ConfigError where one is not in the file."""
        known = {} if self._function is None else self._function.classifiers
        wanted = dict.fromkeys(c.classifier.use for c in rubric.criteria if c.classifier is not None)
        for name in wanted:
            if name not in known:
                message = f"{rubric.id} asks a classifier `{name}`, and there is none"
                raise ConfigError(message, hint=self._instead(name, known))
        opened = {name: known[name].classifier for name in wanted}
        return partial(classify, classifiers=opened) if opened else None

    async def aclose(self) -> None:
        """Close what was opened."""
        for judge in self._judges.values():
            await judge.aclose()
        if self._function is not None:
            await self._function.aclose()

    def _own(self, rubric: Rubric) -> Names:
        """Whom the reward itself asks about this rubric."""
        for column in self._function.columns if self._function is not None else ():
            component = column.component
            if isinstance(component, Component) and component.opened.digest == rubric.digest:
                return component.panel
        return ()

    def _undecided(self, rubric: Rubric) -> ConfigError:
        if not self._judges:
            return ConfigError(f"{rubric.id} asks a judge", hint=self._instead("", {}))
        hint = f"say which: --judge {' or --judge '.join(self._judges)}"
        return ConfigError("the reward file does not say who judges this rubric", hint=hint)

    def _instead(self, name: str, known: Collection[str]) -> str:
        if self._function is None:
            return _NO_FILE
        return did_you_mean(name, known) or f"the reward file has: {', '.join(known) or 'none'}"
