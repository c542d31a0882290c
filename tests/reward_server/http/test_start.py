"""What `gavel serve` says when it cannot start: a message that helps, exit code 2 and no traceback."""

import socket
from pathlib import Path

import pytest

from tests.reward_server.http.serving import CHECKS_ONLY, refused, write_reward


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return write_reward(tmp_path, CHECKS_ONLY)


def test_a_taken_port_is_a_message(file: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        said = refused(str(file), "--port", str(port))
    assert f"cannot listen on 127.0.0.1 port {port}: Address already in use" in said
    assert "--port" in said


def test_an_address_that_is_not_ours_is_a_message(file: Path) -> None:
    assert "cannot listen on 192.0.2.1" in refused(str(file), "--host", "192.0.2.1", GAVEL_TOKEN="t")


def test_an_invalid_file_is_positioned(file: Path) -> None:
    file.write_text(CHECKS_ONLY.replace("field: label", "feild: label"), encoding="utf-8")
    said = refused(str(file))
    assert f"{file}:5:" in said
    assert "did you mean `field`?" in said
    assert "^" in said


def test_a_missing_file_is_a_message(tmp_path: Path) -> None:
    assert "nowhere.yaml" in refused(str(tmp_path / "nowhere.yaml"))


def test_two_files_of_one_name_are_a_message(file: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.yaml"
    other.write_text(CHECKS_ONLY, encoding="utf-8")
    said = refused(str(file), str(other))
    assert "another of the files is called `test`" in said


@pytest.mark.parametrize(
    ("flag", "value"),
    [
        *(("--port", "65536"), ("--port", "x"), ("--max-requests", "0"), ("--max-rollouts", "-1")),
        *(("--deadline-s", "0"), ("--deadline-s", "nan"), ("--drain-s", "-1"), ("--read-s", "0")),
        *(("--max-body-bytes", "64MB"), ("--log-level", "loud")),
    ],
)
def test_a_wrong_option_is_named(file: Path, flag: str, value: str) -> None:
    said = refused(str(file), flag, value)
    assert flag in said or value in said


def test_a_judge_without_its_url_is_positioned(tmp_path: Path) -> None:
    file = write_reward(tmp_path)
    said = refused(str(file))
    assert f"{file}:" in said
    assert "OPENAI_BASE_URL is not set" in said
