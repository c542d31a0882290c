"""Random text of English looks: the same for the same seed, and no two alike."""

from random import Random

_COMMON = "the of and to a in is that it for on with as this not be by are or from an at which text post"
_LETTERS = "etaoinshrdlucmfwygpbvk"


def prose(chance: Random, words: int) -> str:
    """Common words, and invented ones of 2 to 9 letters."""
    common = _COMMON.split()
    return " ".join(chance.choice(common) if chance.random() < 0.4 else _word(chance) for _ in range(words))


def _word(chance: Random) -> str:
    return "".join(chance.choices(_LETTERS, k=chance.randint(2, 9)))
