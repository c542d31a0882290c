"""Judges over faulty endpoints, texts for them, and the law that every verdict is held to."""

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from judges.backends.openai import Openai
from judges.grade import grade_group
from judges.judge import Judge
from rubrics.cause import Cause
from rubrics.completion import Completion
from rubrics.outcome import Outcome, Score
from rubrics.rollout import Rollout
from rubrics.rubric import Rubric
from rubrics.verdict import Verdict
from tests.judges.faults.server import FaultyJudge
from tests.judges.faults.truth import Key, is_true

CRITERIA = ("c1", "c2", "c3")
RUBRIC_FILE: dict[str, Any] = {
    "schema": "rubric/v1",
    "id": "faults",
    "criteria": [{"id": name, "ask": f"The statement @{name}@ holds."} for name in CRITERIA],
}
RUBRIC = Rubric.model_validate(RUBRIC_FILE)
KEY_VARIABLE = "FAULTY_JUDGE_KEY"
SECRET = "sk-this-must-never-be-seen"
EVIDENCE = "words of a completion that no error may quote"

Verdicts = Mapping[Key, Verdict]


def judge_at(*judges: FaultyJudge, **options: object) -> Judge:
    """A judge over these replicas, without a cache and patient unless `options` say otherwise."""
    urls = [judge.base_url for judge in judges]
    given = {
        "base_url": urls if len(urls) > 1 else urls[0],
        "model": "faulty",
        "api_key_env": KEY_VARIABLE,
        "verdict": "token",
        "timeout_s": 30.0,
        "cache": {"store": "none"},
        **options,
    }
    return Judge.of(Openai.model_validate(given))


def rollouts_of(names: Iterable[str], prompt: str = "a post") -> list[Rollout]:
    """One rollout for each text, all of one group."""
    return [Rollout(id=name, completion=Completion(f"#{name}# {EVIDENCE}"), prompt=prompt) for name in names]


async def verdicts_of(judge: Judge, names: Sequence[str], rubric: Rubric = RUBRIC) -> Verdicts:
    """Every verdict on these texts."""
    return table_of(names, await grade_group(rubric, rollouts_of(names), judge))


def table_of(names: Sequence[str], outcomes: Sequence[Outcome]) -> Verdicts:
    """Every verdict of these outcomes, which have a number exactly where all their verdicts have one."""
    for outcome in outcomes:
        failed = [verdict for verdict in outcome.verdicts if verdict.cause is not None]
        assert outcome.verdicts, outcome
        assert isinstance(outcome, Score) != bool(failed), outcome
    return {
        (name, verdict.criterion): verdict
        for name, outcome in zip(names, outcomes, strict=True)
        for verdict in outcome.verdicts
    }


def lies(found: Verdicts) -> list[str]:
    """The verdicts that have a number which is not their own."""
    return [
        f"{key}: {verdict.probability}"
        for key, verdict in found.items()
        if verdict.cause is None and not is_true(key, _number(verdict))
    ]


def _number(verdict: Verdict) -> float:
    return math.nan if verdict.probability is None else verdict.probability


def failed(found: Verdicts) -> dict[Key, Cause]:
    """The verdicts that have no number, with the reason why; a cause and a number exclude each other."""
    causes = {key: verdict.cause for key, verdict in found.items() if verdict.cause is not None}
    for key, verdict in found.items():
        assert (verdict.value is None) == (key in causes), verdict
    return causes


def indiscreet(found: Verdicts) -> list[str]:
    """Reasons that quote a secret or a text, or that are not short and plain."""
    reasons = [verdict.reason or "" for verdict in found.values() if verdict.cause is not None]
    return [
        reason[:200]
        for reason in reasons
        if SECRET in reason or EVIDENCE[:20] in reason or len(reason) > 400 or not reason.isprintable()
    ]
