"""From a reward file to a reward function. Every mistake in the file is reported at once, with its place."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from judges.backend import JudgeOptions
from judges.classifiers.options import ClassifierOptions
from reward_server.reward.aggregation import normalise
from reward_server.reward.component import Component
from reward_server.reward.entry import CLASSIFIERS, COMPONENTS, JUDGES, Bindable, load_class
from reward_server.reward.environment import filled
from reward_server.reward.gates import cycles, in_gate_order
from reward_server.reward.lending import Lender
from reward_server.reward.reward_file import ColumnOptions, RewardFile
from reward_server.reward.reward_function import Column, RewardFunction, SampleWeights
from reward_server.reward.salvage import without_mistakes
from reward_server.reward.surroundings import NamedClassifier, NamedJudge, Surroundings
from rubrics.binding import bind
from rubrics.document import VALUE, Document, load
from rubrics.kind import refuse_other_kind
from rubrics.layout import Layout
from rubrics.problems import ConfigError, Problem, did_you_mean
from rubrics.rollout import Json
from rubrics.weights.table import load_table

if TYPE_CHECKING:
    from judges.observer import Observer

Made = TypeVar("Made")

Entry = Mapping[str, Json]

Observe = Callable[[str], "Observer"]
"""Judge name -> who is told what that judge does."""


def load_reward(
    source: str | Path | Document, observe: Observe | None = None, lender: Lender | None = None
) -> RewardFunction:
    """Open a reward file, or one already parsed, with everything it names. Raises ConfigError.

    With a `lender` its judges, classifiers and functions are those of the lender.
    """
    return _Loading(source if isinstance(source, Document) else load(source), observe, lender).function()


class _Loading:
    """One reward file on its way. A mistake in one part does not hide those of the others."""

    def __init__(self, document: Document, observe: Observe | None, lender: Lender | None) -> None:
        self._document = document
        self._observe = observe
        self._lender = lender
        self._problems: list[Problem] = []
        self._layout: Layout | None = None
        """None where the file's own is wrong, so that nothing can be held against it."""
        self._judges: dict[str, NamedJudge | None] = {}
        self._classifiers: dict[str, NamedClassifier | None] = {}
        self._options: dict[str, ColumnOptions] = {}

    def function(self) -> RewardFunction:
        """The reward function. Raises ConfigError."""
        source = self._source()
        self._open_models(source)
        columns = self._columns(source)
        sample_weights = self._attempt(partial(_sample_weights, self._document, source))
        if self._problems:
            raise ConfigError(self._problems)
        notices = _normalise(columns)
        return RewardFunction(
            name=source.name,
            layout=source.completion,
            columns=in_gate_order(columns),
            order=list(columns),
            on_unscored=source.on_unscored,
            sample_weights=sample_weights,
            source=source,
            notices=notices,
            judges={name: judge for name, judge in self._judges.items() if judge is not None},
            classifiers={name: each for name, each in self._classifiers.items() if each is not None},
            text=self._document.text,
            file=self._document.directory / Path(self._document.name).name,
        )

    def _open_models(self, source: RewardFile) -> None:
        if self._lender is not None:
            self._problems += self._lender.refusals(self._document)
            self._judges, self._classifiers = dict(self._lender.judges), dict(self._lender.classifiers)
            return
        self._judges = self._named("judges", source.judges, self._judge)
        self._classifiers = self._named("classifiers", source.classifiers, self._classifier)

    def _attempt(self, make: Callable[[], Made]) -> Made | None:
        try:
            return make()
        except ConfigError as error:
            self._problems += error.problems
            return None

    def _source(self) -> RewardFile:
        document = self._document
        refuse_other_kind(document, "reward")
        source = self._attempt(partial(bind, RewardFile, document, document.data))
        if source is not None:
            self._layout = source.completion
            return source
        if not isinstance(document.data, dict):
            raise ConfigError(self._problems)
        data = without_mistakes(document.data, self._problems)
        source = self._attempt(partial(bind, RewardFile, document, data))
        if source is None:
            raise ConfigError(self._problems)
        self._layout = source.completion if document.has(("completion",)) == ("completion" in data) else None
        return source

    def _named(
        self, section: str, entries: Mapping[str, Entry], make: Callable[[str, Entry], Made]
    ) -> dict[str, Made | None]:
        """What a section's entries describe, by name; None where an entry is wrong."""
        written = self._document.value((section,)) if self._document.has((section,)) else None
        made: dict[str, Made | None] = dict.fromkeys(written) if isinstance(written, dict) else {}
        for name, entry in entries.items():
            made[name] = self._attempt(partial(make, name, entry))
        return made

    def _judge(self, name: str, entry: Entry) -> NamedJudge:
        options = self._bound(entry, ("judges", name), JUDGES, JudgeOptions)
        return NamedJudge(options, self._observe and self._observe(name), name)

    def _classifier(self, name: str, entry: Entry) -> NamedClassifier:
        return NamedClassifier(self._bound(entry, ("classifiers", name), CLASSIFIERS, ClassifierOptions))

    def _bound(self, entry: Entry, path: tuple[str, str], home: str, base: type[Bindable]) -> Bindable:
        options, unset = filled(entry, self._document, path)
        kind = load_class(options.pop("use", None), home, base, self._document, path)
        try:
            bound = bind(kind, self._document, options, path, also=["use"])
        except ConfigError as error:
            told = {problem.path for problem in unset}
            raise ConfigError([*unset, *(p for p in error.problems if p.path not in told)]) from None
        if unset:
            raise ConfigError(unset)
        return bound

    def _columns(self, source: RewardFile) -> dict[str, Column]:
        columns: dict[str, Column] = {}
        for name, entry in source.components.items():
            options = self._attempt(partial(self._common, name, entry))
            component = self._attempt(partial(self._component, name, entry))
            if options is not None:
                self._options[name] = options
                if component is not None:
                    columns[name] = Column(name, component, options.weight, options.gate)
        self._problems += self._gate_problems(source)
        self._problems += self._weight_problems(source)
        return columns

    def _common(self, name: str, entry: Mapping[str, Json]) -> ColumnOptions:
        common = {key: value for key, value in entry.items() if key in ColumnOptions.model_fields}
        return bind(ColumnOptions, self._document, common, ("components", name))

    def _component(self, name: str, entry: Mapping[str, Json]) -> Component | None:
        path, use = ("components", name), entry.get("use")
        if not isinstance(use, str):
            return None  # said already
        kind = load_class(use, COMPONENTS, Component, self._document, path)
        own = {key: value for key, value in entry.items() if key not in ColumnOptions.model_fields}
        component = bind(kind, self._document, own, path, also=ColumnOptions.model_fields)
        if self._layout is None:
            return component
        functions = {} if self._lender is None else self._lender.functions
        return component.bind(
            Surroundings(self._document, path, self._layout, self._judges, self._classifiers, functions)
        )

    def _gate_problems(self, source: RewardFile) -> Iterator[Problem]:
        gates = {name: options.gate.on for name, options in self._options.items() if options.gate is not None}
        written = self._document.value(("components",))
        assert isinstance(written, dict)
        for name, on in gates.items():
            if on not in written:
                message = f"the gate is on `{on}`, which is not a component"
                hint = did_you_mean(on, [other for other in source.components if other != name])
                yield self._problem(message, ("components", name, "gate", "on", VALUE), hint)
        for cycle in cycles(gates):
            waiting = " waits for ".join(f"`{name}`" for name in (*cycle, cycle[0]))
            yield self._problem(
                f"this gate can never be decided: {waiting}", ("components", cycle[0], "gate")
            )

    def _weight_problems(self, source: RewardFile) -> Iterator[Problem]:
        known = len(self._options) == len(source.components)
        if known and not any(options.weight for options in self._options.values()):
            yield self._problem("every weight is 0, so there is no reward", ("components",))

    def _problem(self, message: str, path: tuple[str, ...], hint: str | None = None) -> Problem:
        return Problem(message=message, document=self._document, path=path, hint=hint)


def _normalise(columns: dict[str, Column]) -> Sequence[str]:
    """Scale the weights to sum to 1; a notice where they did not."""
    authored = {name: column.weight for name, column in columns.items()}
    total = sum(authored.values())
    if abs(total - 1) < 1e-9:
        return ()
    for name, share in normalise(authored).items():
        columns[name] = columns[name].weighing(share)
    return (f"weights sum to {total:g}, so each is divided by {total:g}",)


def _sample_weights(document: Document, source: RewardFile) -> SampleWeights | None:
    options = source.weighting.inverse_frequency
    if options is None:
        return None
    table = load_table(options.table, document, ("weighting", "inverse_frequency", "table"), "sample_label")
    return SampleWeights(options.apply, options.label or table.label or "ground_truth", table)
