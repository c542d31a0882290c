"""Reading words: reasoning, or a quotation. Pure."""

from judges.prompts.fence import neutralise
from judges.readout.reply import garbled, refused
from judges.request import Reply
from rubrics.outcome import Unscored

LONGEST = 8_000
"""Characters of words that are put to the judge again."""


def read_words(reply: Reply) -> str | Unscored:
    """The words, made inert as the text they may quote; `judge_refused`, or `judge_garbled` for none.

    Words that the limit on tokens cut off are taken as they are: they are no verdict, only what leads to one.
    """
    if reply.refusal is not None:
        return refused(reply.refusal)
    words = neutralise(reply.text.strip()[:LONGEST])
    return words or garbled("nothing was written, where words were asked for")
