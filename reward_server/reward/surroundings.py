"""What a component finds around it when it is bound: files beside the reward file, judges, the layout."""

from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from judges.backend import JudgeOptions
from judges.cache.options import CacheOptions
from judges.classifiers.options import ClassifierOptions
from rubrics.document import VALUE, Document
from rubrics.layout import Layout
from rubrics.problems import ConfigError, Problem, Step, did_you_mean

if TYPE_CHECKING:
    from judges.classifiers.classifier import Classifier
    from judges.judge import Judge
    from judges.observer import Observer


class NamedJudge(msgspec.Struct, frozen=True, dict=True):
    """A judge of the reward file. Opened at its first use, so that checking a file needs no HTTP client."""

    options: JudgeOptions
    observer: "Observer | None" = None
    name: str = ""
    """Its name in the reward file."""

    @cached_property
    def judge(self) -> "Judge":
        """The judge, open. Raises ConfigError."""
        from judges.judge import Judge

        return Judge.of(self.options, self.observer, self.name)

    @property
    def forgetful(self) -> "NamedJudge":
        """The same judge without a store for verdicts, so that everything is asked anew."""
        return NamedJudge(
            self.options.model_copy(update={"cache": CacheOptions(store="none")}), self.observer, self.name
        )

    @property
    def is_open(self) -> bool:
        """Whether it has been used."""
        return "judge" in self.__dict__

    async def aclose(self) -> None:
        """Close the judge if it was opened."""
        if self.is_open:
            await self.judge.aclose()


class NamedClassifier(msgspec.Struct, frozen=True, dict=True):
    """A classifier of the reward file. Opened at its first use, as a judge is."""

    options: ClassifierOptions

    @cached_property
    def classifier(self) -> "Classifier":
        """The classifier, open. Raises ConfigError."""
        from judges.classifiers.classifier import opened

        return opened(self.options)

    async def aclose(self) -> None:
        """Close the classifier if it was opened."""
        if "classifier" in self.__dict__:
            await self.classifier.aclose()


class Surroundings(msgspec.Struct, frozen=True):
    """Handed to `Component.bind`. `path` is where the component's own entry stands in `document`."""

    document: Document
    path: tuple[Step, ...]
    layout: Layout
    judges: Mapping[str, NamedJudge | None]
    """None stands for a judge whose entry has mistakes of its own."""
    classifiers: Mapping[str, NamedClassifier | None] = {}
    """The same for classifiers."""
    functions: Mapping[str, object] = {}
    """Functions that are loaded already, by the name that `code` is asked for."""

    def open(self, relative: str, *steps: Step) -> Document:
        """Read the YAML file named, at `steps` of the component's entry, relative to the reward file."""
        try:
            return self.document.open(relative)
        except ConfigError as error:
            raise ConfigError([self._placed(problem, *steps) for problem in error.problems]) from None

    def _placed(self, problem: Problem, *steps: Step) -> Problem:
        if problem.document is not None:
            return problem
        path = (*self.path, *steps, VALUE)
        return msgspec.structs.replace(problem, document=self.document, path=path)

    def locate(self, relative: str) -> Path:
        """Where a file named in the reward file is. Raises ConfigError where it must not be read."""
        return self.document.locate(relative)

    def code(self, named: str) -> object:
        """What a `module:name` of the reward file stands for that was imported before. Raises ConfigError.

        Asked where the file came in a request: nothing is imported for it.
        """
        assert self.document.confinement is not None, "a file of this machine may name anything"
        self.document.confinement.refuse_code(named)
        return self.functions[named]

    def judge(self, name: str) -> NamedJudge:
        """Find the judge of this name. Raises ConfigError, an empty one where its own entry has mistakes."""
        judge = self.judges.get(name)
        if judge is not None:
            return judge
        if name in self.judges:
            raise ConfigError([])
        hint = did_you_mean(name, self.judges) or f"add it: `judges: {{{name}: {{use: openai, ...}}}}`"
        raise self.error(f"there is no judge `{name}`", "judge", hint=hint)

    def classifier(self, name: str, *steps: Step) -> NamedClassifier:
        """Find the classifier that is named at `steps` of the component's entry. Raises as `judge` does."""
        classifier = self.classifiers.get(name)
        if classifier is not None:
            return classifier
        if name in self.classifiers:
            raise ConfigError([])
        entry = f"`classifiers: {{{name}: {{use: transformers, model: ...}}}}`"
        hint = did_you_mean(name, self.classifiers) or f"add it: {entry}"
        raise self.error(f"there is no classifier `{name}`", *steps, hint=hint)

    def inside(self, *steps: Step) -> "Surroundings":
        """The surroundings of an entry nested in this one."""
        return msgspec.structs.replace(self, path=(*self.path, *steps))

    def error(self, message: str, *steps: Step, hint: str | None = None) -> ConfigError:
        """Make a ConfigError at this component's entry, or at the value of one of its keys."""
        path = (*self.path, *steps, VALUE) if steps else self.path
        return ConfigError([Problem(message=message, document=self.document, path=path, hint=hint)])
