import math

import pytest

from rubrics.core_schema import plain
from rubrics.document import parse
from rubrics.rollout import Json

CORE_SCHEMA: list[tuple[str, Json]] = [
    ("yes", "yes"),
    ("No", "No"),
    ("on", "on"),
    ("off", "off"),
    ("y", "y"),
    ("true", True),
    ("False", False),
    ("TRUE", True),
    ("tRUE", "tRUE"),
    ("null", None),
    ("~", None),
    ("", None),
    ("nULL", "nULL"),
    ("12", 12),
    ("-12", -12),
    ("+12", 12),
    ("010", 10),
    ("0o10", 8),
    ("0x1F", 31),
    ("0b1", "0b1"),
    ("1_000", "1_000"),
    ("1:30", "1:30"),
    ("0.5", 0.5),
    (".5", 0.5),
    ("1.", 1.0),
    ("1e3", 1000.0),
    ("-1.5E-2", -0.015),
    ("1e", "1e"),
    (".", "."),
    ("1.10", 1.1),
    ("2024-01-31", "2024-01-31"),
    ("=", "="),
    ("٣", "٣"),
    (".inf", math.inf),
    ("-.INF", math.inf),  # refused later, whatever its sign
    ("+.Inf", math.inf),
    (".iNF", ".iNF"),
    ("inf", "inf"),
    ("nan", "nan"),
    ("-.nan", "-.nan"),
    ("++1", "++1"),
]


@pytest.mark.parametrize(("text", "value"), CORE_SCHEMA)
def test_plain_scalars_are_read_by_the_core_schema(text: str, value: Json) -> None:
    read = plain(text)
    assert read == value
    assert type(read) is type(value)


@pytest.mark.parametrize(("text", "value"), CORE_SCHEMA)
def test_quoted_scalars_are_text(text: str, value: Json) -> None:
    assert parse(f"key: '{text}'\nother: \"{text}\"\n").data == {"key": text, "other": text}


@pytest.mark.parametrize("text", [".nan", ".NaN", ".NAN"])
def test_what_is_not_a_number_is_seen(text: str) -> None:
    value = plain(text)
    assert isinstance(value, float)
    assert math.isnan(value)


def test_a_number_too_long_for_python_is_not_finite() -> None:
    assert plain("9" * 5000) == math.inf
