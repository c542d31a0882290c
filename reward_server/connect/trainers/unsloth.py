"""Unsloth: TRL's GRPOTrainer, patched."""

from collections.abc import Sequence

from reward_server.connect.target import Target
from reward_server.connect.trainer import INSTALL, Counts, Snippet, Trainer, exports
from reward_server.connect.trainers import trl

_LOAD = """from unsloth import FastLanguageModel  # before trl

model, tokenizer = FastLanguageModel.from_pretrained(MODEL)
"""


def _snippets(target: Target) -> Sequence[Snippet]:
    code = trl.code(target, _LOAD).replace(
        "    model=model,", "    model=model,\n    processing_class=tokenizer,"
    )
    return [
        Snippet("bash", "once, and in every shell that trains", f"{INSTALL}\n{exports(target)}"),
        Snippet("python", "in a script", code),
    ]


TRAINER = Trainer(
    name="unsloth",
    title="Unsloth",
    snippets=_snippets,
    counts=Counts.ROLLOUTS,
    batch_setting="generation_batch_size",
    group_setting="num_generations",
    unscored=trl.UNSCORED,
)
