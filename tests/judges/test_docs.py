"""docs/judging.md says what the code does: settings, causes, the prompt, the table of inert markup."""

import re

import pytest

from judges.fence import MARKUP
from judges.judge import Judge
from judges.openai import Openai
from judges.prompt import frame, question
from judges.scripted import Scripted
from rubrics.cause import Cause
from rubrics.completion import Completion
from rubrics.inputs import read_inputs
from rubrics.outcome import Unscored
from rubrics.rollout import Rollout
from rubrics.rubric import Rubric
from rubrics.verdict import Reading
from tests.processes import ROOT

TEXT = (ROOT / "docs" / "judging.md").read_text(encoding="utf-8")
RUBRIC = Rubric.model_validate(
    {
        "schema": "rubric/v1",
        "id": "docs",
        "inputs": {
            "policy": {"from": "metadata.policy", "trust": "author", "share": "dataset"},
            "post": {"from": "prompt"},
            "reasoning": {"from": "completion"},
        },
        "criteria": [
            {
                "id": "clause",
                "ask": "The reasoning names a clause.",
                "anchors": {"met": 'Names one, e.g. "2(b)".', "unmet": 'Says only "against the rules".'},
            },
            {
                "id": "severity",
                "ask": "How severe is the post, according to the reasoning?",
                "scale": ["none", "low", "high"],
            },
        ],
    }
)


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n([^`]*)```", TEXT)


@pytest.mark.parametrize("name", sorted({*Openai.model_fields, *Scripted.model_fields}))
def test_every_setting_is_documented(name: str) -> None:
    assert f"`{name}`" in TEXT


def test_the_prompt_is_the_one_shown() -> None:
    rollout = Rollout(
        id="r",
        completion=Completion("It asks for a login code, which 2(b) forbids."),
        prompt="Win a phone, send me your code!",
        metadata={"policy": "2(b) No deceptive offers."},
    )
    texts = read_inputs(RUBRIC.inputs, rollout)
    assert not isinstance(texts, Unscored)
    clause, severity = RUBRIC.criteria
    shown, scale = blocks("text")
    assert frame(RUBRIC, texts).ask(clause)[-1]["content"] == shown.rstrip("\n")
    assert question(severity) == scale.rstrip("\n")


@pytest.mark.parametrize("token", MARKUP)
def test_all_inert_markup_is_in_the_table(token: str) -> None:
    assert token in TEXT.replace("\\|", "|")


@pytest.mark.parametrize("cause", [cause for cause in Cause if "judge" in cause])
def test_every_cause_of_a_judges_failure_is_explained(cause: Cause) -> None:
    assert f"`{cause}`" in TEXT


async def test_the_examples_in_python_run() -> None:
    scripted, own = blocks("python")
    names: dict[str, object] = {"__name__": "example"}
    exec(scripted, names)
    judge = names["judge"]
    assert isinstance(judge, Judge)
    outcome = await judge.ask([{"role": "user", "content": "x"}], ("yes", "no"))
    assert isinstance(outcome, Reading)
    exec(own, names)
    coin = Judge.of(names["Coin"](heads=0.9))  # type: ignore[operator]
    assert await coin.ask([{"role": "user", "content": "x"}], ("yes", "no")) == Reading(
        {"yes": 1.0, "no": 0.0}
    )
