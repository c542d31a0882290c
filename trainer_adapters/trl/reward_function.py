"""TRL's GRPOTrainer: `reward_funcs=partial(reward, url=...)`, or for GDPO `components(url=...)`.

On the command line, where GAVEL_URL says where to: `trl grpo --reward_funcs trainer_adapters.trl.reward`.
"""

import functools
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from trainer_adapters.client import shared
from trainer_adapters.trl import component
from trainer_adapters.trl.call import Call
from trainer_adapters.trl.options import KEYWORDS, Options
from trainer_adapters.trl.rollouts import Text

__all__ = ["components", "reward"]

RewardFunction = Callable[..., Awaitable[list[float | None]]]


async def reward(
    prompts: Sequence[Text],
    completions: Sequence[Text],
    completion_ids: Sequence[Sequence[int]] | None = None,
    *,
    url: str | None = None,
    reward_name: str | None = None,
    group_size: int | None = None,
    deadline_s: float | None = None,
    max_unscored_fraction: float | None = None,
    ground_truth_column: str | None = None,
    max_completion_length: int | None = None,
    run_name: str | None = None,
    **columns: Any,
) -> list[float | None]:
    """Reward each completion; None for one that could not be scored, which TRL masks.

    Bind the keywords with `functools.partial`; those left out come from the environment. `group_size` is the
    trainer's `num_generations`; components that compare the rollouts of a group need it. The dataset's column
    `ground_truth_column` is the ground truth (else `ground_truth`, `answer`, `solution`, `label`); the other
    columns are the rollouts' metadata. With `max_completion_length` (tokens) completions of that length count
    as cut off. The server's store has the rollouts under `run_name` and TRL's step. Raises TooManyUnscored
    when too much is unscored to train on, and Refused when the server says that the request is wrong.
    """
    options = Options.of(
        {
            "url": url,
            "reward_name": reward_name,
            "group_size": group_size,
            "deadline_s": deadline_s,
            "max_unscored_fraction": max_unscored_fraction,
            "ground_truth_column": ground_truth_column,
            "max_completion_length": max_completion_length,
            "run_name": run_name,
        }
    )
    given = {"prompts": prompts, "completions": completions, "completion_ids": completion_ids, **columns}
    call = Call.of(options, given)
    if not completions:
        return []
    return (await call.score(call.rollouts(), components=True)).rewards


def components(**bound: Any) -> tuple[list[RewardFunction], list[float]]:
    """The reward function's components as functions of their own, and their weights, in its order.

    Takes the keywords of `reward`. For `multi_objective_aggregation="normalize_then_sum"` (GDPO, arXiv
    2601.05242): pass the one as `reward_funcs`, the other as `reward_weights`. The functions of a step share
    one request. Asks the server what there is, so it raises Unreachable where there is none.
    """
    wrong = set(bound) - set(KEYWORDS)
    if wrong:
        raise TypeError(f"components() takes {', '.join(KEYWORDS)}; not {', '.join(sorted(wrong))}")
    description = shared(Options.of(bound).settings).describe()
    functions: list[RewardFunction] = [
        functools.partial(getattr(component, name), **bound) for name in description.components
    ]
    return functions, [description.weights[name] for name in description.components]
