"""The formula of a `multi` grader: a tiny language of its own, read by hand. Nothing is evaluated as Python.

sum      = product (("+" | "-") product)*
product  = signed (("*" | "/") signed)*
signed   = ("+" | "-") signed | power
power    = atom ("^" signed)?
atom     = number | name | function "(" sum ("," sum)* ")" | "(" sum ")"
"""

import math
import re
from collections.abc import Callable, Mapping, Sequence
from operator import add, mul, sub, truediv

LONGEST = 2_000
"""Characters."""
MOST_SYMBOLS = 200
DEEPEST = 32
"""Brackets inside brackets. Together with the number of symbols this bounds the recursion."""

Term = Callable[[Mapping[str, float]], float]
Operation = Callable[..., float]

FUNCTIONS: Mapping[str, tuple[Operation, int | None]] = {
    "min": (min, None),
    "max": (max, None),
    "abs": (abs, 1),
    "floor": (math.floor, 1),
    "ceil": (math.ceil, 1),
    "exp": (math.exp, 1),
    "sqrt": (math.sqrt, 1),
    "log": (math.log, 1),
}
"""Each function with the number of its arguments; None for at least one."""

_SYMBOL = re.compile(
    r"\s*(?:(\d+(?:\.\d*)?(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?)|([^\W\d]\w*)|([-+*/^(),]))"
)
_SUMS: Mapping[str, Operation] = {"+": add, "-": sub}
_PRODUCTS: Mapping[str, Operation] = {"*": mul, "/": truediv}
_END = ""


class FormulaError(ValueError):
    """A formula that cannot be read, or that has no value."""


class Formula:
    """A formula over named scores."""

    def __init__(self, text: str) -> None:
        """Raise FormulaError where the text is no formula."""
        parser = _Parser(text)
        self._term = parser.whole()
        self.names = tuple(parser.names)
        """The scores it is made of, in the order of their first use."""

    def value(self, scores: Mapping[str, float]) -> float:
        """Compute it. Raises FormulaError where there is no finite value, as for 1 / 0."""
        try:
            value = float(self._term(scores))
        except (ArithmeticError, ValueError) as error:
            raise FormulaError(f"the formula has no value: {error}") from None
        if not math.isfinite(value):
            raise FormulaError("the formula has no finite value")
        return value


class _Parser:
    """Recursive descent, one method for each rule."""

    def __init__(self, text: str) -> None:
        self._symbols = _symbols_of(text)
        self._at = 0
        self._depth = 0
        self.names: dict[str, None] = {}

    def whole(self) -> Term:
        term = self._sum()
        if self._next != _END:
            raise FormulaError(f"`{self._next}` is not expected at character {self._place}")
        return term

    @property
    def _next(self) -> str:
        return self._symbols[self._at][0]

    @property
    def _place(self) -> int:
        return self._symbols[self._at][1]

    def _take(self) -> str:
        symbol = self._next
        self._at += 1
        return symbol

    def _expect(self, symbol: str) -> None:
        if self._next != symbol:
            found = f"`{self._next}`" if self._next else "its end"
            raise FormulaError(f"expected `{symbol}` and found {found} at character {self._place}")
        self._at += 1

    def _sum(self) -> Term:
        term = self._product()
        while self._next in _SUMS:
            term = _applied(_SUMS[self._take()], (term, self._product()))
        return term

    def _product(self) -> Term:
        term = self._signed()
        while self._next in _PRODUCTS:
            term = _applied(_PRODUCTS[self._take()], (term, self._signed()))
        return term

    def _signed(self) -> Term:
        if self._next not in _SUMS:
            return self._power()
        sign = -1.0 if self._take() == "-" else 1.0
        return _applied(mul, (_constant(sign), self._signed()))

    def _power(self) -> Term:
        base = self._atom()
        if self._next != "^":
            return base
        self._at += 1
        return _applied(math.pow, (base, self._signed()))

    def _atom(self) -> Term:
        symbol, place = self._symbols[self._at]
        if symbol == "(":
            self._at += 1
            return self._bracketed()[0]
        if symbol[:1].isdecimal() or symbol[:1] == ".":
            return _constant(float(self._take()))
        if not symbol.isidentifier():
            found = f"`{symbol}`" if symbol else "the end"
            raise FormulaError(f"expected a number or a name and found {found} at character {place}")
        self._at += 1
        return self._call(symbol, place) if self._next == "(" else self._named(symbol)

    def _named(self, name: str) -> Term:
        self.names[name] = None
        return lambda scores: scores[name]

    def _call(self, name: str, place: int) -> Term:
        if name not in FUNCTIONS:
            raise FormulaError(f"there is no function `{name[:40]}` (character {place}); {_known()}")
        function, wanted = FUNCTIONS[name]
        self._at += 1
        arguments = self._bracketed(several=True)
        if wanted is not None and len(arguments) != wanted:
            raise FormulaError(f"`{name}` takes {wanted} value, not {len(arguments)} (character {place})")
        return _applied(_extreme(function) if wanted is None else function, arguments)

    def _bracketed(self, *, several: bool = False) -> Sequence[Term]:
        """What stands before the closing bracket."""
        self._depth += 1
        if self._depth > DEEPEST:
            raise FormulaError(f"more than {DEEPEST} brackets inside brackets at character {self._place}")
        terms = [self._sum()]
        while several and self._next == ",":
            self._at += 1
            terms.append(self._sum())
        self._expect(")")
        self._depth -= 1
        return terms


def _symbols_of(text: str) -> Sequence[tuple[str, int]]:
    """Every symbol with the place, from 1, at which it stands; the last one is the end."""
    if len(text) > LONGEST:
        raise FormulaError(f"longer than {LONGEST:,} characters")
    symbols: list[tuple[str, int]] = []
    end, size = 0, len(text.rstrip())
    while end < size:
        found = _SYMBOL.match(text, end)
        if found is None:
            raise FormulaError(f"{text[end:].lstrip()[:1]!a} is not expected near character {end + 1}")
        symbol = next(group for group in found.groups() if group is not None)
        end = found.end()
        symbols.append((symbol, end - len(symbol) + 1))
    if len(symbols) > MOST_SYMBOLS:
        raise FormulaError(f"more than {MOST_SYMBOLS} numbers, names and signs")
    return [*symbols, (_END, size + 1)]


def _constant(value: float) -> Term:
    return lambda _: value


def _applied(operation: Operation, terms: Sequence[Term]) -> Term:
    return lambda scores: operation(*(term(scores) for term in terms))


def _extreme(function: Operation) -> Operation:
    def extreme(*values: float) -> float:
        if any(map(math.isnan, values)):  # they would pass over it, and a number come out
            raise ValueError("`min` and `max` of what is no number")
        return float(function(values))

    return extreme


def _known() -> str:
    return f"there are {', '.join(FUNCTIONS)}"
