"""docs/judging.md says what the code does: settings, causes, the prompt, the table of inert markup."""

import json
import re

import pytest
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from judges.asking import reasons
from judges.asking.course import REASONING_TOKENS
from judges.asking.endpoint import CANARY_S
from judges.backend import JudgeOptions
from judges.backends.local import Local
from judges.backends.openai import Openai
from judges.backends.scripted import Scripted
from judges.backends.vllm import Vllm
from judges.cache.options import CacheOptions
from judges.engine.climb import START
from judges.engine.ejection import SILENT_S, SILENT_TIMES, SLOWER
from judges.engine.fleet import LONGEST_PAUSE_S
from judges.engine.health import Health
from judges.engine.hedging import MEDIANS, PERCENTILE, SHARE
from judges.engine.job import FleetOptions
from judges.engine.limiter import BACK_OFF
from judges.engine.recovery import Canaries
from judges.engine.routing import BOUND
from judges.engine.watch import DISCOVERY_S
from judges.judge import LEAST_IN_LINE, Judge
from judges.prompts.fence import MARKUP
from judges.prompts.framing import Framing
from judges.prompts.wording import REASON, numbered, question, sheet
from judges.request import Prompt, Shared
from judges.transport.dial import CONNECT_S
from rubrics.cause import Cause
from rubrics.completion import Completion
from rubrics.inputs import read_inputs
from rubrics.judging import MAX_BATCH
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


def rows(title: str) -> dict[str, str]:
    """The table under a line of text, as settings and their defaults."""
    table = TEXT.partition(f"\n{title}\n\n")[2].partition("\n\n")[0]
    found = re.findall(r"^\| `(\w+)` \|(.*?)\|.*\|$", table, re.MULTILINE)
    return {name: default.strip() for name, default in found}


GENERAL = rows("Of every judge:")
IN_PROCESS = rows("Of `local` and `vllm` ([local judges](local-judge.md)):")
SCRIPTED = rows('judges:\n  default: {use: scripted, otherwise: 0.2, chances: {"names a clause": 0.9}}\n```')
TABLES: dict[type[JudgeOptions], dict[str, str]] = {
    Openai: GENERAL | rows("Of `openai`:"),
    Local: GENERAL | IN_PROCESS,
    Vllm: GENERAL | IN_PROCESS,
    Scripted: GENERAL | SCRIPTED,
}


def default_of(field: FieldInfo) -> str:
    """A default as the tables have it."""
    default = field.get_default(call_default_factory=True, validated_data={})
    match default:
        case CacheOptions():
            return (
                "`{store: none}`" if default.store == "none" else "[on, in a file](verdict-cache.md#settings)"
            )
        case bool() | None | dict():
            return f"`{json.dumps(default)}`"
        case str():
            return f"`{default}`"
    return "" if default is PydanticUndefined else f"{default:.15g}"


@pytest.mark.parametrize("model", TABLES, ids=lambda model: model.__name__)
def test_every_setting_is_documented_with_its_default(model: type[JudgeOptions]) -> None:
    found = {name: default_of(field) for name, field in model.model_fields.items()}
    assert {name: TABLES[model].get(name) for name in found} == found


def test_no_setting_is_documented_that_does_not_exist() -> None:
    known = {name for model in TABLES for name in model.model_fields}
    assert {name for table in TABLES.values() for name in table} - known == set()


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
    shown, scale, *_ = blocks("text")
    assert Framing(RUBRIC).frame(texts).ask(clause).messages[-1]["content"] == shown.rstrip("\n")
    assert question(severity) == scale.rstrip("\n")


def test_the_list_of_criteria_is_the_one_shown() -> None:
    framing = Framing(RUBRIC, "listed")
    system = framing.frame(dict.fromkeys(RUBRIC.inputs, "x")).shared.system
    _, _, listed, ending, *_ = blocks("text")
    assert system.endswith("\n\n" + listed.rstrip("\n"))
    assert framing.ending(RUBRIC.criteria[1]) == ending.rstrip("\n")


def test_reasoning_and_statements_together_are_asked_as_shown() -> None:
    *_, reason, together = blocks("text")
    assert reason.rstrip("\n") == REASON
    clause, severity = RUBRIC.criteria
    plain = clause.model_copy(update={"anchors": None})
    assert sheet(numbered([plain, severity]), listed=False) == together.rstrip("\n")


def test_its_numbers_are_the_codes() -> None:
    for words in (
        f"it starts at {START} calls in flight",
        f"what the judge writes, up to {REASONING_TOKENS} tokens",
        f"`mode: all` as many as {MAX_BATCH}",
        f"takes the limit down to {BACK_OFF:.0%}".replace("%", " %"),
        f"with more than {BOUND:g} times the average load",
        f"looked up again every {DISCOVERY_S:g} s",
        f"take at once ({LEAST_IN_LINE} at least)",
        f"{FleetOptions().max_waiting_bytes // 2**30} GiB of prompts",
        {3.0: "three times the median"}[MEDIANS]
        + f" of its replica's recent calls, and longer than {PERCENTILE:.0%}".replace("%", " %"),
        f"at most {SHARE:.0%} of all".replace("%", " %"),
        f"{Health.IN_A_ROW} attempts in a row, or more than half of the last {Health.LAST}",
        f"no reply for {SILENT_S:g} s, and for " + {10.0: "ten times"}[SILENT_TIMES],
        {3.0: "over three times as long as the others'"}[SLOWER],
        f"about {Health.SAME_ANSWERS} rollouts",
        f"nor an abstention within {CANARY_S:g} s",
        f"then every {Canaries.LONGEST_S:g} s",
        {2: "After two good ones"}[Canaries.GOOD],
        f"at least {Health.USABLE_LEAST} attempts, three quarters of the last {Health.USABLE_LAST}",
        f"for as long, {LONGEST_PAUSE_S:g} s at most",
        f"up to {reasons.LONGEST} characters",
        f"no connection within {CONNECT_S:g} s",
    ):
        assert words in " ".join(TEXT.split())


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
    outcome = await judge.ask(Prompt(Shared("", "x"), "?"), ("yes", "no"))
    assert isinstance(outcome, Reading)
    exec(own, names)
    coin = Judge.of(names["Coin"](heads=0.9))  # type: ignore[operator]
    found = await coin.ask(Prompt(Shared("", "x"), "?"), ("yes", "no"))
    await coin.aclose()
    assert isinstance(found, Reading)
    assert found.choices == pytest.approx({"yes": 0.9, "no": 0.1})
