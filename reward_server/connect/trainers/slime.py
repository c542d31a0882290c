"""slime: hooks by import path, or the bare URL."""

from collections.abc import Sequence

from reward_server.connect.target import Target
from reward_server.connect.trainer import INSTALL, Counts, Snippet, Trainer, exports


def _hooks(target: Target) -> str:
    lines = [
        "python3 train.py",
        "--custom-rm-path trainer_adapters.slime.custom_rm",
        "--rollout-sample-filter-path trainer_adapters.slime.sample_filter",
        "--custom-reward-post-process-path trainer_adapters.slime.post_process",
        _sizes(target),
    ]
    return " \\\n  ".join(lines)


def _url(target: Target) -> str:
    return " \\\n  ".join(
        ["python3 train.py", "--rm-type remote_rm", f"--rm-url {target.path('slime')}", _sizes(target)]
    )


def _sizes(target: Target) -> str:
    return f"--rollout-batch-size {target.batch_size} --n-samples-per-prompt {target.group_size}"


def _snippets(target: Target) -> Sequence[Snippet]:
    setup = f"{INSTALL}\n{exports(target, group_size=False)}"
    return [
        Snippet("bash", "once, on every node", setup),
        Snippet("bash", "the run", _hooks(target)),
        Snippet(
            "bash",
            "or without the adapter: no groups, no token, and an unscored sample ends the run",
            _url(target),
        ),
    ]


TRAINER = Trainer(
    name="slime",
    title="slime",
    snippets=_snippets,
    counts=Counts.PROMPTS,
    batch_setting="--rollout-batch-size",
    group_setting="--n-samples-per-prompt",
    unscored="a sample that is left out of the loss and of its group's baseline by the hooks; with "
    "--rm-url an HTTP 503, which slime tries ten times, and then the run ends.",
    components="slime trains on one number; with --reward-key the components are kept on the sample.",
)
