"""What is wrong with a file a user wrote: what was found, where, and what to do."""

from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from typing import Literal, Protocol

import msgspec

from rubrics.excerpt import Mark

Step = str | int
"""One step of a path into a document: an object key or a list index."""

MOST_SHOWN = 50
"""Problems that one ConfigError writes out."""
_LONGEST_WORD = 80


class Source(Protocol):
    """A file in which a place can be pointed at: a `rubrics.document.Document`."""

    @property
    def name(self) -> str: ...

    @property
    def included_from(self) -> Sequence[str]: ...

    def origin(self, path: Sequence[Step]) -> tuple["Source", Sequence[Step]]: ...

    def mark(self, path: Sequence[Step]) -> Mark: ...

    def excerpt(self, path: Sequence[Step]) -> list[str]: ...


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """One finding, with its position in a document where it has one."""

    message: str
    document: Source | None = None
    path: Sequence[Step] = ()
    hint: str | None = None
    code: str | None = None
    severity: Literal["error", "warning"] = "error"

    def render(self) -> str:
        """`file:line:column: error: message`, the source line with a caret, what to do, who included it."""
        lines = [f"{self._place()}{self.severity}: {self.message}" + (f" [{self.code}]" if self.code else "")]
        if self.document is not None:
            lines += self.document.excerpt(self.path)
        if self.hint:
            lines.append(f"  = {self.hint}")
        if self.document is not None:
            included_from = self.document.origin(self.path)[0].included_from
            lines += [f"  = included from {place}" for place in included_from]
        return "\n".join(lines)

    @property
    def file(self) -> str | None:
        """The file that the place is in; None without a document."""
        return None if self.document is None else self.document.origin(self.path)[0].name

    @property
    def position(self) -> tuple[int, int]:
        """Line and column, from 1; (0, 0) without a document."""
        if self.document is None:
            return 0, 0
        mark = self.document.mark(self.path)
        return mark.line, mark.column

    def _place(self) -> str:
        if self.document is None:
            return ""
        line, column = self.position
        return f"{self.file}:{line}:{column}: "


class ConfigError(Exception):
    """A file or option the user has to mend. Holds every problem found, in file order; exit code 2."""

    def __init__(self, problems: Iterable[Problem] | str, *, hint: str | None = None) -> None:
        if isinstance(problems, str):
            problems = [Problem(message=problems, hint=hint)]
        self.problems = in_file_order(problems)
        super().__init__(_written_out(self.problems))


def in_file_order(problems: Iterable[Problem]) -> list[Problem]:
    """The problems without repetitions: file by file as the files first appear, then by position."""
    distinct = list({(p.file, p.position, p.message): p for p in problems}.values())
    files = list(dict.fromkeys(p.file for p in distinct))
    return sorted(distinct, key=lambda p: (files.index(p.file), p.position))


def _written_out(problems: Sequence[Problem]) -> str:
    texts = [problem.render() for problem in problems[:MOST_SHOWN]]
    if len(problems) > MOST_SHOWN:
        texts.append(f"... and {len(problems) - MOST_SHOWN:,} more")
    return "\n\n".join(texts)


def did_you_mean(word: str, known: Iterable[str]) -> str | None:
    """A hint naming the closest known word, or all of them when none is close."""
    known = sorted(known)
    return closest(word, known) or (f"known here: {', '.join(known)}" if known else None)


def closest(word: str, known: Iterable[str]) -> str | None:
    """A hint naming the closest known word; None when none is close."""
    by_folded = {_folded(name): name for name in sorted(known, reverse=True)}
    close = get_close_matches(_folded(word[:_LONGEST_WORD]), by_folded, n=1, cutoff=0.6)
    return f"did you mean `{by_folded[close[0]]}`?" if close else None


def _folded(word: str) -> str:
    """A word without what is most often got wrong: case, and `-` for `_`."""
    return word.casefold().replace("-", "_")


def dotted(path: Sequence[Step]) -> str:
    """A path as people write it: `components.length.full[0]`."""
    text = ""
    for step in path:
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else step
    return text
