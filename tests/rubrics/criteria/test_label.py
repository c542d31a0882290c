import pytest

from rubrics.criteria.label import label_key, yes_or_no
from rubrics.rollout import Json


@pytest.mark.parametrize(
    ("value", "key"),
    [
        (True, "true"),
        (False, "false"),
        ("true", "true"),
        (3, "3"),
        (3.0, "3"),
        (0.5, "0.5"),
        ("spam", "spam"),
        ("", None),
        (None, None),
        ([], None),
        ({"a": 1}, None),
    ],
)
def test_a_label_has_one_key_however_it_is_typed(value: Json, key: str | None) -> None:
    assert label_key(value) == key


@pytest.mark.parametrize(
    ("key", "word"),
    [
        *((key, "yes") for key in ("yes", "Yes", "true", "met", "1", " YES ")),
        *((key, "no") for key in ("no", "False", "unmet", "0")),
        *((key, None) for key in ("maybe", "", "10", "yesno")),
    ],
)
def test_yes_or_no(key: str, word: str | None) -> None:
    assert yes_or_no(key) == word
