r"""What may reach a computer-algebra system: one expression of bounded size and growth, with nothing hidden.

Every text that passes is short, so each check is cheap; what is longer is refused unread. Refused: sentences,
commands that hide or negate (`\phantom`, `\not`, `\cancel`), words beside a value (`3 \text{ is wrong}`,
which math-verify reads as 3), two numbers side by side, and what grows without bound.
"""

import re

from reward_server.grading.math_growth import TooLarge, check_growth
from reward_server.grading.units import is_unit

LONGEST = 400
"""Characters."""
DEEPEST = 12
"""Nested brackets."""
_LONGEST_NUMBER = 60
"""Digits of one number."""
_LONGEST_WORD = 3
"""Letters in a row that may be a product of variables."""
_MOST_EXPONENTIALS = 2

_PLAIN = str.maketrans(
    {
        "\u2212": "-",
        "\u00d7": r"\times ",
        "\u00f7": r"\div ",
        "\u00b7": r"\cdot ",
        "\u22c5": r"\cdot ",
        "\u03c0": r"\pi ",
        "\u221e": r"\infty ",
        "\u2264": r"\le ",
        "\u2265": r"\ge ",
        "\u221a": r"\sqrt ",
        "\u00b1": r"\pm ",
        "\u222a": r"\cup ",
        "\u00b0": r"^\circ ",
        "\u00b2": "^2",
        "\u00b3": "^3",
        "\u200b": "",
        "\ufeff": "",
    }
    | dict.fromkeys("\u00a0\u2009\u202f\t\r\n", " ")
)

_COMPUTED = """
    frac dfrac tfrac cfrac sqrt cdot times div pm mp binom dbinom tbinom pi infty circ degree emptyset
    varnothing left right big Big bigl bigr Bigl Bigr ldots dots cdots quad qquad displaystyle begin end
    sin cos tan cot sec csc arcsin arccos arctan sinh cosh tanh log ln lg exp min max gcd lcm bmod
    le leq leqslant ge geq geqslant lt gt ne neq in notin cup cap setminus mid subset subseteq
    mathbb mathcal text mathrm mathbf mathit textbf mbox operatorname overline bar vec hat
    lfloor rfloor lceil rceil lvert rvert vert langle rangle lbrace rbrace
    alpha beta gamma delta epsilon varepsilon zeta eta theta vartheta iota kappa lambda mu nu xi rho sigma tau
    upsilon phi varphi chi psi omega Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi Psi Omega ell hbar
"""
_COMMANDS = frozenset(_COMPUTED.split())
_FUNCTIONS = """
    sin cos tan cot sec csc arcsin arccos arctan sinh cosh tanh log exp sqrt min max gcd lcm mod inf infty
    infinity pmatrix bmatrix matrix vmatrix
"""
_WORDS = frozenset(_FUNCTIONS.split())
_COMMAND = re.compile(r"\\([A-Za-z]+|.)")
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_SYMBOLS = frozenset(",;:! {}%|\\")
_WORD = re.compile(r"(?<![\\A-Za-z])[A-Za-z]{2,}")
_TEXT = re.compile(
    r"\\(text|mathrm|mathbf|mathit|textbf|mbox|operatorname)\s*\{([^{}]*)\}(\s*\^\s*\{?[23]\}?)?"
)
_FOREIGN = re.compile(r"[^ !%&()*+,\-./0-9:;<=>A-Z\[\\\]^_a-z{|}]")
_LONG_NUMBER = re.compile(rf"[0-9]{{{_LONGEST_NUMBER + 1}}}")
_SIDE_BY_SIDE = re.compile(r"(?<![_0-9])[0-9]+(?:\s+[0-9]|_)")
r"""`3 4`, read as 3 + 4 by math-verify, and `3_4`, read as 3; but not `\log_2 8`."""
_BARE_EXPONENT = re.compile(r"\^\s*([+-]\s*(?:[0-9]+|[A-Za-z]))")
_ASSIGNED = re.compile(r"(?:[A-Za-z]|\\[a-z]+)(?:_\{?\w+\}?)?(?:\([a-z](?:,\s?[a-z])*\))?\s*=")


class Refused(ValueError):
    """The text is no expression that is safe to compute with. The message says why, without quoting it."""


def admit(text: str) -> str:
    """The expression that `text` is, in LaTeX, without dollars and unit. Raises Refused."""
    if len(text) > LONGEST:
        raise Refused(f"longer than {LONGEST} characters")
    bare = _TEXT.sub(_unit_removed, _unwrapped(text.translate(_PLAIN)))
    expression = _bare(_BARE_EXPONENT.sub(r"^{\1}", bare))
    reason = _objection(expression)
    if reason is not None:
        raise Refused(reason)
    try:
        check_growth(expression)
    except TooLarge as error:
        raise Refused(str(error)) from None
    return expression


def value_of(expression: str) -> str:
    """The right side of `x = 3` or `f(x) = 3`; what is no equation, as it is. Raises Refused for others."""
    assigned = _ASSIGNED.match(expression)
    value = expression[assigned.end() :].strip() if assigned else expression
    if "=" in value:
        raise Refused("an equation where a value is asked for")
    return value


def _unwrapped(text: str) -> str:
    text = _bare(text)
    for opening, closing in (("$$", "$$"), ("$", "$"), (r"\(", r"\)"), (r"\[", r"\]")):
        if text.startswith(opening) and text.endswith(closing) and len(text) > len(opening) + len(closing):
            text = _bare(text[len(opening) : -len(closing)])
    text = _ESCAPED.sub(lambda found: "" if found[1] in "$!" else found[0], text)
    while "{,}" in text:  # once for each nesting
        text = text.replace("{,}", ",")
    return text


def _bare(text: str) -> str:
    """The text without the blanks around it and what ends a sentence."""
    end = len(text)
    while end and (text[end - 1].isspace() or text[end - 1] in ".,;"):
        end -= 1
    return text[:end].lstrip()


def _unit_removed(found: re.Match[str]) -> str:
    r"""Nothing for `\text{ cm}^2`, a comma for `\text{ or }`; everything else as it is."""
    command, word = found[1], found[2].strip()
    if word in ("and", "or"):
        return ","
    may_be_variable = len(word) == 1 and command not in ("text", "mbox")
    return found[0] if may_be_variable or not is_unit(word) else " "


def _objection(expression: str) -> str | None:
    if not expression:
        return "no expression"
    if _FOREIGN.search(expression) or "**" in expression:
        return "a character that no expression holds"
    if not all(name in _COMMANDS or name in _SYMBOLS for name in _COMMAND.findall(expression)):
        return "a command that is not computed with"
    if len(re.findall(r"\\(?:exp|sinh|cosh)\b", expression)) > _MOST_EXPONENTIALS:
        return "too many exponentials"
    if not all(len(word) <= _LONGEST_WORD or word in _WORDS for word in _WORD.findall(expression)):
        return "words"
    if not all(len(word.strip()) <= 1 or word.strip() in _WORDS for _, word, _ in _TEXT.findall(expression)):
        return "words"
    if _LONG_NUMBER.search(expression) or ("binom" in expression and re.search("[0-9]{5}", expression)):
        return "a number of too many digits"
    if _SIDE_BY_SIDE.search(expression):
        return "two numbers side by side"
    return "brackets nested too deep" if _depth(expression) > DEEPEST else None


def _depth(expression: str) -> int:
    depth = deepest = 0
    for character in expression:
        depth += (character in "{([") - (character in "})]")
        deepest = max(deepest, depth)
    return deepest
