"""How large a rubric's prompts are, by how widely each part is shared, and how many of them are sent."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from math import fsum

import msgspec
from msgspec.structs import replace

from judges.cost.template import CHAT, Template
from judges.prompts.framing import Framing
from judges.prompts.rendering import Level, asked_together, follow_ups, prompt_of, when_asked
from judges.prompts.sheets import Sheet, is_on_a_sheet, units
from judges.prompts.token_count import CountTokens
from judges.prompts.wording import QUOTE, offers
from rubrics.criteria.criterion import Criterion
from rubrics.inputs import Share, read_inputs
from rubrics.outcome import Unscored
from rubrics.rollout import Group, Rollout
from rubrics.rubric import PromptLayout, Rubric
from rubrics.settling import settle

Sizes = Mapping[Share, float]
"""Tokens of one input, by how widely it is shared."""


class FollowUp(msgspec.Struct, frozen=True):
    """A further call in the same conversation."""

    tokens: float
    """Tokens that come on top of the call before: what was said then, and what is asked now."""
    written: float | None = None
    """Tokens of the reply; None: those of a verdict."""


class Asked(msgspec.Struct, frozen=True):
    """One question of the judge's: a criterion, or several together."""

    tokens: float
    """Tokens of the lines that ask it: all that its prompt has for itself."""
    share: float = 1.0
    """Share of the rollouts of which it is asked, judged gates taken as open."""
    samples: int = 1
    """How often each judge is asked."""
    written: float | None = None
    """Tokens of the reply; None: those of a verdict."""
    then: Sequence[FollowUp] = ()
    """The calls that follow."""


class Words(msgspec.Struct, frozen=True):
    """How much judges write where they are asked for words, in tokens."""

    reasoning: float = 120.0
    quotation: float = 20.0


WORDS = Words()


class Profile(msgspec.Struct, frozen=True):
    """Mean tokens of the prompts under one layout."""

    layout: PromptLayout
    common: float
    """Of what every prompt begins with: rules, guidelines, the inputs that the dataset shares."""
    group: float
    """Of the inputs that a group shares."""
    rollout: float
    """Of a rollout's own inputs."""
    criteria: Mapping[str, Asked]
    """The questions, by the criterion or criteria (with `+` between) that they ask."""
    groups_asked: float = 1.0
    """Share of the groups in which at least one question is asked."""
    rollouts_asked: float = 1.0
    """Share of the rollouts of which at least one question is asked."""
    criterion_first: bool = False
    """Whether a question stands ahead of the texts, as Gavel never puts it: to compare with."""
    template: Template = CHAT


def assumed(
    rubric: Rubric, layout: PromptLayout, sizes: Sizes, count: CountTokens, words: Words = WORDS
) -> Profile:
    """The profile where each input has the given size and everything is asked."""
    framing = _framing(rubric, layout)
    tokens = _tokens(framing, dict.fromkeys(rubric.inputs, ""), count)
    for source in rubric.inputs.values():
        tokens[source.share] += sizes[source.share]
    asked = {_name(unit): _asked(rubric, framing, unit, count, words) for unit in _all(rubric)}
    share = 1.0 if asked else 0.0
    common = tokens["rubric"] + tokens["dataset"]
    return Profile(layout, common, tokens["group"], tokens["rollout"], asked, share, share)


def measured(
    rubric: Rubric, layout: PromptLayout, groups: Sequence[Group], count: CountTokens, words: Words = WORDS
) -> Profile:
    """The profile of a sample: means over what is asked about these rollouts."""
    framing = _framing(rubric, layout)
    times: Counter[str] = Counter({_name(unit): 0 for unit in _all(rubric) if len(unit) == 1})
    met: dict[str, Sheet] = {_name(unit): unit for unit in _all(rubric) if len(unit) == 1}
    found: list[list[dict[Level, float]]] = []
    for group in groups:
        found.append([])
        for rollout in group:
            asked = questions_of(rubric, rollout)
            times.update(map(_name, asked))
            met.update({_name(unit): unit for unit in asked})
            texts = read_inputs(rubric.inputs, rollout) if asked else {}
            if asked and not isinstance(texts, Unscored):
                found[-1].append(_tokens(framing, texts, count))
    rollouts = sum(map(len, groups))
    criteria = {
        name: replace(_asked(rubric, framing, unit, count, words), share=times[name] / rollouts)
        for name, unit in met.items()
    }
    return _mean_profile(layout, found, rollouts, criteria)


