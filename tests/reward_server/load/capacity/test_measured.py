"""Rates out of a load test's report."""

from pathlib import Path

import pytest
from msgspec.structs import replace

from reward_server.load.capacity.measured import read
from reward_server.load.record import Target
from rubrics.problems import ConfigError
from tests.reward_server.load.capacity.reports import phase, report, saved


def test_the_knee(tmp_path: Path) -> None:
    found = read(
        saved(report(phase(8, 50.0), phase(32, 100.0), phase(64, 101.0), knee=1), tmp_path / "l.json")
    )
    assert found.engine.calls_s == pytest.approx(98.0)  # 2 % failed
    assert found.engine.prefill_tps == 20_000.0
    assert found.engine.decode_tps is None
    assert found.engine.latency == 0.4
    assert (found.failed, found.cache_hit_rate) == (0.02, 0.75)
    assert "100 calls/s at closed 32, 200 tokens computed a call, 75% of prompts cached" in found.notes[0]


def test_without_a_knee_the_most_that_was_sustained(tmp_path: Path) -> None:
    phases = [phase(8, 50.0), phase(32, 100.0, decode=2_000.0), phase(64, 400.0, limited=True)]
    found = read(saved(report(*phases), tmp_path / "l.json"))
    assert found.engine.calls_s == pytest.approx(98.0)
    assert found.engine.decode_tps == 2_000.0
    assert "no knee was found" in found.notes[1]


def test_what_the_client_limited_is_refused(tmp_path: Path) -> None:
    for refused in (report(phase(8, 50.0), who="client"), report(phase(8, 50.0, limited=True)), report()):
        with pytest.raises(ConfigError, match=r"the client was the limit in .*: its core was busy"):
            read(saved(refused, tmp_path / "l.json"))


def test_a_reward_url_tells_nothing_of_its_judge(tmp_path: Path) -> None:
    found = replace(report(phase(8, 50.0)), target=Target("reward", "http://gavel"))
    with pytest.raises(ConfigError, match="tested a reward URL"):
        read(saved(found, tmp_path / "l.json"))


@pytest.mark.parametrize("content", [b"", b"{}", b'{"schema": "loadtest/v2"}', b"\xff"])
def test_no_report(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "l.json"
    path.write_bytes(content)
    with pytest.raises(ConfigError, match="not a load test's report"):
        read(path)
