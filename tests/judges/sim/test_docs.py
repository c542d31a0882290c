import json
import math
import re
from pathlib import Path

import pytest

from judges.sim.faults import FaultKind
from judges.sim.options import SimOptions
from judges.sim.verdict import STOP_WORDS, positive_probability
from tests.judges.sim.client import post_chat
from tests.processes import ROOT, ServerProcess

PAGE = Path(ROOT / "docs" / "judge-sim.md").read_text(encoding="utf-8")


def rows(heading: str) -> list[list[str]]:
    section = PAGE.split(f"\n## {heading}\n")[1].split("\n## ")[0]
    return [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in section.splitlines()
        if line[:1] == "|"
    ]


def test_every_option_and_default_is_documented() -> None:
    documented = {row[0].strip("`"): row[1].strip("`") for row in rows("Options")[2:]}
    options = {
        f"--{name.replace('_', '-')}": str(field.default) or "none"
        for name, field in SimOptions.model_fields.items()
        if name != "api_key"
    }
    assert documented == options


def test_every_fault_is_documented() -> None:
    assert [row[0].strip("`") for row in rows("Faults")[2:]] == list(FaultKind)


def test_every_stop_word_is_documented() -> None:
    listed = PAGE.split("Stop words:")[1].split("\n\n")[0]
    names = {"and", "names", "for", "the"}
    assert set(re.findall(r"[a-z]+", listed)) - names == STOP_WORDS


def test_table_of_p() -> None:
    overlaps, _, values = rows("Verdicts")
    for overlap, value in zip(overlaps[1:], values[1:], strict=True):
        assert positive_probability(float(overlap)) == pytest.approx(float(value), abs=5e-4)


async def test_curl_example_answers_as_shown(sim: ServerProcess) -> None:
    request = json.loads(PAGE.split("-d '\n")[1].split("}'\n")[0] + "}")
    shown = json.loads(PAGE.split("```json\n")[1].split("```")[0])
    (choice,) = (await post_chat(sim, request))["choices"]
    for entry in choice["logprobs"]["content"]:
        for rounded in (entry, *entry["top_logprobs"]):
            rounded["logprob"] = math.floor(rounded["logprob"] * 1e4 + 0.5) / 1e4
    assert choice == shown
