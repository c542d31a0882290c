"""docs/verdict-cache.md names every setting with its default, and says what the code does."""

import pytest

from judges.cache import redis, sqlite, writes
from judges.cache.options import CacheOptions
from tests.processes import ROOT

TEXT = (ROOT / "docs" / "verdict-cache.md").read_text(encoding="utf-8")
DEFAULTS = CacheOptions().model_dump()


@pytest.mark.parametrize("name", CacheOptions.model_fields)
def test_every_setting_is_in_the_table_with_its_default(name: str) -> None:
    default = DEFAULTS[name]
    told = f"`{default or 'null'}`" if isinstance(default, str | None) else f"{default:g}"
    assert f"\n| `{name}` | {told} | " in TEXT


def test_its_numbers_are_the_codes() -> None:
    for words in (
        f"the disk hangs for {sqlite.BOUND_S:g} s",
        f"longer than {redis.BOUND_S * 1000:g} ms",
        f"at most {writes.MOST:,} of them",
        f"the verdicts of the last {writes.LINGER_S:g} s",
    ):
        assert words in TEXT
