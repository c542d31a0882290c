from pathlib import Path

import pytest

from reward_server.load.figures.summary import report
from reward_server.load.saved_report import as_json, parse, read
from rubrics.problems import ConfigError
from tests.reward_server.load.figures.making import closed

TEXT = as_json(report(closed([1, 8, 32], slots=8, service_s=0.25)))


def test_what_is_written_is_read(tmp_path: Path) -> None:
    path = tmp_path / "loadtest.json"
    path.write_text(TEXT, "utf-8")
    assert as_json(read(path)) == TEXT


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"[]",
        b"{}",
        b"\xff\xfe",
        b"[" * 100_000,
        TEXT.replace("loadtest/v1", "loadtest/v2").encode(),
        TEXT.replace('"seed": 0', '"seed": "\x1b[2J"').encode(),
        TEXT.replace('"phase": 1', '"phase": 99').encode(),
    ],
)
def test_anything_else_is_refused(text: bytes) -> None:
    with pytest.raises(ConfigError) as error:
        parse(text, "r.json")
    assert "r.json: not a load test's report" in str(error.value)
    assert "\x1b" not in str(error.value)
