"""What a URL may set, and that a mistake in it is not silently ignored."""

import pytest

from reward_server.dialects.settings import Settings, read_settings
from reward_server.wire.status import RequestError

ALLOWED = frozenset({"unscored", "deadline_s", "group_size", "reward_key", "special_tokens"})
POLICIES = ("fail", "mark", "number")


def read(query: dict[str, str], headers: dict[str, str] | None = None) -> Settings:
    return read_settings(query, headers or {}, ALLOWED, POLICIES)


def test_the_first_policy_is_the_default() -> None:
    assert read({}) == Settings(unscored="fail")


def test_everything_can_be_set() -> None:
    query = {"unscored": "-0.5", "deadline_s": "90", "group_size": "8", "reward_key": "score"}
    assert read({**query, "special_tokens": "<a>,<b>"}) == Settings(
        unscored=-0.5, deadline_s=90.0, group_size=8, reward_key="score", special_tokens=("<a>", "<b>")
    )


def test_a_header_sets_what_the_query_does_not() -> None:
    headers = {"x-gavel-unscored": "mark", "x-gavel-group-size": "4", "x-gavel-colour": "red", "host": "h"}
    assert read({"group_size": "8"}, headers) == Settings(unscored="mark", group_size=8)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("unscored", text) for text in ("", "mask", "nan", "inf", "1e999", "0x1", "\ud800")),
        *(("deadline_s", text) for text in ("", "0", "-1", "3601", "nan", "soon")),
        *(("group_size", text) for text in ("", "0", "-1", "1.5", "\u0663", "9" * 5000, "65537")),
        *((name, "1") for name in ("unscord", "", "\ud800")),
    ],
)
def test_a_mistake_is_refused_with_its_place_and_advice(name: str, value: str) -> None:
    with pytest.raises(RequestError) as refused:
        read({name: value})
    assert refused.value.code == "invalid_field"
    assert refused.value.path is not None
    assert refused.value.path.startswith("?")
    assert refused.value.path.isascii()
    assert refused.value.hint


def test_a_number_stands_in_only_where_the_dialect_lets_it() -> None:
    with pytest.raises(RequestError) as refused:
        read_settings({"unscored": "0"}, {}, ALLOWED, ("mask", "fail"))
    assert refused.value.hint == "one of: mask, fail"
