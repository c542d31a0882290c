"""Where a NaN or an Infinity stands."""

import pytest

from reward_server.wire.not_finite import path_to_constant


@pytest.mark.parametrize(
    ("body", "path"),
    [
        (b"NaN", "$"),
        (b"[1, Infinity]", "$[1]"),
        (b'{"a": {"b": [0, {"c": -Infinity}]}}', "$.a.b[1].c"),
        (b'{"a": [], "b": {}, "c": NaN, "d": NaN}', "$.c"),
        (b'{"a": "NaN", "b": [["Infinity"]]}', None),
        (b'{"a": 1}', None),
        (b'{"a": NaN', None),
        (b'{"a": 1e999}', None),
        (b"[" * 300 + b"NaN" + b"]" * 300, "$" + "[0]" * 300),
        (b"[" * 100_000 + b"NaN", None),
    ],
)
def test_the_first_one_is_found_with_its_path(body: bytes, path: str | None) -> None:
    assert path_to_constant(body) == path
