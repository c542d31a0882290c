"""The difference between two rubrics as lines for a terminal; colour repeats what the marks say."""

import json
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from rich.text import Text

from reward_server.cli.shift_lines import lines as shift_lines
from rubrics.diff.words import compare_words

if TYPE_CHECKING:
    from judges.rubric_diff import RubricDiff
    from rubrics.diff.change import Change, Part
    from rubrics.diff.rescoring import Rescoring
    from rubrics.diff.words import Run
    from rubrics.rollout import Json

REMOVED, ADDED, HEAD = "red", "green", "bold"
_SHORT = 12
"""Characters of a digest that are shown."""
_WIDEST = 200
"""Characters of a value that are shown; --json has it whole."""

_VERSION = {
    "raised": "raised",
    "lowered": "lowered",
    "other": "changed, in a way that has no order",
    "same": "the same",
}


def lines(found: "RubricDiff", rescoring: "Rescoring | None", title: str) -> Iterator[Text]:
    """Everything that differs, part by part."""
    yield Text(title, HEAD)
    yield from _heads(found)
    yield from _section("words", [*_stated(found), *_worded(found)])
    yield from _section("what the judge sees", _settings(found, "evidence"))
    yield from _section("how the judge is asked", _settings(found, "asking"))
    yield from _section("code", _settings(found, "code"))
    yield from _section("arithmetic", _settings(found, "arithmetic"))
    yield from _section("nothing that counts", _settings(found, "rest"))
    yield from _section("the judge", _judge(found))
    if rescoring is not None:
        yield from _section("saved results", _rescored(found, rescoring))


def _section(name: str, content: Iterable[Text]) -> Iterator[Text]:
    shown = [Text("  ") + line for line in content]
    if shown:
        yield Text(f"\n{name}", HEAD)
        yield from shown


def _heads(found: "RubricDiff") -> Iterator[Text]:
    before, after = found.before, found.after
    yield Text(f"  version  {_plain(before.version)} -> {_plain(after.version)}: {_VERSION[found.version]}")
    yield Text(f"  digest   {_moved(before.digest, after.digest)}")
    yield Text(f"  prompts  {_moved(before.prompts, after.prompts)}")
    if found.counts and found.version != "raised":
        yield Text("  scores may differ: raise the version, so that people can tell", "yellow")


def _moved(before: str, after: str) -> str:
    return f"{before[:_SHORT]}, the same" if before == after else f"{before[:_SHORT]} -> {after[:_SHORT]}"


def _stated(found: "RubricDiff") -> Iterator[Text]:
    for was, now in found.renamed:
        yield Text(f"= {was} is called {now}")
    for stated in found.removed:
        yield Text(f"- {stated.criterion}: {_plain(stated.text)}", REMOVED)
    for stated in found.added:
        yield Text(f"+ {stated.criterion}: {_plain(stated.text)}", ADDED)
    if found.reordered:
        yield Text("~ the criteria stand in another order")


def _worded(found: "RubricDiff") -> Iterator[Text]:
    for change in found.changes:
        if change.part == "words":
            yield Text(f"~ {_name(change)}:") + _words(_text(change.before), _text(change.after))


def _words(before: str, after: str) -> Text:
    return Text().join([_run(run) for run in compare_words(before, after)])


def _run(run: "Run") -> Text:
    text = run.text.lstrip(" ")
    space = run.text[: len(run.text) - len(text)]
    if run.fate == "kept":
        return Text(space + _plain(text))
    if run.fate == "removed":
        return Text(space) + Text(f"[-{_plain(text)}-]", REMOVED)
    return Text(space) + Text(f"{{+{_plain(text)}+}}", ADDED)


def _settings(found: "RubricDiff", part: "Part") -> list[Text]:
    return [
        Text(f"{_name(change)}: {_shown(change.before)} -> {_shown(change.after)}")
        for change in found.changes
        if change.part == part
    ]


def _name(change: "Change") -> str:
    return _plain(change.key if change.criterion is None else f"{change.criterion}.{change.key}")


def _text(value: "Json") -> str:
    return value if isinstance(value, str) else "" if value is None else _shown(value)


def _shown(value: "Json") -> str:
    text = "nothing" if value is None else _plain(json.dumps(value, ensure_ascii=False))
    return text if len(text) <= _WIDEST else f"{text[:_WIDEST]}..."


def _plain(text: str) -> str:
    """The text on one line, with what would move the cursor made visible."""
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in " ".join(text.split()))


def _judge(found: "RubricDiff") -> Iterator[Text]:
    same, anew = len(found.asked_as_before), found.asked_anew
    if same:
        yield Text(f"{same} of {same + len(anew)} statements reach it as before, byte for byte")
    if anew:
        yield Text(f"asked anew: {', '.join(anew)}")


def _rescored(found: "RubricDiff", rescoring: "Rescoring") -> Iterator[Text]:
    for obstacle in found.obstacles:
        yield Text(f"{obstacle.criterion} needs {_NEEDS[obstacle.need]}: {obstacle.why}")
    judged = rescoring.rollouts - rescoring.not_judged
    yield Text(f"{judged - rescoring.not_told:,} of {judged:,} that were judged tell both scores")
    if rescoring.not_judged:
        yield Text(f"{rescoring.not_judged:,} were not judged: the reward's gate was closed")
    if rescoring.unscored_before or rescoring.unscored_after:
        before, after = rescoring.unscored_before, rescoring.unscored_after
        yield Text(f"unscored: {before:,} before, {after:,} after")
    yield from map(Text, shift_lines(rescoring.shift, "score"))


_NEEDS = {
    "judge": "a judge",
    "rollouts": "the rollouts (`gavel replay`)",
    "levels": "its judge's answers again",
}
