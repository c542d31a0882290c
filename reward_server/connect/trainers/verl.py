"""verl: a reward manager that knows prompt and group, by Hydra overrides."""

from collections.abc import Sequence

from reward_server.connect.target import Target
from reward_server.connect.trainer import INSTALL, Counts, Snippet, Trainer, listed

TAKEN = frozenset(
    [
        *("score", "unscored", "reward", "acc", "acc_success_only", "pred", "uid", "index", "data_source"),
        *("reward_model", "extra_info", "raw_prompt", "agent_name", "tools_kwargs", "interaction_kwargs"),
        *("need_tools_kwargs", "multi_modal_data", "multi_modal_inputs", "request_id", "session_id"),
        *("global_steps", "min_global_steps", "max_global_steps", "turn_scores", "tool_rewards", "extras"),
        "reward_extra_info",
    ]
)
"""Keys that verl uses itself: a component of that name has another key."""


def key_of(component: str) -> str:
    """The key under which the adapter gives verl a component's raw value."""
    return f"component_{component}" if component in TAKEN else component


def _overrides(target: Target) -> str:
    lines = [
        "python3 -m verl.trainer.main_ppo",
        f"algorithm.adv_estimator={'gdpo' if target.components else 'grpo'}",
        f"data.train_batch_size={target.batch_size}",
        f"actor_rollout_ref.rollout.n={target.group_size}",
        "reward.reward_manager.source=importlib",
        "reward.reward_manager.name=GavelRewardManager",
        "reward.reward_manager.module.path=pkg://trainer_adapters.verl.manager",
        f"+reward.reward_kwargs.url={target.url}",
    ]
    if target.reward:
        lines.append(f"+reward.reward_kwargs.reward={target.reward}")
    lines.append("+reward.reward_kwargs.on_unscored=group_mean")
    return " \\\n  ".join(lines + (_gdpo(target) if target.components else []))


def _gdpo(target: Target) -> list[str]:
    return [
        f"'+algorithm.gdpo_reward_keys=[{', '.join(map(key_of, target.names))}]'",
        f"'+algorithm.gdpo_reward_weights={listed(target.weights)}'",
    ]


def _snippets(target: Target) -> Sequence[Snippet]:
    return [
        Snippet("bash", "once, on every node", INSTALL),
        Snippet("bash", "the run", _overrides(target)),
    ]


TRAINER = Trainer(
    name="verl",
    title="verl",
    snippets=_snippets,
    counts=Counts.PROMPTS,
    batch_setting="data.train_batch_size",
    group_setting="actor_rollout_ref.rollout.n",
    unscored="the mean of its group's scored rollouts, since verl cannot mask it: its advantage is 0 "
    "(on_unscored: group_mean, zero or raise); the key `unscored` counts them.",
)
