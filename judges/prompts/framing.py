"""The prompt for one criterion of one rollout. Pure: no I/O, no clock, no chance.

Parts stand in the order of how widely they are shared (rubric, dataset, group, rollout, criterion), each
byte-identical wherever it is shared, so that an engine's prefix cache computes each of them once:

    system   role and rules, the rubric's guidelines
    user     the inputs shared by the dataset, then by the group, then the rollout's own
             Criterion: ...
             Met when: ...
             Not met when: ...
             Answer with exactly one of: yes, no.

That is the layout `criterion_last`. With `listed` the system message ends with all criteria, numbered, and
the question names one, so that next to nothing is left to compute for it:

             Criterion: [2]
             Answer with exactly one of: yes, no.

Several criteria in one question (`judge.mode`) stand there numbered, each with its answers. A holistic
rubric's criteria are in the system message with their weights, and one question is asked about all of them.

The author's texts stand under their names; everybody else's are fenced (see `fence`). The words themselves
are in `rules` and `wording`.
"""

from collections.abc import Mapping, Sequence
from copy import copy
from functools import cached_property
from hashlib import blake2b
from typing import get_args

import msgspec

from judges.prompts.fence import fence, visible
from judges.prompts.rules import RULES as RULES  # noqa: PLC0414 - the words of a prompt are looked for here
from judges.prompts.rules import system
from judges.prompts.wording import REASON, numbered, offer, question, sheet, to_reason
from judges.prompts.wording import answers_of as answers_of  # noqa: PLC0414
from judges.request import Prompt, Shared
from rubrics.criteria.criterion import Criterion
from rubrics.inputs import Input, Share
from rubrics.rubric import PromptLayout, Rubric

PROMPT_VERSION = "3"
"""Part of `reward_version`: goes up whenever the words of `rules` and `wording` change."""


class Part(msgspec.Struct, frozen=True):
    """One input as the judge is shown it."""

    name: str
    share: Share
    text: str


class Frame(msgspec.Struct, frozen=True):
    """What the questions about one rollout have in common."""

    shared: Shared
    framing: "Framing"

    def ask(self, criterion: Criterion) -> Prompt:
        """The prompt that asks one criterion."""
        return Prompt(self.shared, self.framing.ending(criterion))

    def reason(self, criterion: Criterion) -> Prompt:
        """The prompt that asks for reasoning about one criterion, ahead of its answer."""
        return Prompt(self.shared, self.framing.reasoning(criterion))

    def together(self, criteria: Mapping[str, Criterion]) -> Prompt:
        """The prompt that asks several criteria, by the numbers of `framing.numbered`."""
        return Prompt(self.shared, self.framing.sheet(criteria))


class Framing:
    """Frames the rollouts of one rubric. Remembers the last text of each input that rollouts share."""

    def __init__(self, rubric: Rubric, layout: PromptLayout = "criterion_last") -> None:
        asked = [criterion for criterion in rubric.criteria if criterion.ask is not None]
        overall = rubric.holistic is not None
        listed = [c for c in asked if c.gate is None] if overall else asked
        numbered = (rubric.layout or layout) == "listed" and not overall
        width = get_args(Share).index
        self._inputs = sorted(rubric.inputs.items(), key=lambda item: width(item[1].share))
        self._numbers = {criterion.id: n for n, criterion in enumerate(asked, 1)} if numbered else None
        self._system = system(rubric, listed if numbered or overall else ())
        self._last: dict[str, tuple[str, str]] = {}
        self._endings: dict[str, str] = {}

    def for_a_group(self) -> "Framing":
        """The same, with no texts to remember yet; its words are found only once."""
        framing = copy(self)
        framing._last = {}  # noqa: SLF001 - a copy of self
        return framing

    def frame(self, texts: Mapping[str, str]) -> Frame:
        """The common part of a rollout's questions, from its texts (`rubrics.inputs.read_inputs`)."""
        wide = "".join(
            self._shared(name, source, texts[name]) for name, source in self._common if name in texts
        )
        own = "".join(_part(name, source, texts[name]) for name, source in self._own if name in texts)
        route = wide if any(source.share == "group" for _, source in self._common) else wide + own
        return Frame(Shared(self._system, wide + own, _digest(self._system, route)), self)

    def parts(self, texts: Mapping[str, str]) -> list[Part]:
        """The inputs in the order they are shown: joined, they are the evidence of `frame(texts)`."""
        shown = [(name, source) for name, source in self._inputs if name in texts]
        return [Part(name, source.share, _part(name, source, texts[name])) for name, source in shown]

    def ending(self, criterion: Criterion) -> str:
        """What a prompt ends with to ask this criterion."""
        ending = self._endings.get(criterion.id)
        if ending is None:
            ending = self._endings[criterion.id] = self._ending(criterion)
        return ending

    def reasoning(self, criterion: Criterion) -> str:
        """What a prompt ends with to ask for reasoning about this criterion."""
        return to_reason(criterion) if self._numbers is None else f"{self._named(criterion)}\n{REASON}"

    def sheet(self, criteria: Mapping[str, Criterion]) -> str:
        """What a prompt ends with to ask these criteria together."""
        return sheet(criteria, listed=self._numbers is not None)

    def numbered(self, criteria: Sequence[Criterion]) -> dict[str, Criterion]:
        """Criteria by the numbers under which they are asked together."""
        if self._numbers is None:
            return numbered(criteria)
        return {str(self._numbers[criterion.id]): criterion for criterion in criteria}

    def _ending(self, criterion: Criterion) -> str:
        return (
            question(criterion) if self._numbers is None else f"{self._named(criterion)}\n{offer(criterion)}"
        )

    def _named(self, criterion: Criterion) -> str:
        assert self._numbers is not None
        return f"Criterion: [{self._numbers[criterion.id]}]"

    @cached_property
    def _common(self) -> list[tuple[str, Input]]:
        return [item for item in self._inputs if item[1].share != "rollout"]

    @cached_property
    def _own(self) -> list[tuple[str, Input]]:
        return [item for item in self._inputs if item[1].share == "rollout"]

    def _shared(self, name: str, source: Input, text: str) -> str:
        last = self._last.get(name)
        if last is None or last[0] != text:
            last = self._last[name] = (text, _part(name, source, text))
        return last[1]


def _digest(system: str, text: str) -> bytes:
    content = f"{len(system)}:{system}{text}"
    return blake2b(content.encode("utf-8", "surrogatepass"), digest_size=8).digest()


def _part(name: str, source: Input, text: str) -> str:
    shown = fence(name, text) if source.trust == "untrusted" else f"{name}:\n{visible(text.strip())}"
    return f"{shown}\n\n"
