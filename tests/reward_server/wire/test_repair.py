"""Lone surrogates and invalid UTF-8 are replaced; nothing else is touched."""

import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reward_server.wire.repair import mended, repaired

HIGH, LOW = "\ud83d", "\ude00"


@pytest.mark.parametrize(
    ("given_", "expected"),
    [
        (rb'"\ud800"', rb'"\ufffd"'),
        (rb'"\uDFFF"', rb'"\ufffd"'),
        (rb'"\ud83d\ude00"', rb'"\ud83d\ude00"'),
        (rb'"\ud83d\u0041"', rb'"\ufffd\u0041"'),
        (rb'"\ud83d\ud83d\ude00"', rb'"\ufffd\ud83d\ude00"'),
        (rb'"\ud83d\ude00\ude00"', rb'"\ud83d\ude00\ufffd"'),
        (rb'"\ude00\ud83d"', rb'"\ufffd\ufffd"'),
        (rb'"\\ud800"', rb'"\\ud800"'),
        (rb'"\\\ud800"', rb'"\\\ufffd"'),
        (rb'"\\\\ud800"', rb'"\\\\ud800"'),
        (rb'"\\\\\ud800\\ud800"', rb'"\\\\\ufffd\\ud800"'),
        (rb'"\ud83d\\ude00"', rb'"\ufffd\\ude00"'),
        (rb'"\u00e9 \ud7ff \ue000"', rb'"\u00e9 \ud7ff \ue000"'),
        (b'"\xff"', '"\ufffd"'.encode()),
        (b'"\xed\xa0\x80"', '"\ufffd\ufffd\ufffd"'.encode()),
        ('"é 😀"'.encode(), '"é 😀"'.encode()),
    ],
)
def test_only_what_is_not_unicode_is_replaced(given_: bytes, expected: bytes) -> None:
    assert mended(given_) == expected


@given(st.text(st.characters() | st.sampled_from([HIGH, LOW, "\\", "u", "d", "8", '"'])))
def test_mending_the_text_is_mending_what_it_says(text: str) -> None:
    body = json.dumps(text)
    pairs_joined = json.loads(body)  # Python joins a high and a low surrogate, as every JSON reader does
    assert json.loads(mended(body.encode())) == repaired(pairs_joined)


def test_values_are_repaired_to_any_depth() -> None:
    assert repaired({"a\ud800": ["\udfff", {"b": 1, "c": None}]}) == {
        "a\ufffd": ["\ufffd", {"b": 1, "c": None}]
    }


@pytest.mark.parametrize("piece", [b"\\\\", b"\\ud800", b"\\ud83d\\ude00", b"\xff", b"\\"])
def test_mending_is_linear(piece: bytes) -> None:
    def seconds(count: int) -> float:
        body = piece * count
        started = time.process_time()
        mended(body)
        return time.process_time() - started

    once = min(seconds(20_000) for _ in range(5))
    assert min(seconds(200_000) for _ in range(3)) < 30 * max(once, 1e-4)