def questions_of(rubric: Rubric, rollout: Rollout) -> list[Sheet]:
    """The questions that a judge is asked about this rollout, judged gates taken as open."""
    if rollout.refused is not None:
        return []
    whens = when_asked(rubric, settle(rubric, rollout))
    return [unit for unit, when in asked_together(rubric, whens) if when != "never"]


def _all(rubric: Rubric) -> list[Sheet]:
    """The questions where everything is asked."""
    return [
        unit
        for gates in (True, False)
        for unit in units(rubric, [c for c in rubric.judged if c.ask is not None and c.decides is gates])
    ]


def _name(unit: Sheet) -> str:
    return "+".join(criterion.id for criterion in unit)


def _asked(rubric: Rubric, framing: Framing, unit: Sheet, count: CountTokens, words: Words) -> Asked:
    frame = framing.frame(dict.fromkeys(rubric.inputs, ""))
    tokens = float(sum(count([prompt_of(rubric, frame, unit).question])))
    samples = rubric.samples_of(unit[0])
    if is_on_a_sheet(rubric, unit[0]):
        return Asked(tokens, samples=samples, written=_sheet_tokens(framing, unit, count))
    reasoned = rubric.judge.reason_first
    return Asked(
        tokens,
        samples=samples,
        written=words.reasoning if reasoned else None,
        then=_then(rubric, unit[0], count, words),
    )


def _sheet_tokens(framing: Framing, unit: Sheet, count: CountTokens) -> float:
    """Tokens of a sheet's reply, with the longest answer to each."""
    answers = {
        number: max(offers(criterion), key=len) for number, criterion in framing.numbered(unit).items()
    }
    return float(sum(count([json.dumps(answers)])))


def _then(rubric: Rubric, criterion: Criterion, count: CountTokens, words: Words) -> list[FollowUp]:
    found = []
    for step in follow_ups(rubric, criterion):
        said, asked = (message["content"] for message in step.messages)
        quotes = asked == QUOTE
        before = float(sum(count([said]))) if quotes else words.reasoning
        found.append(FollowUp(before + sum(count([asked])), words.quotation if quotes else None))
    return found


def _framing(rubric: Rubric, layout: PromptLayout) -> Framing:
    return Framing(rubric.model_copy(update={"layout": layout}))


def _tokens(framing: Framing, texts: Mapping[str, str], count: CountTokens) -> dict[Level, float]:
    """Tokens of what a rollout's questions have in common, by level."""
    tokens: dict[Level, float] = {"dataset": 0.0, "group": 0.0, "rollout": 0.0}
    tokens["rubric"] = sum(count([framing.frame(texts).shared.system]))
    parts = framing.parts(texts)
    for part, size in zip(parts, count([part.text for part in parts]), strict=True):
        tokens[part.share] += size
    return tokens


def _mean_profile(
    layout: PromptLayout,
    found: Sequence[Sequence[Mapping[Level, float]]],
    rollouts: int,
    criteria: Mapping[str, Asked],
) -> Profile:
    groups = [group for group in found if group]
    each = [tokens for group in groups for tokens in group]
    return Profile(
        layout=layout,
        common=_mean([tokens["rubric"] + tokens["dataset"] for tokens in each]),
        group=_mean([group[0]["group"] for group in groups]),
        rollout=_mean([tokens["rollout"] for tokens in each]),
        criteria=criteria,
        groups_asked=len(groups) / len(found),
        rollouts_asked=len(each) / rollouts,
    )


def _mean(sizes: Sequence[float]) -> float:
    """0 for nothing: where no question is asked, no tokens are."""
    return fsum(sizes) / len(sizes) if sizes else 0.0
