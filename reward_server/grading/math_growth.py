r"""An upper bound on how large the numbers in an expression grow, from its text alone.

A power multiplies the growth of its base by its exponent, a factorial by its argument:
`((9^{99})^{99})^{99}` has growth 99 * 99 * 99. Sums and products do not add to it, so a polynomial is small.
"""

import re
from collections.abc import Sequence
from math import prod

GREATEST = 10_000
"""A number of this many digits is still computed with in milliseconds."""
_GREATEST_FACTORIAL = 999
_OPENING, _CLOSING = frozenset("{(["), frozenset("})]")
_GROWING = frozenset({"^", "!", r"\exp", r"\sinh", r"\cosh", r"\binom", r"\dbinom", r"\tbinom"})
_SYMBOL = re.compile(r"\\[A-Za-z]+|\\.|[0-9]+|\S", re.DOTALL)


class TooLarge(ValueError):
    """The expression grows beyond the bound; the message says by what."""


class _Atom:
    """A number, a letter or what stands in a pair of brackets: its growth, and the product of its numbers."""

    def __init__(self, number: int = 1) -> None:
        self.growth = 1
        self.numbers = number
        self.is_raised = False

    def include(self, part: "_Atom") -> None:
        self.growth = max(self.growth, part.growth)
        self.numbers = min(self.numbers * part.numbers, GREATEST)


def check_growth(expression: str) -> None:
    """Raise TooLarge for power towers, huge exponents and large or nested factorials."""
    symbols: Sequence[str] = _SYMBOL.findall(expression)
    open_, atom, place = [_Atom()], _Atom(), 0
    while place < len(symbols):
        symbol = symbols[place]
        place += 1
        if symbol in _OPENING:
            open_.append(_Atom())
            continue
        if symbol in _CLOSING:
            atom = open_.pop() if len(open_) > 1 else _Atom()
        elif symbol == "^":
            exponent = _exponent(symbols, place)
            place += len(exponent)
            _raise(atom, exponent)
        elif symbol == "!":
            _take_factorial(atom)
        else:
            atom = _Atom(_number(symbol))
        open_[-1].include(atom)


def _raise(base: _Atom, exponent: Sequence[str]) -> None:
    if base.is_raised or not _GROWING.isdisjoint(exponent):
        raise TooLarge("a power of a power")
    base.is_raised = True
    base.growth *= prod(max(2, _number(symbol)) for symbol in exponent if symbol.isdecimal())
    if base.growth > GREATEST:
        raise TooLarge("a number too large to compute with")


def _take_factorial(argument: _Atom) -> None:
    if argument.growth > 1 or argument.numbers > _GREATEST_FACTORIAL:
        raise TooLarge("a large or nested factorial")
    argument.growth = max(2, argument.numbers)


def _exponent(symbols: Sequence[str], start: int) -> Sequence[str]:
    """Symbols of the exponent at `start`: a sign, then a bracket, a command with braces, or a symbol."""
    end = start + 1 if symbols[start : start + 1] in (["-"], ["+"]) else start
    if end < len(symbols) and symbols[end].startswith("\\"):
        end += 1
        while symbols[end : end + 1] == ["{"]:
            end = _after(symbols, end)
        return symbols[start:end]
    return symbols[start : _after(symbols, end)]


def _after(symbols: Sequence[str], start: int) -> int:
    """Where what starts at `start`, a bracket or one symbol, is over."""
    depth = 0
    for place in range(start, len(symbols)):
        depth += (symbols[place] in _OPENING) - (symbols[place] in _CLOSING)
        if depth <= 0:
            return place + 1
    return len(symbols)


def _number(symbol: str) -> int:
    """An integer's value as far as it matters; 1 for any other symbol."""
    return min(int(symbol[:6]), GREATEST + 1) if symbol.isdecimal() else 1
