"""How large a rubric's prompts are, by how widely each part is shared, and how many of them are sent."""

from collections.abc import Mapping, Sequence
from math import fsum

import msgspec

from judges.prompt import Framing
from judges.rendering import Level, when_asked
from judges.token_count import CountTokens
from rubrics.assessment import settle
from rubrics.inputs import Share, read_inputs
from rubrics.outcome import Unscored
from rubrics.rollout import Group, Rollout
from rubrics.rubric import PromptLayout, Rubric

Sizes = Mapping[Share, float]
"""Tokens of one input, by how widely it is shared."""


class Asked(msgspec.Struct, frozen=True):
    """One criterion of the judge's."""

    tokens: float
    """Tokens of the lines that ask it: all that its prompt has for itself."""
    share: float = 1.0
    """Share of the rollouts of which it is asked, judged gates taken as open."""


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
    groups_asked: float = 1.0
    """Share of the groups in which at least one question is asked."""
    rollouts_asked: float = 1.0
    """Share of the rollouts of which at least one question is asked."""


def assumed(rubric: Rubric, layout: PromptLayout, sizes: Sizes, count: CountTokens) -> Profile:
    """The profile where each input has the given size and everything is asked."""
    framing = _framing(rubric, layout)
    tokens = _tokens(framing, dict.fromkeys(rubric.inputs, ""), count)
    for source in rubric.inputs.values():
        tokens[source.share] += sizes[source.share]
    asked = {name: Asked(size) for name, size in _questions(rubric, framing, count).items()}
    share = 1.0 if asked else 0.0
    common = tokens["rubric"] + tokens["dataset"]
    return Profile(layout, common, tokens["group"], tokens["rollout"], asked, share, share)


def measured(rubric: Rubric, layout: PromptLayout, groups: Sequence[Group], count: CountTokens) -> Profile:
    """The profile of a sample: means over what is asked about these rollouts."""
    framing = _framing(rubric, layout)
    met = dict.fromkeys((c.id for c in rubric.criteria if c.ask is not None), 0)
    found: list[list[dict[Level, float]]] = []
    for group in groups:
        found.append([])
        for rollout in group:
            asked = questions_of(rubric, rollout)
            for name in asked:
                met[name] += 1
            texts = read_inputs(rubric.inputs, rollout) if asked else {}
            if asked and not isinstance(texts, Unscored):
                found[-1].append(_tokens(framing, texts, count))
    return _mean_profile(layout, found, sum(map(len, groups)), met, _questions(rubric, framing, count))


def questions_of(rubric: Rubric, rollout: Rollout) -> list[str]:
    """The criteria that the judge is asked about this rollout, judged gates taken as open."""
    if rollout.refused is not None:
        return []
    whens = when_asked(rubric, settle(rubric, rollout))
    return [name for name, when in whens.items() if when != "never"]


def _framing(rubric: Rubric, layout: PromptLayout) -> Framing:
    return Framing(rubric.model_copy(update={"layout": layout}))


def _questions(rubric: Rubric, framing: Framing, count: CountTokens) -> dict[str, float]:
    asked = (criterion for criterion in rubric.criteria if criterion.ask is not None)
    return {criterion.id: float(sum(count([framing.ending(criterion)]))) for criterion in asked}


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
    met: Mapping[str, int],
    questions: Mapping[str, float],
) -> Profile:
    groups = [group for group in found if group]
    each = [tokens for group in groups for tokens in group]
    return Profile(
        layout=layout,
        common=_mean([tokens["rubric"] + tokens["dataset"] for tokens in each]),
        group=_mean([group[0]["group"] for group in groups]),
        rollout=_mean([tokens["rollout"] for tokens in each]),
        criteria={name: Asked(size, met[name] / rollouts) for name, size in questions.items()},
        groups_asked=len(groups) / len(found),
        rollouts_asked=len(each) / rollouts,
    )


def _mean(sizes: Sequence[float]) -> float:
    """0 for nothing: where no question is asked, no tokens are."""
    return fsum(sizes) / len(sizes) if sizes else 0.0
