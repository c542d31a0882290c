"""OpenRLHF: a remote reward model."""

from collections.abc import Sequence

from reward_server.connect.target import Target
from reward_server.connect.trainer import Counts, Snippet, Trainer


def _flags(target: Target) -> str:
    lines = [
        "python3 -m openrlhf.cli.train_ppo_ray",
        f"--reward.remote_url {target.path('openrlhf')}",
        "--data.input_key prompt --data.label_key label",
        f"--rollout.batch_size {target.batch_size} --rollout.n_samples_per_prompt {target.group_size}",
        "--algo.advantage.estimator group_norm",
    ]
    return " \\\n  ".join(lines)


def _snippets(target: Target) -> Sequence[Snippet]:
    return [Snippet("bash", "the run; the column `label` is the ground truth", _flags(target))]


TRAINER = Trainer(
    name="openrlhf",
    title="OpenRLHF",
    snippets=_snippets,
    counts=Counts.PROMPTS,
    batch_setting="--rollout.batch_size",
    group_setting="--rollout.n_samples_per_prompt",
    unscored="an HTTP 503, which OpenRLHF tries five times; then the run ends, since it cannot mask. "
    "`?unscored=0` at the end of the URL puts a counted stand-in there instead.",
    groups=False,
    sends_token=False,
    components="OpenRLHF trains on one number; the components are in its logs (extra_logs).",
)
