"""What the simulated judge says: a verdict, several in one object, reasoning, a quotation. Pure.

It is told by the last user message what is wanted, and by the first one what it is about.
"""

import re
from collections.abc import Iterator, Sequence

import msgspec

from judges.sim.answer import Answer, honest_answer, written
from judges.sim.question import CHOICES_LINE, REASON_LINE, Question, asked, last_block
from judges.sim.verdict import SimulatedVerdict, judge, judge_question, stems

OBJECT_LINE = "Write one JSON object with each answer as text under its number"
QUOTE_LINE = "Quote the shortest passage of the text that shows it"
LONGEST_QUOTATION = 120

_HEAD = re.compile(r"Criterion(?: \[([0-9]{1,4})\])?: ")
_OFFER = re.compile(r"Answer \[([0-9]{1,4})\] with exactly one of: (.+)\.")
_PASSAGE = re.compile(r"[^.!?\n]+")


def verdict_on(turns: Sequence[str], system: str) -> SimulatedVerdict:
    """The verdict on the question of the first message, with the choices of the last one."""
    first, last = turns[0], turns[-1]
    offered = len(turns) > 1 and last.casefold().startswith(CHOICES_LINE) and "\n" not in last
    return judge(f"{first}\n{last}" if offered else last, system)


def reply(turns: Sequence[str], system: str, limit: int | None) -> Answer:
    """What is said to the user messages `turns`."""
    wanted = turns[-1].rstrip().rpartition("\n")[2]
    if wanted.startswith(OBJECT_LINE):
        return written(_object(turns[-1], system), limit)
    if wanted.startswith(REASON_LINE):
        return written(judge(turns[-1], system).explanation.strip(), limit)
    if wanted.startswith(QUOTE_LINE) and len(turns) > 1:
        return written(quotation(turns[0], system), limit)
    return honest_answer(verdict_on(turns, system), limit)


def _object(message: str, system: str) -> str:
    """Each question of a sheet answered as it would be by itself."""
    evidence, rest = last_block(message) or ("", message)
    verdicts = {number: judge_question(each).choice for number, each in _questions(evidence, rest, system)}
    return msgspec.json.encode(verdicts).decode()


def _questions(evidence: str, sheet: str, system: str) -> Iterator[tuple[str, Question]]:
    for block in sheet.split("\n\n"):
        text, _, last = block.strip().rpartition("\n")
        offer = _OFFER.fullmatch(last)
        if offer is not None:
            yield offer[1], asked(evidence, _HEAD.sub("Criterion: ", text, count=1), _names(offer[2]), system)


def _names(listed: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in listed.split(","))


def quotation(message: str, system: str) -> str:
    """The first of the passages of the evidence that share the most words with the question."""
    evidence, text = last_block(message.rstrip()) or ("", message)
    wanted = stems(asked(evidence, text.rpartition("\n")[0], (), system).text)
    passages = [found[0].strip() for found in _PASSAGE.finditer(evidence) if found[0].strip()]
    best = max(passages, key=lambda passage: len(wanted & stems(passage)), default="none")
    return best[:LONGEST_QUOTATION]
