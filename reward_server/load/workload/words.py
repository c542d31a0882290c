"""Text of a stated length that means nothing. Equal seeds, equal texts."""

import random

from judges.prompts.token_count import BYTES_PER_TOKEN

_PROSE = """
able about above after again along among apart area aware back base been began below best body book both
bring build call came care case change city clear close cold come cost could cover cross dark data deal deep
does door down draw each early earth east edge even ever every face fact fall far farm fast feel felt field
find fine fire five flat floor food foot force form four free from full game gave give glad goes gold good
great green group grow half hand hard have head hear heat held help here high hold home hope hour house idea
into item join just keep kept kind knew know land large last late lead learn least left less life light like
line list live long look lose made main make many mark mean meet might mile mind miss moon more most move much
"""
_WORDS = _PROSE.split()


def words(chance: random.Random, tokens: int) -> str:
    """Words of `tokens` tokens, counted as four bytes each."""
    size = tokens * BYTES_PER_TOKEN
    text = " ".join(chance.choices(_WORDS, k=size // 4 + 1))  # a word and its space have five bytes or more
    return text[:size]
