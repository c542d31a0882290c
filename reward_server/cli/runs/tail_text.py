"""One line for a rollout, and one for a step."""

from reward_server.cli.runs.words import name, number, share, time
from reward_server.history.statistics import StepStatistics
from reward_server.store.query import Summary


def rollout_line(run: str, rollout: Summary) -> str:
    """A rollout's number in the store, its reward, and what it is made of."""
    reward = f"unscored: {name(rollout.cause or '')}" if rollout.reward is None else number(rollout.reward)
    parts = ", ".join(f"{name(each)} {number(value)}" for each, value in rollout.components.items())
    marks = f"  [{', '.join(rollout.marks)}]" if rollout.marks else ""
    where = f"{time(rollout.at)}  {name(run, 30)}  step {rollout.step}  {rollout.number}"
    return f"{where}  {reward}  ({parts})  {rollout.words:,} words{marks}"


def step_line(run: str, step: StepStatistics) -> str:
    """A step: its mean reward and what may be wrong with it."""
    where = f"{time(step.at)}  {name(run, 30)}  step {step.step}"
    parts = ", ".join(f"{name(each)} {number(told.mean)}" for each, told in step.components.items())
    words = "" if step.words is None else f", {step.words.p50:g} words"
    unscored = step.rollouts - step.scored
    holes = f", {share(unscored, step.rollouts)} unscored" if unscored else ""
    dead = f", {share(step.dead.total, step.groups)} of groups dead" if step.groups else ""
    return f"{where}  {step.rollouts:,} rollouts  {number(step.reward.mean)}  ({parts}){words}{dead}{holes}"
