"""The judge that a grader's `model` names. Where it runs is the configuration's word alone."""

from collections.abc import Mapping

from reward_server.reward.reward_function import RewardFunction
from reward_server.reward.surroundings import NamedJudge
from reward_server.wire.status import RequestError
from rubrics.problems import did_you_mean

Judges = Mapping[str, NamedJudge]
"""Every judge of the served reward files, by `REWARD/JUDGE`."""


def judges_of(functions: Mapping[str, RewardFunction]) -> Judges:
    """All judges of these reward functions."""
    return {
        f"{function.name}/{name}": judge
        for function in functions.values()
        for name, judge in function.judges.items()
    }


def find_judge(model: str, judges: Judges, path: str) -> NamedJudge:
    """The judge of this full name, name or model. Raises RequestError where there is none, or a choice."""
    if model in judges:
        return judges[model]
    found = {full: judge for full, judge in judges.items() if model in _names(full, judge)}
    if not found:
        raise _nowhere(model, judges, path)
    first, *others = found.values()
    if any(other.options != first.options for other in others):
        message = f"several judges are called {model[:80]!a} or run that model"
        hint = f"name one in full: {', '.join(sorted(found))}"
        raise RequestError("invalid_field", message, path=path, hint=hint)
    return first


def model_of(judge: NamedJudge) -> str | None:
    """The model's name as the endpoint knows it; None for a judge that names none."""
    model = getattr(judge.options, "model", None)
    return model if isinstance(model, str) else None


def _names(full: str, judge: NamedJudge) -> set[str | None]:
    return {full.rpartition("/")[2], model_of(judge)}


def _nowhere(model: str, judges: Judges, path: str) -> RequestError:
    known = sorted({name for full, judge in judges.items() for name in _names(full, judge) if name})
    message = f"no judge here is called {model[:80]!a} or runs that model"
    hint = did_you_mean(model[:80], known) or (
        f"one of: {', '.join(known)}" if known else "add `judges:` to the reward file that is served"
    )
    return RequestError("invalid_field", message, path=path, hint=hint)
