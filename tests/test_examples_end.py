"""The examples leave nothing behind: no server, no temporary store, nothing in the user's own store."""

import signal
import socket
import subprocess
import sys
import threading
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from urllib.parse import urlsplit

import pytest

from reward_server.wire.native import ComponentResult, Result
from tests.processes import ROOT
from tests.reward_server.cli.running import environment

RUN = ROOT / "examples" / "dashboard" / "run.py"
SMALL = ("--port", "0", "--steps", "10", "--until", "2", "--groups", "1", "--rollouts", "2", "--stay")
LIMIT_S = 40.0


def module(path: Path, name: str) -> ModuleType:
    spec = spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    found = module_from_spec(spec)
    spec.loader.exec_module(found)
    return found


def said(process: "subprocess.Popen[str]", until: str) -> list[str]:
    assert process.stdout is not None
    lines = []
    for line in process.stdout:
        lines.append(line)
        if until in line:
            return lines
    raise AssertionError(f"{until!r} was not said: {lines}")


@pytest.mark.parametrize("moment", ["and watch", "until Ctrl-C"])
def test_a_simulated_run_that_is_terminated_takes_its_servers_and_its_store_along(
    tmp_path: Path, moment: str
) -> None:
    process = subprocess.Popen(
        [sys.executable, str(RUN), *SMALL],
        env=environment({"TMPDIR": str(tmp_path)}),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    guard = threading.Timer(LIMIT_S, process.kill)
    guard.start()
    with process:
        lines = said(process, moment)
        assert list(tmp_path.rglob("rollouts.sqlite3"))
        process.send_signal(signal.SIGTERM)
        assert process.wait(LIMIT_S) in (0, 130)
    guard.cancel()
    assert list(tmp_path.rglob("rollouts.sqlite3*")) == []
    urls = {word.strip(",") for line in lines for word in line.split() if word.startswith("http://")}
    assert len({urlsplit(url).port for url in urls}) == 2
    for url in urls:
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", urlsplit(url).port or 0))


def test_a_server_of_an_example_stores_nothing_in_the_users_own_store(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    serving = module(ROOT / "examples" / "serving.py", "examples_serving")
    monkeypatch.setenv("GAVEL_STORE", str(tmp_path / "mine"))
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:1/v1")
    monkeypatch.setenv("GAVEL_LOG_LEVEL", "error")
    command = ("serve", str(ROOT / "examples" / "sms_spam" / "reward.yaml"))
    with serving.running(*command):
        pass
    assert not (tmp_path / "mine").exists()
    with serving.running(*command, environment={"GAVEL_STORE": str(tmp_path / "named")}):
        pass
    assert (tmp_path / "named").exists()


def test_the_demo_prints_the_cause_of_a_rollout_without_a_reward(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from rich.console import Console

    monkeypatch.setattr(sys, "path", [*sys.path])
    demo = module(ROOT / "examples" / "moderation" / "demo.py", "examples_demo")
    part = ComponentResult(value=None, weight=0.25, weighted=None, reason=None, cause="judge_unreachable")
    result = Result(
        id="p1-good",
        group="p1",
        reward=None,
        status="unscored",
        cause="judge_unreachable",
        detail="no judge",
        advantage_weight=None,
        components={"rubric": part},
        verdicts=None,
    )
    demo.explain(result, Console(width=200))
    told = [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]
    assert told == [
        "p1-good: unscored (judge_unreachable), advantage weight none",
        "unscored (judge_unreachable) rubric",
    ]


def test_make_dashboard_stops_while_reasoning_has_collapsed() -> None:
    told = (ROOT / "Makefile").read_text(encoding="utf-8").partition("dashboard/run.py --stay --until ")[2]
    until = int(told.split()[0])
    story = module(RUN.with_name("story.py"), "examples_story").Story(60)
    assert story.bottom + 5 <= until <= story.mended  # alarms look at five steps together
