import asyncio
import re
import signal
import subprocess
import sys

import pytest

from judges.sim.__main__ import main
from judges.sim.options import SimOptions
from rubrics.field_docs import field_docs
from tests.judges.sim.client import chat_body, counters_when, post_chat
from tests.processes import ROOT, start_sim


def run_sim(*options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "judges.sim", *options]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=30, check=False)


def test_ready_line_names_the_real_port() -> None:
    with start_sim("--model", "my-judge") as server:
        expected = r"gavel judge sim: simulated judge at http://127\.0\.0\.1:[1-9]\d+/v1, model my-judge"
        assert re.fullmatch(expected, server.ready_line)
        assert server.stop() == 0
        assert server.process.stdout is not None
        assert server.process.stdout.read() == ""


def test_sigint_exits_130() -> None:
    with start_sim() as server:
        assert server.stop(signal.SIGINT) == 130


async def test_sigterm_lets_calls_finish() -> None:
    with start_sim("--ttft", "0.3", "--prefill-tps", "0") as server:
        call = asyncio.create_task(post_chat(server, chat_body()))
        await counters_when(server, lambda counters: counters["in_flight"] == 1)
        server.process.send_signal(signal.SIGTERM)
        assert (await call)["choices"][0]["message"]["content"] == "yes"
        assert await asyncio.to_thread(server.process.wait, 15) == 0


async def test_sigterm_ends_calls_that_hang() -> None:
    with start_sim("--fault", "timeout:0.5,drip:0.5") as server:
        hanging = [asyncio.create_task(post_chat(server, chat_body(f"{n}?"))) for n in range(8)]
        await counters_when(server, lambda counters: sum(counters["requests"].values()) == 8)
        assert await asyncio.to_thread(server.stop) == 0
        results = await asyncio.gather(*hanging, return_exceptions=True)
    assert all(isinstance(result, Exception) for result in results)


def test_occupied_port_is_said_plainly() -> None:
    with start_sim() as server:
        port = server.root_url.rpartition(":")[2]
        second = run_sim("--port", port)
    assert second.returncode == 2
    assert f"cannot listen on 127.0.0.1 port {port}" in second.stderr
    assert "Traceback" not in second.stderr


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        (["--slots", "0"], "--slots: Input should be greater than or equal to 1"),
        (["--fault", "banana:1"], "--fault: fault 'banana:1': unknown kind"),
        (["--prefill-tps", "-1"], "--prefill-tps: "),
        (["--ttft", "nan"], "--ttft: "),
    ],
)
def test_wrong_option_is_named(
    options: list[str], complaint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(options) == 2
    assert complaint in capsys.readouterr().err


def test_every_option_is_a_documented_flag(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--help"])
    text = " ".join(capsys.readouterr().out.split())
    for name, doc in field_docs(SimOptions).items():
        assert f"--{name.replace('_', '-')} " in text
        assert doc.split()[-1] in text
    assert set(field_docs(SimOptions)) == set(SimOptions.model_fields)
