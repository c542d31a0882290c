"""docs/connect.md says of each trainer what the table in the code says."""

import re

import pytest

from reward_server.connect.directory import TRAINERS
from tests.pages import text_of

ROWS = re.findall(
    r"^\| ([^|]+) \| `([^|]+)` \| (rollouts|prompts) \| `([^|]+)` \|$",
    text_of("docs/connect.md"),
    re.MULTILINE,
)


@pytest.mark.parametrize("name", TRAINERS)
def test_its_batch_and_group_settings_are_in_the_table(name: str) -> None:
    trainer = TRAINERS[name]
    title = trainer.title.split(" (")[0].split(" and ")[-1]
    (row,) = [row for row in ROWS if title in row[0].split(", ")]
    assert row[1:] == (trainer.batch_setting, trainer.counts.value, trainer.group_setting)


def test_the_command_line_page_names_every_trainer() -> None:
    section = text_of("docs/cli.md").partition("## `gavel connect TRAINER`")[2].partition("\n## ")[0]
    assert [name for name in TRAINERS if f"`{name}`" not in section] == []
