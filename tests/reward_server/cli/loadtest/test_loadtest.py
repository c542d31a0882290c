"""`gavel loadtest` against a real judge and a real reward server; too short for figures to be asserted."""

import csv
import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from reward_server.cli import exits
from reward_server.load.saved_report import read
from tests.processes import ROOT, ServerProcess, start_sim
from tests.reward_server.cli.running import GAVEL, Gavel, environment

RUBRIC = """\
schema: rubric/v1
id: kind
version: "2"
criteria:
- {id: kind, ask: It is kind.}
- {id: short, ask: It is short.}
"""
BRIEF = ("--tokens", "50,20,30", "--group-size", "4", "--warmup", "0s", "--seconds", "400ms")


@pytest.fixture(scope="module")
def judge() -> Iterator[ServerProcess]:
    with start_sim("--slots", "8", "--ttft", "0.005") as server:
        yield server


@pytest.fixture
def rubric(tmp_path: Path) -> Path:
    path = tmp_path / "rubric.yaml"
    path.write_text(RUBRIC)
    return path


def test_a_judge_is_tested_and_the_report_stands_in_three_files(
    gavel: Gavel, judge: ServerProcess, rubric: Path, tmp_path: Path
) -> None:
    files = {name: tmp_path / f"report.{name}" for name in ("json", "csv", "html")}
    outputs = ("-o", files["json"], "--csv", files["csv"], "--html", files["html"], "--date", "2026-01-31")
    load = ("--closed", "2,4", "--slo", "2s")
    done = gavel("loadtest", "judge", judge.base_url, "--rubric", rubric, *BRIEF, *load, *outputs)
    assert done.code == exits.OK
    assert "rollouts/s" in done.out
    report = read(files["json"])
    assert [phase.load for phase in report.phases] == [2, 4]
    assert report.target.rubric == "kind 2"
    assert report.target.questions == 2
    assert report.target.group_size == 4
    assert all(phase.calls > 10 and phase.failures == {} for phase in report.phases)
    assert [float(row["load"]) for row in csv.DictReader(files["csv"].read_text().splitlines())] == [2, 4]
    page = files["html"].read_text()
    assert "2026-01-31" in page
    assert "<script" not in page
    assert "http-equiv" in page


def test_a_gate_that_is_not_kept_ends_with_3(gavel: Gavel, judge: ServerProcess, rubric: Path) -> None:
    load = ("--poisson", "20", "--slo", "1s", "--json")
    required = ("--require", "goodput>=100000")
    done = gavel("loadtest", "judge", judge.base_url, "--rubric", rubric, *BRIEF, *load, *required)
    assert done.code == exits.GATE
    assert "not kept:" in done.err
    assert "goodput" in done.err
    assert json.loads(done.out)["phases"][0]["offered_rollouts_s"] is not None


def test_what_cannot_be_written_or_heeded_is_told_before_the_test(
    gavel: Gavel, rubric: Path, tmp_path: Path
) -> None:
    test = ("loadtest", "judge", "http://127.0.0.1:1/v1", "--model", "m", "--rubric", rubric)
    for option, path in (("-o", tmp_path / "no" / "r.json"), ("--csv", tmp_path), ("--html", tmp_path)):
        done = gavel(*test, option, path)
        assert (done.code, done.out) == (exits.USAGE, "")
        assert f"cannot write {path}" in done.err
    done = gavel(*test, "--closed", "2", "--in-flight", "3")
    assert done.code == exits.USAGE
    assert "--in-flight is for --burst" in done.err


def test_a_burst_takes_as_long_as_it_takes(gavel: Gavel, judge: ServerProcess, rubric: Path) -> None:
    load = ("--burst", "16", "--in-flight", "8", "--json")
    done = gavel("loadtest", "judge", judge.base_url, "--rubric", rubric, *BRIEF, *load)
    (phase,) = json.loads(done.out)["phases"]
    assert (phase["shape"], phase["calls"]) == ("burst", 32)
    assert phase["step_s"] > 4 * 0.005  # 32 calls over 8 slots


def test_given_rollouts_are_shown(gavel: Gavel, judge: ServerProcess, tmp_path: Path) -> None:
    example = ROOT / "examples" / "moderation"
    files = ("--rollouts", example / "rollouts.jsonl", "--reward", example / "reward.yaml")
    rubric = example / "rubrics" / "moderation-reasoning.yaml"
    out = tmp_path / "report.json"
    load = ("--closed", "4", "--warmup", "0s", "--seconds", "300ms", "-o", out)
    done = gavel("loadtest", "judge", judge.base_url, "--rubric", rubric, *files, *load)
    assert done.code == exits.OK
    assert read(out).phases[0].calls > 4


