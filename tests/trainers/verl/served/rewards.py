"""Components whose values stand in the completion: `0.5 0.25`. What is no number there cannot be scored."""

import asyncio

from rubrics.rollout import Group, Rollout, flatten


def first(rollout: Rollout) -> float:
    """The first number; an exception, and so unscored, where the completion says `broken`."""
    return float(rollout.completion.text.split()[0])


async def second(rollout: Rollout) -> float:
    """The second number, or never an answer where the completion says `slow`."""
    word = rollout.completion.text.split()[1]
    if word == "slow":
        await asyncio.Event().wait()
    return float(word)


def context(rollout: Rollout) -> float:
    """1 where the rollout came with all that verl knows of it, as its own row says that it should."""
    known = {
        "asked": flatten(rollout.prompt),
        "truth": rollout.ground_truth,
        "tokens": rollout.completion_tokens,
        "finish": rollout.finish_reason,
        "turns": rollout.metadata.get("num_turns"),
    }
    expected = rollout.metadata.get("expected")
    assert isinstance(expected, dict)
    return float(all(known[name] == value for name, value in expected.items()))


def share_of_best(group: Group) -> list[float]:
    """Each first number as a share of the group's greatest; alone in its group, everyone is the best."""
    values = [first(rollout) for rollout in group]
    return [value / max(values) for value in values]
