"""An edit as HTML: the editor with what is wrong beside each line, and the list of all that is wrong.

Needs no script. The elements with an id are those that a script exchanges for newer ones.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from reward_server.dashboard.parts.text import legible
from reward_server.dashboard.playing.checking import Checked, Finding
from reward_server.report.markup import Markup, element, visible

_LONG = 400
_ROOM = 1
"""Empty lines below the text."""


def editor(file: str, text: str, checked: Checked) -> Markup:
    """Numbers of lines, the text, and what is to be said of each line."""
    lines = text.count("\n") + 1 + _ROOM
    area = element(
        "textarea",
        f"\n{text}",  # HTML takes the first line end away, here and of a `pre`
        id="text",
        name="text",
        rows=lines,
        wrap="off",
        spellcheck="false",
        autocomplete="off",
        autocapitalize="off",
        aria_label=visible(file),
        aria_describedby="findings",
    )
    said = _by_line(file, checked.findings)
    return element("div", gutter(lines, said), area, beside(lines, said), class_="editor")


def margins(file: str, text: str, checked: Checked) -> tuple[Markup, Markup]:
    """What stands left and right of the text."""
    lines, said = text.count("\n") + 1 + _ROOM, _by_line(file, checked.findings)
    return gutter(lines, said), beside(lines, said)


def gutter(lines: int, said: Mapping[int, Sequence[Finding]]) -> Markup:
    """The numbers of the lines, marked where something is wrong."""
    numbers = [
        element("span", str(line), class_=_severity(said[line])) if line in said else str(line)
        for line in range(1, lines + 1)
    ]
    return element("pre", "\n", *_with_ends(numbers), id="gutter", aria_hidden="true")


def beside(lines: int, said: Mapping[int, Sequence[Finding]]) -> Markup:
    """A short message beside each line where something is wrong."""
    notes = [
        element("span", _short(said[line]), class_=_severity(said[line])) if line in said else ""
        for line in range(1, lines + 1)
    ]
    return element("pre", "\n", *_with_ends(notes), id="beside", aria_hidden="true")


def findings(file: str, checked: Checked) -> Markup:
    """All that is wrong, each with its place; or what the reward computes."""
    return element("div", *_findings(file, checked), id="findings", aria_live="polite")


def _findings(file: str, checked: Checked) -> Iterator[Markup]:
    if checked.equation is not None:
        version = element("small", f" {(checked.version or '')[:19]}")
        yield element("p", element("code", visible(checked.equation, most=_LONG)), version)
    count = len(checked.findings)
    if not count:
        yield element("p", "Nothing is wrong with it.", class_="small")
        return
    told = [_finding(file, each) for each in checked.findings]
    yield element("ul", *told, class_="findings")


def _finding(file: str, found: Finding) -> Markup:
    code = [] if found.code is None else [element("small", f" [{visible(found.code)}]")]
    parts = [
        _place(file, found),
        element("span", f" {found.severity}: ", class_=found.severity),
        legible(found.message[:_LONG]),
        *code,
    ]
    if found.excerpt:
        parts.append(element("pre", legible("\n".join(found.excerpt))))
    if found.hint:
        parts.append(element("p", legible(found.hint[:_LONG]), class_="hint"))
    parts += [
        element("p", f"included from {visible(place)}", class_="small") for place in found.included_from
    ]
    return element("li", *parts)


def _place(file: str, found: Finding) -> Markup:
    """Where it is; a button that takes the cursor there, where that is in the edited file."""
    if found.file is None:
        return element("span")
    place = f"{visible(found.file)}:{found.line}:{found.column}"
    if found.file != file:
        return element("span", place, class_="place")
    return element(
        "button", place, type="button", class_="place", data_line=found.line, data_column=found.column
    )


def _by_line(file: str, all_of_them: Sequence[Finding]) -> Mapping[int, Sequence[Finding]]:
    found: dict[int, list[Finding]] = defaultdict(list)
    for each in all_of_them:
        if each.file == file:
            found[each.line].append(each)
    return dict(found)


def _short(said: Sequence[Finding]) -> str:
    more = f" (and {len(said) - 1} more)" if len(said) > 1 else ""
    return visible(said[0].message, most=160) + more


def _severity(said: Sequence[Finding]) -> str:
    return "error" if any(each.severity == "error" for each in said) else "warning"


def _with_ends(lines: Sequence[str]) -> Iterator[str]:
    for line in lines:
        yield line
        yield "\n"
