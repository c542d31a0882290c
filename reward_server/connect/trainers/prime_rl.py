"""prime-rl: verifiers' NeMo Gym taskset, pointed at the URL."""

import json
from collections.abc import Sequence

from reward_server.connect.target import Target
from reward_server.connect.trainer import Counts, Plugin, Snippet, Trainer

FILE = "gavel.toml"


def _config(target: Target) -> str:
    return f"""[orchestrator]
batch_size = {target.batch_size}
group_size = {target.group_size}

[[orchestrator.train.source]]
name = "gavel"
env.taskset.id = "nemo-gym"
env.taskset.dataset = "train.jsonl"
env.taskset.task.resources_url = {json.dumps(target.path("nemo-gym"))}
env.taskset.task.request_timeout = 60.0
# with a token: add Authorization = "Bearer ..." and keep this file to yourself
env.taskset.task.headers = {{ X-Gavel-Unscored = "fail" }}
env.agent.harness.id = "null"
env.agent.runtime.type = "subprocess"
"""


def _snippets(target: Target) -> Sequence[Snippet]:
    rows = (
        '{"responses_create_params": {"input": [{"role": "user", "content": "..."}]}, "ground_truth": "..."}'
    )
    file = target.out or FILE
    return [
        Snippet("toml", f"{file}, over your own configuration", _config(target).rstrip()),
        Snippet("json", "train.jsonl, a row a line", rows),
        Snippet("bash", "the run", f"uv run rl @ rl.toml @ {file}"),
    ]


TRAINER = Trainer(
    name="prime-rl",
    title="prime-rl (verifiers)",
    snippets=_snippets,
    counts=Counts.ROLLOUTS,
    batch_setting="orchestrator.batch_size",
    group_setting="orchestrator.group_size",
    unscored="an HTTP error, as the header asks, and so an error on the trace: prime-rl leaves it out "
    "of training, and its group goes on with the others.",
    groups=False,
    plugin=Plugin(FILE, "toml", _config),
    aliases=("prime", "verifiers"),
    components="prime-rl trains on one number; the components are metrics of the trace.",
)
