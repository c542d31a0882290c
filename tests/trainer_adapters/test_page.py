"""The client's page says what the code does."""

import re
from dataclasses import fields

import trainer_adapters
from tests.pages import fences, text_of
from tests.processes import ROOT
from trainer_adapters import Gavel, GavelError, Settings
from trainer_adapters.client import connections, errors, posting, reading, retry
from trainer_adapters.client.environment import variable

PAGE = text_of("docs/adapters.md")


def rows(heading: str) -> list[list[str]]:
    """The table after some words, its head left out."""
    table = re.search(r"(?:^\|.*\n)+", PAGE[PAGE.index(heading) :], re.MULTILINE)
    assert table is not None
    return [[cell.strip() for cell in row.strip("|").split("|")] for row in table[0].splitlines()[2:]]


def test_every_setting_is_there_with_its_variable_and_default() -> None:
    documented = {row[0].strip("`"): row[1:3] for row in rows("## Settings")}
    assert list(documented) == [setting.name for setting in fields(Settings)]
    for setting in fields(Settings):
        variables, default = documented[setting.name]
        assert f"`{variable(setting.name)}`" in variables
        value = setting.default
        assert default.strip("` ") == (
            "" if value is None else f"{value:g}" if isinstance(value, float) else str(value)
        )


def test_every_call_is_there_with_its_awaitable_form() -> None:
    calls = {re.split(r"[(`]", row[0].strip("`"))[0]: row[1].strip("`") for row in rows("A rollout has")}
    public = {name for name in vars(Gavel) if not name.startswith("_")}
    assert set(calls) | {awaitable for awaitable in calls.values() if awaitable} == public


def test_every_error_is_there() -> None:
    kinds = {
        name
        for name, found in vars(errors).items()
        if isinstance(found, type) and issubclass(found, GavelError)
    }
    assert kinds <= set(trainer_adapters.__all__)
    assert [name for name in kinds if f"`{name}`" not in PAGE] == []


def test_the_numbers_of_the_page_are_the_codes() -> None:
    assert f"{retry.FIRST_WAIT_S:g} s up to `longest_wait_s`" in PAGE
    assert posting.GZIP_BYTES == 64 * 2**10
    assert f"level {posting.GZIP_LEVEL})" in PAGE
    assert f"at most {1.5 * posting.LONGEST_STEP_S:g} s" in PAGE
    assert ", ".join(map(str, sorted(reading.BUSY))) in PAGE
    assert connections.IDLE_S < 75  # seconds that the server keeps idle connections


def test_the_readme_of_the_distribution_compiles_and_names_what_there_is() -> None:
    text = text_of("trainer_adapters/README.md")
    for block in fences("trainer_adapters/README.md", "python"):
        compile(block, "README.md", "exec")
    for name in re.findall(r"trainer_adapters\.(\w+)", text):
        assert (ROOT / "trainer_adapters" / name / "__init__.py").exists(), name
