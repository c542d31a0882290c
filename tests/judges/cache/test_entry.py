"""What a store may do to an entry: nothing that would be believed."""

import math

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from judges.cache import entry
from judges.cache.entry import LONGEST, name_of, seal, unseal
from rubrics.rollout import Json
from rubrics.verdict import Reading
from tests.judges.cache.known import NO, YES, key

KEY = key(1)


def sealed(reading: Reading = YES) -> bytes:
    made = seal(KEY, reading)
    assert made is not None
    return made


def forged(body: Json | bytes) -> bytes:
    """An entry with a genuine seal around a body that we would not write."""
    content = body if isinstance(body, bytes) else msgspec.msgpack.encode(body)
    return entry._seal(KEY, content) + content


def test_a_reading_comes_back_as_it_was() -> None:
    assert unseal(KEY, sealed()) == YES


@given(st.lists(st.floats(0, 1), min_size=1, max_size=6).filter(lambda chances: sum(chances) > 0))
def test_p07_probabilities_come_back_to_the_last_bit(weights: list[float]) -> None:
    total = math.fsum(weights)
    reading = Reading({f"choice {number}": weight / total for number, weight in enumerate(weights)})
    known = unseal(KEY, sealed(reading))
    assert known is not None
    assert list(known.choices.items()) == list(reading.choices.items())


def test_the_order_of_the_choices_is_kept() -> None:
    known = unseal(KEY, sealed(Reading({"no": 0.25, "yes": 0.75})))
    assert known is not None
    assert list(known.choices) == ["no", "yes"]


def test_p10_an_entry_of_another_key_is_none() -> None:
    assert unseal(key(2), sealed()) is None


def test_p10_an_entry_under_the_same_name_but_of_another_key_is_none() -> None:
    twin = KEY[:16] + key(2)[16:]
    assert name_of(twin) == name_of(KEY)
    assert unseal(twin, sealed()) is None


def test_a_store_never_sees_what_it_would_take_to_seal_an_entry() -> None:
    assert KEY[16:] not in name_of(KEY) + sealed()


def test_p10_any_flipped_bit_makes_it_none() -> None:
    whole = int.from_bytes(sealed(), "big")
    size = len(sealed())
    flipped = [(whole ^ 1 << bit).to_bytes(size, "big") for bit in range(8 * size)]
    assert [damaged for damaged in flipped if unseal(KEY, damaged) is not None] == []


def test_p10_any_shortened_or_lengthened_entry_is_none() -> None:
    whole = sealed()
    assert [cut for cut in range(len(whole)) if unseal(KEY, whole[:cut]) is not None] == []
    assert unseal(KEY, whole + b"\0") is None
    assert unseal(KEY, bytes(LONGEST + 1)) is None


@pytest.mark.parametrize(
    "body",
    [
        [["yes", "no"], [math.nan, 1.0]],
        [["yes", "no"], [math.inf, 0.0]],
        [["yes", "no"], [-0.5, 1.5]],
        [["yes", "no"], [0.5, 0.4]],
        [["yes", "no"], [1.0]],
        [["yes"], [0.5, 0.5]],
        [["yes", "yes"], [0.5, 0.5]],
        [["yes", "yes"], [0.0, 1.0]],
        [["yes"], [1.0, 0.0]],
        [["yes", "no"], ["0.5", "0.5"]],
        [[1, 2], [0.5, 0.5]],
        [["yes", "no"], [0.5, 0.5], "more"],
        [["yes", "no"]],
        [[], []],
        {"yes": 1.0},
        None,
        b"",
        b"\xff\x00",
        b"\x91" * 2000,
        msgspec.msgpack.encode([["yes", "no"], [0.5, 0.5]]) * 2,
    ],
)
def test_p06_a_body_that_is_no_reading_is_none_even_under_a_genuine_seal(body: Json | bytes) -> None:
    assert unseal(KEY, forged(body)) is None


def test_the_forger_of_these_tests_does_forge() -> None:
    assert unseal(KEY, forged([["yes", "no"], [0.125, 0.875]])) == NO


def test_what_is_no_text_or_too_long_makes_no_entry() -> None:
    assert seal(KEY, Reading({"\ud800": 1.0})) is None
    assert seal(KEY, Reading({"x" * LONGEST: 1.0})) is None


def test_p23_a_reason_is_not_kept() -> None:
    assert b"because" not in sealed(Reading({"yes": 1.0}, "because"))
