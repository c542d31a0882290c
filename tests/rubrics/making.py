"""Rubrics and rollouts for tests, from the text a user would write."""

import textwrap
from collections.abc import Mapping

from rubrics.assessment import conclude, pending
from rubrics.completion import Completion
from rubrics.document import parse
from rubrics.layout import PLAIN, Layout
from rubrics.outcome import Outcome, Unscored
from rubrics.problems import ConfigError
from rubrics.reading import read
from rubrics.rollout import Json, Rollout
from rubrics.rubric import Rubric
from rubrics.rubric_file import build_rubric
from rubrics.settling import settle
from rubrics.verdict import Reading, Verdict

HEAD = "schema: rubric/v1\nid: test\n"


def rubric_of(text: str) -> Rubric:
    """A rubric from its YAML, without the lines every file starts with."""
    return build_rubric(parse(HEAD + textwrap.dedent(text), "rubric.yaml"))


def problem_of(text: str) -> str:
    """What loading the YAML complains about. Line numbers count the two lines of HEAD."""
    try:
        rubric_of(text)
    except ConfigError as error:
        return str(error)
    raise AssertionError("the rubric is accepted")


def rollout_of(text: str = "text", *, layout: Layout = PLAIN, **fields: Json) -> Rollout:
    """A rollout of one completion."""
    return Rollout(id="r", prompt="prompt", completion=Completion(text, layout), **fields)  # type: ignore[arg-type]


def yes(probability: float) -> Reading:
    """A judge's reading of a yes-or-no statement."""
    return Reading({"yes": probability, "no": 1.0 - probability})


def assess(rubric: Rubric, rollout: Rollout, readings: Mapping[str, Reading | Unscored]) -> Outcome:
    """Run the loop that the judges floor runs, with a judge that reads `readings`."""
    verdicts = settle(rubric, rollout)
    while asked := pending(rubric, verdicts):
        for criterion in asked:
            verdicts[criterion.id] = read(rubric, criterion, rollout, readings[criterion.id])
    return conclude(rubric, verdicts)


def only_verdict(rubric: Rubric, rollout: Rollout, reading: Reading | Unscored | None = None) -> Verdict:
    """The verdict on a rubric's one criterion."""
    (criterion,) = rubric.criteria
    readings = {} if reading is None else {criterion.id: reading}
    (verdict,) = assess(rubric, rollout, readings).verdicts
    return verdict
