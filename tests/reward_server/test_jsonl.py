from pathlib import Path

import pytest

from reward_server.jsonl import read_rollouts, read_rows, whole_lines
from rubrics.problems import ConfigError


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "rollouts.jsonl"


def refused(path: Path, content: bytes) -> str:
    path.write_bytes(content)
    with pytest.raises(ConfigError) as caught:
        read_rollouts(path)
    return str(caught.value)


def test_each_line_is_a_rollout(path: Path) -> None:
    path.write_bytes(b'{"completion": "a"}\n{"id": "x", "completion": "b", "metadata": {"k": [1]}}\n')
    first, second = read_rollouts(path)
    assert (first.completion, first.id) == ("a", None)
    assert (second.completion, second.id, second.metadata) == ("b", "x", {"k": [1]})


@pytest.mark.parametrize(
    "content",
    [
        b'{"completion": "a"}\n{"completion": "b"}',
        b'\n{"completion": "a"}\n\n   \n{"completion": "b"}\n\n',
        b'{"completion": "a"}\r\n{"completion": "b"}\r\n',
        b'\xef\xbb\xbf{"completion": "a"}\n{"completion": "b"}\n',
    ],
)
def test_blank_lines_line_ends_and_marks_do_not_count(content: bytes, path: Path) -> None:
    path.write_bytes(content)
    assert [rollout.completion for rollout in read_rollouts(path)] == ["a", "b"]


def test_a_line_separator_inside_a_text_ends_no_line(path: Path) -> None:
    path.write_bytes('{"completion": "a\u2028b\u0085c"}\n'.encode())
    assert [rollout.completion for rollout in read_rollouts(path)] == ["a\u2028b\u0085c"]


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        (b"{", "rollouts.jsonl:3: this is not valid JSON"),
        (b"[]", "rollouts.jsonl:3: Expected `object`, got `array`"),
        (b"{}", "rollouts.jsonl:3: Object missing required field `completion`"),
        (b'{"completion": 3}', "at $.completion"),
        (b'{"completion": "x", "ground_truh": 1}', "rollouts.jsonl:3: unknown field `ground_truh`"),
        (b'{"completion": "x", "metadata": {"a": NaN}}', "at $.metadata.a"),
        (b'{"completion": "x", "finish_reason": "eos"}', "at $.finish_reason"),
        (b'{"completion": ' + b"[" * 100_000, "rollouts.jsonl:3: "),
        (b"\xff\xfe", "rollouts.jsonl:3: this is not valid JSON"),
    ],
)
def test_a_mistake_is_told_with_its_line(line: bytes, complaint: str, path: Path) -> None:
    assert complaint in refused(path, b'{"completion": "a"}\n\n' + line + b"\n")


def test_an_id_stands_once(path: Path) -> None:
    lines = b'{"id": "x", "completion": "a"}\n\n{"completion": "b"}\n{"id": "x", "completion": "c"}\n'
    assert "rollouts.jsonl:4: the id 'x' stands on line 1 already" in refused(path, lines)


@pytest.mark.parametrize("content", [b"", b"\n \n"])
def test_an_empty_file_is_a_mistake(content: bytes, path: Path) -> None:
    assert "rollouts.jsonl holds no rollouts" in refused(path, content)


def test_a_file_that_is_not_there_is_a_message(path: Path) -> None:
    with pytest.raises(ConfigError, match="No such file"):
        read_rollouts(path)


def test_rows_are_any_objects(path: Path) -> None:
    path.write_bytes(b'{"anything": [1]}\n{}\n')
    assert list(read_rows(path)) == [{"anything": [1]}, {}]
    path.write_bytes(b"{}\n3\n")
    with pytest.raises(ConfigError, match=r"rollouts\.jsonl:2: "):
        list(read_rows(path))


@pytest.mark.parametrize("torn", [b'{"a": 1', b'{"a": 1}', b"{", b"\xff", b'{"a": "\xc3'])
def test_a_line_that_was_cut_off_is_left_out(torn: bytes, path: Path) -> None:
    path.write_bytes(b'{"b": 2}\n{"c": "\xc3\xa9"}\n' + torn)
    assert list(whole_lines(path)) == [b'{"b": 2}\n', b'{"c": "\xc3\xa9"}\n']


def test_a_torn_line_that_another_run_went_on_after_is_left_out(path: Path) -> None:
    path.write_bytes(b'{"b": 2}\n{"c": \n{"d": 3}\n')
    assert list(whole_lines(path)) == [b'{"b": 2}\n', b'{"d": 3}\n']
