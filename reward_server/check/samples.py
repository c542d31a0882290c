"""Samples that can only repeat each other: what they cost buys nothing."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from judges.prompts.sheets import is_on_a_sheet
from rubrics.criteria.criterion import Criterion
from rubrics.rubric import Rubric

if TYPE_CHECKING:
    from judges.backend import JudgeOptions
    from reward_server.components.rubric import Rubric as RubricComponent
    from reward_server.reward.surroundings import NamedJudge


def identical_samples(
    component: "RubricComponent", judges: "Mapping[str, NamedJudge]"
) -> Iterator[tuple[str, str]]:
    """What to say of each judge whose samples are all the same, and what to do."""
    rubric = component.opened
    several = [c for c in rubric.judged if c.ask is not None and rubric.samples_of(c) > 1]
    for name in component.panel:
        options = judges[name].options if name in judges else None
        alike = [c for c in several if options is not None and _repeats(rubric, c, options)]
        if alike and options is not None:
            yield _message(rubric, alike[0], name), _hint(options)


def _repeats(rubric: Rubric, criterion: Criterion, options: "JudgeOptions") -> bool:
    """Whether all samples say the same: nothing is drawn, or only a token's probabilities are read."""
    in_words = rubric.judge.reason_first or criterion.evidence or is_on_a_sheet(rubric, criterion)
    return not options.draws or (options.known_form() == "token" and not in_words)


def _message(rubric: Rubric, criterion: Criterion, judge: str) -> str:
    times = rubric.samples_of(criterion)
    return f"the judge `{judge}` is asked `{criterion.id}` {times} times and says the same each time"


def _hint(options: "JudgeOptions") -> str:
    if not options.draws:
        return "give the judge a `temperature` above 0 where it has one, or take one sample"
    return (
        "the probabilities of one token are not drawn: say `judge: {reason_first: true}`, or take one sample"
    )
