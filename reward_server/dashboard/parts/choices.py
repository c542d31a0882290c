"""Which run a page is about: a form that needs no script."""

from collections.abc import Iterable, Sequence

import msgspec

from reward_server.report.markup import Markup, element, visible
from reward_server.store.reading import Run


class Choice(msgspec.Struct, frozen=True):
    """One run on offer."""

    number: int
    name: str
    """Of the run, and of its reward function."""
    rollouts: int
    steps: int


def choices(runs: Iterable[Run]) -> list[Choice]:
    """The runs of a store, on offer."""
    return [Choice(run.id, f"{run.name} / {run.reward}", run.rollouts, run.steps) for run in runs]


def chooser(offered: Sequence[Choice], chosen: int, **kept: str) -> Markup:
    """A form with the runs; `kept` are other parameters of the URL that stay as they are."""
    options = [
        element(
            "option", _words(each), value=str(each.number), selected="" if each.number == chosen else None
        )
        for each in offered
    ]
    hidden = [element("input", type="hidden", name=name, value=value) for name, value in kept.items()]
    select = element("select", *options, name="run", aria_label="run", data_submit="")
    return element("form", *hidden, select, element("button", "show", type="submit"), class_="chooser")


def _words(choice: Choice) -> str:
    steps = "1 step" if choice.steps == 1 else f"{choice.steps:,} steps"
    return f"{visible(choice.name)} ({choice.rollouts:,} rollouts, {steps})"
