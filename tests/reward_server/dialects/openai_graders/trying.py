"""Running graders without a server, over a judge whose replies a test gives."""

from typing import Any

import msgspec

from judges.backends.scripted import Script, Scripted, ScriptedBackend, distribution
from judges.judge import Judge
from reward_server.dialects.openai_graders.judge_lookup import Judges
from reward_server.dialects.openai_graders.running import run
from reward_server.reward.surroundings import NamedJudge

Json = dict[str, Any]

MAX_CHARS = 1_000_000


def judged_by(script: Script) -> tuple[Judges, ScriptedBackend]:
    """One judge, `served/grader`, that follows a script."""
    backend = ScriptedBackend(script)
    named = NamedJudge(Scripted(chances={}))
    named.__dict__["judge"] = Judge(backend)
    return {"served/grader": named}, backend


async def try_grader(
    grader: Json, sample: str, item: object = None, judges: Judges | None = None, deadline_s: float = 10.0
) -> Json:
    """Run one grader on one sample: the answer as the client reads it."""
    body = msgspec.json.encode({"grader": grader, "model_sample": sample, "item": item})
    answer = await run(body, judges or {}, deadline_s, MAX_CHARS)
    found: Json = msgspec.json.decode(msgspec.json.encode(answer))
    return found


def raised(answer: Json) -> set[str]:
    """The flags that are up."""
    return {name for name, value in answer["metadata"]["errors"].items() if value is True}


def certain(choice: str) -> Script:
    """A judge that is sure."""
    return lambda _: distribution({choice: 1.0})


def check(name: str = "check", **fields: str) -> Json:
    """A `string_check` of the output with `item.answer`."""
    given = {"input": "{{sample.output_text}}", "reference": "{{item.answer}}", "operation": "eq"}
    return {"type": "string_check", "name": name, **given, **fields}


def score_model(**fields: object) -> Json:
    """A `score_model` with one message for each role that counts."""
    messages = [
        {"role": "system", "content": "Score how well the answer agrees with the reference."},
        {"role": "user", "content": "Reference: {{item.answer}}. Answer: {{sample.output_text}}"},
    ]
    return {"type": "score_model", "name": "score", "model": "grader", "input": messages, **fields}
