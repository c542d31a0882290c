"""The examples of docs/rubric-test.md are what the command prints."""

import shlex
from pathlib import Path

import pytest

from tests.pages import fences
from tests.reward_server.cli.running import Gavel

PAGE = "docs/rubric-test.md"
RUBRIC = """\
schema: rubric/v1
id: support-reply
inputs:
  handbook: {from: metadata.handbook, trust: author, share: dataset}
  question: {from: prompt}
  reply: {from: completion}
criteria:
- {id: fits, check: {words: {at_least: 5, at_most: 200}}, gate: {else: 0}}
- {id: names_section, ask: The reply names the section of the handbook it relies on., weight: 3}
- {id: tone, ask: How does the reply treat the customer?, scale: [dismissive, neutral, considerate]}
- {id: invents, ask: The reply states facts about the order that the question does not contain., weight: -4}
"""
REWARD = """\
name: support
components: {quality: {use: rubric, rubric: support-reply.yaml}}
judges:
  default:
    use: "tests.reward_server.cli.rubric.judging:ByWords"
    chances:
      names the section: {"section 4": 0.97, "We never": 0.08, "Your parcel": 0.03}
      treat the customer:
        {"section 4": [0.01, 0.02, 0.97], "We never": [0.9, 0.08, 0.02], "Your parcel": [0.3, 0.6, 0.1]}
      states facts: {"section 4": 0.01, "We never": 0.1, "Your parcel": 0.2}
  wavering: {use: "tests.reward_server.cli.rubric.judging:Wavering", steps: [0.57, 0.44, 0.52, 0.48, 0.55]}
"""


@pytest.mark.parametrize("example", fences(PAGE, "console"), ids=["once", "repeated"])
def test_the_example_is_what_is_printed(
    example: str, gavel: Gavel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (goldens,) = fences(PAGE, "yaml")
    files = {"support-reply.yaml": RUBRIC, "support-reply.golden.yaml": goldens, "reward.yaml": REWARD}
    for name, text in files.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    command, *shown = example.splitlines()
    done = gavel(*shlex.split(command)[2:])
    printed = [line.rstrip() for line in done.out.splitlines()]
    lines = iter(printed)
    for line in shown:
        if line not in ("...", ""):
            assert line in lines, printed  # an iterator: in this order
