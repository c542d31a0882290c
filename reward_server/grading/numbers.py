r"""Reading numbers as people and models write them, exactly.

`1,234.5`, `1 234`, `3/4`, `\frac{3}{4}`, `1 1/2`, `50 %`, `-2e-3`, `1.5 \times 10^{3}`, `$3.50`, `12 km`,
`3 million`. The value is a fraction, so nothing overflows or rounds.
"""

import re
from fractions import Fraction
from typing import Literal

import msgspec

from reward_server.grading.units import KNOWN, is_unit

LONGEST = 200
"""Characters; a longer text is no number."""
DIGITS = "0123456789０１２３４５６７８９٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹०१२३४५६७८९"  # noqa: RUF001
"""ASCII, full-width, Arabic-Indic, Persian and Devanagari."""


class Notation(msgspec.Struct, frozen=True):
    """How numbers are written."""

    decimal: Literal["point", "comma"] = "point"
    """The mark before the decimals; the other one groups thousands."""
    percent: Literal["keep", "fraction"] = "keep"
    """Whether `50%` is 50 or 1/2."""
    units: frozenset[str] = frozenset()
    """Unit words (casefolded) besides the well-known ones."""


PLAIN = Notation()

_THIN = "\u2009"
_CHARACTERS = str.maketrans(
    dict(zip(DIGITS[10:], "0123456789" * 4, strict=True))
    | dict.fromkeys("\u2212\u2010\u2011\ufe63\uff0d", "-")
    | dict.fromkeys("\u00a0\u202f\u2007", _THIN)
    | dict.fromkeys("\u200b\u2060\ufeff", "")
    | dict.fromkeys("\u00d7\u22c5\u00b7\u2219", "*")
    | {"\u2044": "/", "\u2215": "/", "\uff0b": "+", "\uff05": "%", "\u2019": "'"}
)
_COMMANDS = (
    ("{,}", ","),
    (r"\$", "$"),
    (r"\%", "%"),
    (r"\,", _THIN),
    (r"\;", _THIN),
    (r"\!", ""),
    (r"\ ", " "),
    ("~", " "),
    (r"\times", "*"),
    (r"\cdot", "*"),
    (r"^{\circ}", "°"),
    (r"^\circ", "°"),
    (r"\degree", "°"),
    (r"\dfrac", r"\frac"),
    (r"\tfrac", r"\frac"),
    (r"\boxed", " "),
    (r"\fbox", " "),
)
_WORDS = re.compile(r"\\(?:text|textbf|mathrm|mathbf|mbox)\s*\{([^{}]*)\}")
_MIXED = re.compile(r"(?<=[0-9])\s*(?=\\frac)")
_FRACTION = re.compile(r"\\frac\s*(?:\{([^{}]*)\}\s*\{([^{}]*)\}|([0-9])\s*([0-9])(?![0-9]))")

