"""PromQL, as far as our dashboard uses it: a strict reader that names metrics and labels.

    expression  comparison and arithmetic of the operands, with `on (labels) group_left`
    operand     number | (expression) | function(expression, ...) | sum by (labels) (expression) | selector
    selector    metric{label="value", ...}[range]

Anything else is a SyntaxError: a misspelt function would pass for a metric otherwise.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

AGGREGATIONS = frozenset({"sum", "max", "min", "avg", "count"})
FUNCTIONS = frozenset({"rate", "increase", "histogram_quantile", "time", "clamp_max"})
OPERATORS = frozenset({"+", "-", "*", "/", ">", "<", ">=", "<=", "=="})

_TOKEN = re.compile(
    r"""\s*(?:(?P<name>[a-zA-Z_:][\w:]*)|(?P<number>\d+(?:\.\d+)?)|(?P<text>"[^"\\]*")|(?P<range>\[[^\]]+\])"""
    r"""|(?P<sign>=~|!~|!=|>=|<=|==|[-+*/<>={}(),]))"""
)


@dataclass(frozen=True)
class Selector:
    """One metric with the labels that it is selected by."""

    metric: str
    labels: tuple[str, ...]
    within: tuple[str, ...]
    """The functions around it, the innermost last."""


@dataclass
class Found:
    """What an expression names."""

    selectors: list[Selector] = field(default_factory=list)
    grouped: list[tuple[tuple[str, ...], tuple[Selector, ...]]] = field(default_factory=list)
    """The labels of each `by`, with what it groups."""

    @property
    def metrics(self) -> set[str]:
        return {selector.metric for selector in self.selectors}


def read(expression: str) -> Found:
    """Read an expression. Raises SyntaxError."""
    reader = _Reader(expression)
    reader.expression(())
    reader.end()
    return reader.found


class _Reader:
    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens = _tokens(text)
        self._at = 0
        self.found = Found()

    def expression(self, within: tuple[str, ...]) -> None:
        self._operand(within)
        while self._peek() in OPERATORS:
            self._next()
            if self._take("on"):
                self._labels()
                self._take("group_left")
            self._operand(within)

    def end(self) -> None:
        if self._peek() is not None:
            raise self._wrong()

    def _operand(self, within: tuple[str, ...]) -> None:
        token = self._next()
        if token == "(":
            self.expression(within)
            self._want(")")
        elif token in AGGREGATIONS:
            self._aggregation(within, token)
        elif self._peek() == "(":
            self._function(within, token)
        elif re.fullmatch(r"[a-zA-Z_:][\w:]*", token):
            self._selector(within, token)
        elif not re.fullmatch(r"\d+(\.\d+)?", token):
            raise self._wrong()

    def _aggregation(self, within: tuple[str, ...], name: str) -> None:
        labels = self._labels() if self._take("by") else ()
        before = len(self.found.selectors)
        self._want("(")
        self.expression((*within, name))
        self._want(")")
        self.found.grouped.append((labels, tuple(self.found.selectors[before:])))

    def _function(self, within: tuple[str, ...], name: str) -> None:
        if name not in FUNCTIONS:
            raise SyntaxError(f"no function {name!r} in {self._text!r}")
        self._want("(")
        while self._peek() != ")":
            self.expression((*within, name))
            if not self._take(","):
                break
        self._want(")")

    def _selector(self, within: tuple[str, ...], metric: str) -> None:
        labels = []
        if self._take("{"):
            while self._peek() != "}":
                labels.append(self._next())
                if self._next() not in {"=", "=~", "!=", "!~"} or not self._next().startswith('"'):
                    raise self._wrong()
                if not self._take(","):
                    break
            self._want("}")
        ranged = (self._peek() or "").startswith("[")
        if ranged:
            self._next()
        if ranged != (within[-1:] in {("rate",), ("increase",)}):
            raise SyntaxError(f"{metric} has a range without `rate`, or `rate` has none, in {self._text!r}")
        self.found.selectors.append(Selector(metric, tuple(labels), within))

    def _labels(self) -> tuple[str, ...]:
        self._want("(")
        labels = [self._next()]
        while self._take(","):
            labels.append(self._next())
        self._want(")")
        return tuple(labels)

    def _peek(self) -> str | None:
        return self._tokens[self._at] if self._at < len(self._tokens) else None

    def _next(self) -> str:
        token = self._peek()
        if token is None:
            raise self._wrong()
        self._at += 1
        return token

    def _take(self, token: str) -> bool:
        taken = self._peek() == token
        self._at += taken
        return taken

    def _want(self, token: str) -> None:
        if not self._take(token):
            raise self._wrong()

    def _wrong(self) -> SyntaxError:
        return SyntaxError(
            f"unexpected {self._peek() or 'end'!r} after {self._tokens[: self._at]} in {self._text!r}"
        )


def _tokens(text: str) -> Sequence[str]:
    found, at = [], 0
    text = text.rstrip()
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            raise SyntaxError(f"no token at {text[at:]!r}")
        found.append(match[match.lastgroup or 0])
        at = match.end()
    return found