def test_two_tests_are_compared(gavel: Gavel, judge: ServerProcess, rubric: Path, tmp_path: Path) -> None:
    reports = [tmp_path / "a.json", tmp_path / "b.json"]
    for out in reports:
        load = ("--closed", "4", "--repeats", "3", "-o", out)
        gavel("loadtest", "judge", judge.base_url, "--rubric", rubric, *BRIEF, *load)
    done = gavel("loadtest", "compare", *reports, "--json")
    assert done.code == exits.OK
    (load_found,) = json.loads(done.out)["loads"]
    assert load_found["load"] == 4
    assert gavel("loadtest", "compare", *reports).code == exits.OK
    assert gavel("loadtest", "compare", reports[0], tmp_path / "rubric.yaml").code == exits.USAGE


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--closed", "1,x"), "--closed '1,x' is not a list of numbers"),
        (("--closed", "1", "--burst", "2"), "more than one kind of load"),
        (("--soak", "1", "--poisson", "2"), "more than one kind of load"),
        (("--closed", "0"), "a load must be greater than 0"),
        (("--closed", "1.5"), "whole numbers"),
        (("--seconds", "soon"), "'soon' is no time: 30s, 500ms, 2min"),
        (("--tokens", "1,2"), "is not three numbers"),
        (("--verdict", "loud", "--model", "m"), "--verdict"),
        (("--require", "speed>1"), "speed"),
    ],
)
def test_mistakes_are_told_before_anything_is_sent(
    gavel: Gavel, rubric: Path, options: tuple[str, ...], message: str
) -> None:
    given = options if "--model" in options else (*options, "--model", "m")
    done = gavel("loadtest", "judge", "http://127.0.0.1:9/v1", "--rubric", rubric, *given)
    assert done.code == exits.USAGE
    assert message in done.err


def test_a_judge_that_is_not_there_is_a_message(gavel: Gavel, rubric: Path) -> None:
    for given in ((), ("--model", "m")):
        done = gavel("loadtest", "judge", "http://127.0.0.1:9/v1", "--rubric", rubric, *given)
        assert done.code != exits.OK
        assert "127.0.0.1:9" in done.err


def test_ctrl_c_reports_what_there_is(judge: ServerProcess, rubric: Path, tmp_path: Path) -> None:
    out = tmp_path / "report.json"
    load = ("--closed", "4", "--seconds", "60s", "--warmup", "0s", "--tokens", "10,10,10", "-o", str(out))
    words = ["loadtest", "judge", judge.base_url, "--rubric", str(rubric), *load]
    process = subprocess.Popen(
        [*GAVEL, *words], env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stderr is not None
    line = ""
    while "measuring" not in line:  # a line of progress: the phase has begun
        line = process.stderr.readline()
        assert line, "it ended by itself"
    started = time.monotonic()
    os.kill(process.pid, signal.SIGINT)
    output, _ = process.communicate(timeout=30)
    assert process.returncode == exits.INTERRUPTED
    assert time.monotonic() - started < 15
    assert read(out).interrupted
    assert "stopped" in output or "interrupted" in output.lower()


REWARD = """\
name: own
components:
  quality: {{use: rubric, rubric: rubric.yaml}}
judges:
  default: {{use: openai, base_url: "{url}", model: gavel-sim, verdict: token, cache: {{store: none}}}}
"""


def test_a_reward_url_is_tested_with_its_judge_behind_it(
    gavel: Gavel, judge: ServerProcess, rubric: Path, tmp_path: Path
) -> None:
    from tests.processes import start_server

    reward = tmp_path / "reward.yaml"
    reward.write_text(REWARD.format(url=judge.base_url))
    with start_server(*GAVEL, "serve", str(reward), "--port", "0") as server:
        out = tmp_path / "report.json"
        load = ("--closed", "2", "--warmup", "0s", "--seconds", "500ms", "--group-size", "4", "-o", out)
        done = gavel("loadtest", "reward", server.base_url, "--tokens", "0,20,30", *load)
    assert (done.code, read(out).target.kind) == (exits.OK, "reward")
    (phase,) = read(out).phases
    assert phase.failures == {}
    assert phase.rollouts_s is not None
    assert phase.calls > 2
