"""Playground: an edited reward or rubric, what is wrong with it, and what it would change."""

from collections.abc import Iterator, Sequence
from typing import Annotated

import msgspec

from reward_server.dashboard.address import changed
from reward_server.dashboard.page import Page, PageError
from reward_server.dashboard.playing.checking import Checked, check
from reward_server.dashboard.playing.choosing import MOST, USUAL, Choice, Order, Step
from reward_server.dashboard.playing.comparing import Comparison
from reward_server.dashboard.playing.drawing import editor, findings
from reward_server.dashboard.playing.editing import Edit, editable, served, text_of
from reward_server.dashboard.playing.offering import unoffered
from reward_server.dashboard.playing.picking import option, picker
from reward_server.dashboard.playing.table import comparison_table
from reward_server.dashboard.sources import Sources
from reward_server.report.markup import Markup, element, visible

PATH = "/playground"
_ONE_FILE = "One file is tried at a time: the others stay as they are served."


class Query(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the URL says: a file, and the rollouts it is tried on."""

    reward: str | None = None
    file: str | None = None
    """Relative to the reward file; left out, the reward file itself."""
    numbers: str = ""
    run: str | None = None
    step: Step | None = None
    group: str | None = None
    order: Order = "newest"
    count: Annotated[int, msgspec.Meta(ge=1, le=MOST)] = USUAL


_OF_CHOICE = tuple(name for name in Query.__struct_fields__ if name not in ("reward", "file"))


class View(msgspec.Struct, frozen=True, kw_only=True):
    """What the page shows."""

    rewards: Sequence[str]
    reward: str
    files: Sequence[str]
    file: str
    text: str
    """As it is served, or edited."""
    choice: Choice
    unoffered: str | None = None
    """Why no stored rollouts can be chosen."""
    checked: Checked
    comparison: Comparison | None = None
    """None before the edit was tried."""
    trust: bool = False
    problem: str | None = None
    """Why it could not be tried."""


def view(sources: Sources, query: Query) -> View:
    """The file as it is being served."""
    if sources.live is None:
        raise PageError("there is no server behind this report to try anything on")
    functions = sources.live.functions
    function = served(functions, query.reward)
    file, text = text_of(function, query.file)
    fields = msgspec.structs.asdict(query)
    choice = Choice(**{name: fields[name] for name in _OF_CHOICE})
    edit = Edit(reward=function.name, file=file, text=text)
    found = viewed(list(functions), list(editable(function)), edit, check(function, edit).checked, choice)
    return msgspec.structs.replace(found, unoffered=unoffered(sources, function.name, choice))


def viewed(
    rewards: Sequence[str], files: Sequence[str], edit: Edit, checked: Checked, choice: Choice
) -> View:
    """An edit that was checked."""
    return View(
        rewards=rewards,
        reward=edit.reward,
        files=files,
        file=edit.file,
        text=edit.text,
        choice=choice,
        checked=checked,
    )


def body(shown: View, _: Query) -> Iterator[Markup]:
    """Draw it."""
    yield element("h1", "Playground")
    yield element(
        "p",
        "The server keeps nothing of this, no file is written, and training does not see it.",
        class_="small",
    )
    yield _file_chooser(shown)
    yield element(
        "form",
        element("input", type="hidden", name="reward", value=shown.reward),
        element("input", type="hidden", name="file", value=shown.file),
        editor(shown.file, shown.text, shown.checked),
        findings(shown.file, shown.checked),
        _tools(),
        picker(shown.choice, shown.unoffered),
        _run(shown),
        id="playground",
        action=PATH,
        method="post",
        class_="playground",
        novalidate="",
    )
    yield result(shown.comparison, shown.problem)


def result(comparison: Comparison | None, problem: str | None = None) -> Markup:
    """What the edit changes."""
    inside: list[Markup] = []
    if problem is not None:
        inside.append(element("p", visible(problem, most=400), class_="note"))
    if comparison is not None:
        inside += comparison_table(comparison)
    return element("section" if inside else "div", *inside, id="result", aria_live="polite")


def asking(comparison: Comparison | None) -> Markup:
    """The box that allows questions; there is none before it is known how many."""
    count = 0 if comparison is None else comparison.unasked
    box = element("input", type="checkbox", name="ask", value=str(count))
    label = element("label", box, f"ask the judges: at most {count:,} questions")
    return element("span", *([label] if count else []), id="asking")


def _file_chooser(shown: View) -> Markup:
    rewards = [option(name, visible(name), name == shown.reward) for name in shown.rewards]
    parts = [element("label", "reward ", element("select", *rewards, name="reward", data_submit=""))]
    chosen = Query(**{name: getattr(shown.choice, name) for name in _OF_CHOICE})
    links = [
        element(
            "a",
            visible(name),
            href=changed(PATH, chosen, reward=shown.reward, file=name),
            aria_current="page" if name == shown.file else None,
        )
        for name in shown.files
    ]
    return element(
        "div",
        element("form", *parts, element("button", "show", type="submit"), class_="chooser"),
        element("div", *links, class_="files"),
        *([element("p", _ONE_FILE, class_="small")] if len(links) > 1 else []),
        class_="playground-head",
    )


def _tools() -> Markup:
    return element(
        "p",
        element("button", "check", type="submit", name="do", value="check"),
        element("button", type="button", id="restore", class_="warning", hidden=""),
        element("button", "copy the text", type="button", id="copy-text", hidden=""),
        element("button", "download", type="button", id="download", hidden=""),
        class_="tools",
    )


def _run(shown: View) -> Markup:
    box = element("input", type="checkbox", name="trust", value="true", checked="" if shown.trust else None)
    return element(
        "p",
        element("button", "run", type="submit", name="do", value="run", class_="main"),
        asking(shown.comparison),
        *(
            []
            if shown.unoffered
            else [element("label", box, "use verdicts of other versions of this reward, too")]
        ),
        class_="tools",
    )


PAGE = Page("Playground", PATH, Query, view, body)
