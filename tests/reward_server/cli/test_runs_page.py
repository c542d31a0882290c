"""docs/runs.md shows what the commands print, names every field of an export, and each of its lines works."""

import random
import re
from pathlib import Path

import msgspec
import pytest

from reward_server.store.parquet import AS_JSON
from reward_server.wire.exported import Exported
from reward_server.wire.origin import Origin
from rubrics.rollout import Json
from tests.pages import fences, text_of
from tests.reward_server.cli.running import Gavel
from tests.reward_server.making import rollout_of
from tests.reward_server.storing import columns, of_rollouts, writer_of

PAGE = "docs/runs.md"
EXAMPLES = fences(PAGE, "console")
STARTED = 1_795_300_000.0


def fill(path: Path) -> None:
    """A run of four steps with two groups of four, whose texts get short and whose judge fails once."""
    reward = msgspec.structs.replace(columns(accuracy=0.7, reasoning=0.3), name="moderation")
    chance = random.Random(5)
    writer = writer_of(path)
    for step in range(197, 201):
        for group in ("a", "b"):
            made = []
            for number in range(4):
                judged = None if step == 199 and group == "b" else chance.choice([0.25, 0.5, 0.75])
                values: dict[str, Json] = {"accuracy": chance.choice([0.0, 1.0]), "reasoning": judged}
                text = "word " * (260 - step)
                made.append(rollout_of(f"{step}/{group}/{number}", text, metadata=values))
            entry = of_rollouts(reward, made, Origin(None, "grpo-7", step), f"{step}/{group}")
            writer.store([entry._replace(at=STARTED + 60 * (step - 197))])
    writer.close()


@pytest.mark.parametrize("example", EXAMPLES, ids=[each.splitlines()[0] for each in EXAMPLES])
def test_a_command_prints_what_the_page_shows(
    gavel: Gavel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, example: str
) -> None:
    fill(tmp_path / "rollouts.sqlite3")
    monkeypatch.setenv("GAVEL_STORE", str(tmp_path / "rollouts.sqlite3"))
    monkeypatch.chdir(tmp_path)
    command, *shown = example.splitlines()
    done = gavel(*command.removeprefix("$ gavel ").split())
    assert done.code == 0
    found = [line.rstrip() for line in (done.out + done.err).splitlines()]
    expected = [re.escape(line).replace(r"\.\.\.", ".*") for line in shown]
    assert len(found) == len(expected), found
    pairs = zip(found, expected, strict=True)
    assert [line for line, wanted in pairs if not re.fullmatch(wanted, line)] == []


def rows(heading: str) -> list[str]:
    """The first column of the table under a heading, name by name."""
    part = text_of(PAGE).partition(f"## {heading}\n")[2].partition("\n## ")[0]
    cells = re.findall(r"^\| (`.*?) \|", part, re.MULTILINE)
    return [name for cell in cells for name in re.findall(r"`(\w+)`", cell)]


def test_every_field_of_an_export_is_there() -> None:
    assert sorted(rows("An export")) == sorted(Exported.__struct_fields__)


def test_what_is_json_in_parquet_is_said() -> None:
    told = text_of(PAGE).partition("### Parquet")[2].partition("\n## ")[0]
    assert [name for name in AS_JSON if f"`{name}`" not in told] == []
