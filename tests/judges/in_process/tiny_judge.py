"""A tiny judge for the backends that hold their model themselves, what it is asked, and the truth."""

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from judges.readout.reply import LEAST_MASS
from judges.request import MAX_TOKENS, Form, Request
from rubrics.cause import Cause
from rubrics.outcome import Unscored
from rubrics.verdict import Reading
from tests.processes import ROOT
from tests.real_vllm.logits import answer
from tests.real_vllm.questions import SEED_TO_FIT, SEED_TO_TEST, of_both_layouts


def make_judge(folder: Path) -> Path:
    """Save a model that answers questions like `questions`, mostly with one of the choices; its folder."""
    asked, made = folder / "questions.jsonl", folder / "model"
    fitted = (json.dumps(question.json) for question in of_both_layouts(3, SEED_TO_FIT))
    asked.write_text("\n".join(fitted))
    subprocess.run([sys.executable, "-m", "tests.environments.tiny_qwen3", asked, made], cwd=ROOT, check=True)
    return made


def questions(form: Form = "token") -> list[Request]:
    """What the judge is asked about some rollouts, in both layouts."""
    return [
        Request(question.prompt, question.choices, str(number), form, MAX_TOKENS[form])
        for number, question in enumerate(of_both_layouts(2, SEED_TO_TEST))
    ]


def truths(folder: Path, asked: Sequence[Request]) -> list[Mapping[str, float]]:
    """Each choice's probability, out of the logits in float32, one at a time and with none of our code."""
    tokenizer = AutoTokenizer.from_pretrained(folder)
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()
    return [answer(model, tokenizer, each.messages, each.choices)["chances"] for each in asked]


def agree(outcome: Reading | Unscored, truth: Mapping[str, float], within: float) -> bool:
    """Whether a judge said what the model thinks: its verdict, or that it has none."""
    mass = sum(truth.values())
    if isinstance(outcome, Unscored):
        return outcome.cause == Cause.JUDGE_ABSTAINED and mass < LEAST_MASS + within
    expected = {choice: chance / mass for choice, chance in truth.items()}
    return mass > LEAST_MASS - within and dict(outcome.choices) == pytest.approx(expected, abs=within)