_DECIMAL = {
    mark: re.compile(
        rf"(?P<whole>[0-9]{{1,3}}(?P<gap>[{group}'_ {_THIN}])[0-9]{{3}}(?:(?P=gap)[0-9]{{3}})*"
        rf"|[0-9]{{1,2}}(?:[{group}][0-9]{{2}})+[{group}][0-9]{{3}}|[0-9]+|(?=[{point}][0-9]))"
        rf"(?:[{point}](?P<decimals>[0-9]*))?"
    )
    for mark, point, group in (("point", ".", ","), ("comma", ",", "."))
}
_GROUPED = rf"[.,]?[0-9][0-9.,'_{_THIN}]*(?:(?<![0-9]{{4}})(?:[ ][0-9]{{3}}(?![0-9]))+(?:[.,][0-9]+)?)?"
NUMBER = re.compile(
    rf"(?=[-+A-Z$€£¥₹₩₽.,0-9])(?P<sign>(?<![\w)\]])[+-]|)(?P<money>(?:\b[A-Z]{{1,2}})?[$€£¥₹₩₽]\s?|)(?P<inner>(?<=[$€£¥₹₩₽])[+-]|)"
    rf"(?:(?P<mixed>[0-9]{{1,9}})[ ](?=[0-9]+\s?/))?"
    rf"(?P<top>{_GROUPED})(?:\s?/\s?(?P<bottom>-?{_GROUPED}))?"
    r"(?:[eE](?P<e>[+-]?[0-9]+)|\s?[*x]\s?10\s?\^\s?(?P<power>[+-]?[0-9]+))?"
    r"(?P<percent>\s?%|\s(?:percent|per\ cent|pct)\b)?"
    r"(?:\s?(?P<scale>hundred|thousand|million|billion|trillion)\b)?",
    re.ASCII,
)
"""A number anywhere in plain text, with its sign, currency, fraction, power, percent sign and scale."""
_SCALES = {"hundred": 2, "thousand": 3, "million": 6, "billion": 9, "trillion": 12}
_LARGEST_POWER = 9_999
_UNIT_POWER = re.compile(r"(?<![A-Za-z\\])(?P<unit>[A-Za-z]+)\s?\^\s?(?P<power>[23])(?![0-9])")
_NAME = re.compile(r"[A-Za-z]\s?=\s?")
_AROUND = ' \t\r\n$*`"()[]\\'
_AFTER = _AROUND + ".,;:"


def read(text: str, notation: Notation = PLAIN) -> Fraction | None:
    """The number that `text` is, with or without a known unit or `x =`; None where it is not just one."""
    if text.isascii() and text.isdecimal() and len(text) <= 18:
        return Fraction(int(text))
    if len(text) > LONGEST:
        return None
    plain = plain_text(text).lstrip(_AROUND).rstrip(_AFTER)
    name = _NAME.match(plain)
    found = NUMBER.match(plain, name.end() if name else 0)
    if found is None or not is_unit(plain[found.end() :], notation.units):
        return None
    return _value(found, notation)


def plain_text(text: str) -> str:
    """Typographic and LaTeX spellings replaced by plain ones."""
    text = text.translate(_CHARACTERS)
    if "\\" in text or "{" in text:
        text = _without_commands(text)
    return _UNIT_POWER.sub(_superscript, text) if "^" in text else text


def _without_commands(text: str) -> str:
    for command, plain in _COMMANDS:
        text = text.replace(command, plain)
    text = _WORDS.sub(r" \1 ", text)
    text = _FRACTION.sub(r"\1\3/\2\4", _MIXED.sub(" ", text))
    return text.replace("{", "").replace("}", "")


def _superscript(found: re.Match[str]) -> str:
    """`cm^2` as `cm²`, so that the 2 is not taken for a number; `x^2` as it is."""
    is_power = found["unit"].casefold() in KNOWN
    return found["unit"] + "²³"[int(found["power"]) - 2] if is_power else found[0]


def _value(found: re.Match[str], notation: Notation) -> Fraction | None:
    top = _decimal(found["top"], notation)
    bottom = _decimal(found["bottom"].lstrip("-"), notation) if found["bottom"] else Fraction(1)
    power = int((found["e"] or found["power"] or "0")[:6])
    if top is None or not bottom or abs(power) > _LARGEST_POWER or (found["sign"] and found["inner"]):
        return None
    power += _SCALES.get(found["scale"], 0)
    value = (int(found["mixed"] or 0) + top / bottom) * Fraction(10) ** power
    if found["percent"] and notation.percent == "fraction":
        value /= 100
    signs = found["sign"] + found["inner"] + (found["bottom"] or "")[:1]
    return -value if signs.count("-") == 1 else value


def _decimal(digits: str, notation: Notation) -> Fraction | None:
    if len(digits) > LONGEST:
        return None
    found = _DECIMAL[notation.decimal].fullmatch(digits.rstrip(".,'" + _THIN))
    if found is None:
        return None
    whole = "".join(filter(str.isdecimal, found["whole"]))
    decimals = found["decimals"] or ""
    return Fraction(int(whole + decimals or "0"), 10 ** len(decimals))
