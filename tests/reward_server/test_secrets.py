"""Secrets out of the environment."""

from pathlib import Path

import pytest

from reward_server.secrets import secret
from rubrics.problems import ConfigError

NAME = "GAVEL_TEST_SECRET"


@pytest.fixture(autouse=True)
def _clean(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(NAME, raising=False)
    monkeypatch.delenv(f"{NAME}_FILE", raising=False)


def test_the_variable_comes_first(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text("from the file\n", encoding="utf-8")
    assert secret(NAME) is None
    monkeypatch.setenv(f"{NAME}_FILE", str(file))
    assert secret(NAME) == "from the file"
    monkeypatch.setenv(NAME, "from the variable")
    assert secret(NAME) == "from the variable"


@pytest.mark.parametrize(
    ("content", "message"), [(b"", "which is empty"), (b" \n", "which is empty"), (b"\xff", "it is not text")]
)
def test_a_file_without_a_secret_is_an_error(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, content: bytes, message: str
) -> None:
    file = tmp_path / "secret"
    file.write_bytes(content)
    monkeypatch.setenv(f"{NAME}_FILE", str(file))
    with pytest.raises(ConfigError, match=message):
        secret(NAME)


def test_a_missing_file_is_an_error(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv(f"{NAME}_FILE", str(tmp_path / "nowhere"))
    with pytest.raises(ConfigError, match="cannot be read: No such file"):
        secret(NAME)
