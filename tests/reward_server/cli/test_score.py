"""`gavel score` with the moderation example and the simulated judge, as real processes where that matters."""

import asyncio
import contextlib
import os
import pty
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.request import Request, urlopen

import msgspec
import pytest

from tests.judges.sim.client import counters_when
from tests.processes import ROOT, ServerProcess, start_server, start_sim
from tests.reward_server.cli.running import GAVEL, Gavel, environment, gavel_process

EXAMPLE = ROOT / "examples" / "moderation"
ROLLOUTS, REWARD = EXAMPLE / "rollouts.jsonl", EXAMPLE / "reward.yaml"
PLAIN = "name: plain\ncomponents: {format: {use: structure}, length: {use: repetition}}\n"
UNREACHABLE = {"OPENAI_BASE_URL": "http://127.0.0.1:9/v1"}


@pytest.fixture(scope="module")
def judge() -> Iterator[ServerProcess]:
    with start_sim("--ttft", "0.001", "--prefill-tps", "0") as server:
        yield server


@pytest.fixture
def plain(tmp_path: Path) -> Path:
    """A reward without a judge."""
    (tmp_path / "plain.yaml").write_text(PLAIN, encoding="utf-8")
    return tmp_path / "plain.yaml"


def url_of(judge: ServerProcess) -> dict[str, str]:
    return {"OPENAI_BASE_URL": judge.base_url}


def lines(path: Path) -> list[bytes]:
    return path.read_bytes().splitlines(keepends=True)


def ids(raw: list[bytes]) -> list[str]:
    return [msgspec.json.decode(line)["id"] for line in raw]


def served(judge: ServerProcess) -> dict[str, bytes]:
    """Each result as the URL gives it."""
    more = {**url_of(judge), "GAVEL_LOG_LEVEL": "error", "PYTHONPATH": str(ROOT)}
    rollouts = [msgspec.json.decode(line) for line in lines(ROLLOUTS)]
    body = msgspec.json.encode({"rollouts": rollouts, "detail": "verdicts"})
    with (
        start_server(*GAVEL, "serve", str(REWARD), "--port", "0", environment=more) as server,
        urlopen(Request(server.base_url, body)) as response,
    ):
        answer = msgspec.json.decode(response.read(), type=dict[str, msgspec.Raw])
    results = msgspec.json.decode(answer["results"], type=list[msgspec.Raw])
    return {msgspec.json.decode(raw)["id"]: bytes(raw) for raw in results}


def test_results_are_those_of_the_url_byte_for_byte(judge: ServerProcess, tmp_path: Path) -> None:
    out = tmp_path / "out.jsonl"
    done = gavel_process(
        "score", ROLLOUTS, "--reward", REWARD, "-o", out, "--detail", "verdicts", extra=url_of(judge)
    )
    assert (done.code, done.err) == (0, "")
    expected = served(judge)
    for line in lines(out):
        own = line[: line.index(b',"reward_version":')] + b"}"
        assert own == expected.pop(msgspec.json.decode(line)["id"])
    assert expected == {}


def test_lines_stand_in_the_order_of_the_groups(plain: Path, tmp_path: Path, gavel: Gavel) -> None:
    rows = [("a", "g2"), ("b", "g1"), ("c", "g2"), ("d", "g3"), ("e", "g1")]
    text = "".join(f'{{"id": "{name}", "group": "{group}", "completion": "x"}}\n' for name, group in rows)
    (tmp_path / "rollouts.jsonl").write_text(text, encoding="utf-8")
    gavel(
        "score", tmp_path / "rollouts.jsonl", "-r", plain, "-o", tmp_path / "out.jsonl", "--groups-at-once", 1
    )
    assert ids(lines(tmp_path / "out.jsonl")) == ["a", "c", "b", "e", "d"]


def test_a_summary_is_printed(plain: Path, tmp_path: Path, gavel: Gavel) -> None:
    done = gavel("score", ROLLOUTS, "-r", plain, "-o", tmp_path / "out.jsonl")
    assert (done.code, done.err) == (0, "")
    for said in ("component", "format", "length", "reward", "every rollout scored", "weights sum to 2"):
        assert said in done.out
    assert f"results: {tmp_path / 'out.jsonl'}" in done.out


def test_a_file_is_not_overwritten_unless_told(plain: Path, tmp_path: Path, gavel: Gavel) -> None:
    out = tmp_path / "out.jsonl"
    out.write_text("mine", encoding="utf-8")
    done = gavel("score", ROLLOUTS, "-r", plain, "-o", out)
    assert (done.code, out.read_text(encoding="utf-8")) == (2, "mine")
    assert f"{out} exists already" in done.err
    assert "--resume" in done.err
    assert "--force" in done.err
    assert gavel("score", ROLLOUTS, "-r", plain, "-o", out, "--force").code == 0
    assert len(lines(out)) == 72


@pytest.mark.parametrize("options", [["--resume"], ["--force"], ["-o", "x", "--resume", "--force"]])
def test_options_that_make_no_sense_are_refused(options: list[str], plain: Path, gavel: Gavel) -> None:
    done = gavel("score", ROLLOUTS, "-r", plain, *options)
    assert done.code == 2
    assert "Invalid value for --" in done.err


@pytest.mark.parametrize(
    ("option", "value"), [("--max-unscored", "nan"), ("--max-unscored", "2"), ("--groups-at-once", "0")]
)
def test_values_out_of_range_are_refused(option: str, value: str, plain: Path, gavel: Gavel) -> None:
    done = gavel("score", ROLLOUTS, "-r", plain, option, value)
    assert done.code == 2
    assert option in done.err


def test_files_with_mistakes_are_messages(plain: Path, tmp_path: Path, gavel: Gavel) -> None:
    (tmp_path / "bad.jsonl").write_text('{"completion": "a"}\n{"completin": "b"}\n', encoding="utf-8")
    done = gavel("score", tmp_path / "bad.jsonl", "-r", plain)
    assert (done.code, done.out) == (2, "")
    assert "bad.jsonl:2: " in done.err
    assert gavel("score", tmp_path / "none.jsonl", "-r", plain).code == 2
    assert gavel("score", ROLLOUTS, "-r", tmp_path / "none.yaml").code == 2
    assert gavel("score", ROLLOUTS, "-r", plain, "-o", tmp_path / "none" / "out.jsonl").code == 1


@pytest.mark.parametrize(
    ("policy", "options", "code"),
    [
        ("mask", [], 0),
        ("mask", ["--max-unscored", "0.5"], 3),
        ("mask", ["--max-unscored", "0.6"], 0),
        ("mask", ["--max-unscored", "0"], 3),
        ("fail_batch", [], 3),
        ("fail_batch", ["--max-unscored", "1"], 0),
    ],
)
def test_too_many_unscored_is_exit_3(
    policy: str, options: list[str], code: int, tmp_path: Path, gavel: Gavel
) -> None:
    # 5 of 9 rollouts lack a ground truth
    (tmp_path / "reward.yaml").write_text(
        f"name: x\ncomponents: {{a: {{use: number_match}}}}\non_unscored: {policy}\n", encoding="utf-8"
    )
    rows = [f'{{"completion": "{n}", "ground_truth": {n if n < 4 else "null"}}}\n' for n in range(9)]
    (tmp_path / "rollouts.jsonl").write_text("".join(rows), encoding="utf-8")
    done = gavel("score", tmp_path / "rollouts.jsonl", "-r", tmp_path / "reward.yaml", *options)
    assert done.code == code
    assert "5 unscored: missing_ground_truth" in done.out
    assert ("of the rollouts are unscored" in done.err) == (code == 3)


def score_command(out: Path, *options: str) -> list[str]:
    return [*GAVEL, "score", str(ROLLOUTS), "--reward", str(REWARD), "-o", str(out), *options]


def wait_until_written(path: Path, process: "subprocess.Popen[str]") -> None:
    """Wait until a run that is under way has written its first results."""
    deadline = time.monotonic() + 30
    while not (path.exists() and path.stat().st_size):
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(0.02)


@contextlib.contextmanager
def running(command: list[str], judge: ServerProcess) -> Iterator["subprocess.Popen[str]"]:
    """A run that is under way, and ended with the block in any case."""
    pipe = subprocess.PIPE
    with subprocess.Popen(
        command, env=environment(url_of(judge)), stdout=pipe, stderr=pipe, text=True
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def stopped(process: "subprocess.Popen[str]") -> str:
    """Press Ctrl-C; what it says then on standard error."""
    process.send_signal(signal.SIGINT)
    said, errors = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "Traceback" not in errors
    assert "component" in said
    return errors


def test_ctrl_c_keeps_what_is_done_and_resume_continues(judge: ServerProcess, tmp_path: Path) -> None:
    whole, out = tmp_path / "whole.jsonl", tmp_path / "out.jsonl"
    assert gavel_process(*score_command(whole)[len(GAVEL) :], extra=url_of(judge)).code == 0
    with (
        start_sim("--ttft", "0.5") as slow,
        running(score_command(out, "--groups-at-once", "2"), slow) as process,
    ):
        wait_until_written(out, process)
        told = stopped(process)
    done = lines(out)
    assert f"interrupted with {len(done)} of 72 rollouts done; --resume continues {out}" in told
    assert 0 < len(done) < 72
    assert len(done) % 8 == 0
    assert set(done) < set(lines(whole))
    again = gavel_process(*score_command(out, "--resume")[len(GAVEL) :], extra=url_of(judge))
    assert (again.code, again.err) == (0, "")
    assert out.read_bytes() == whole.read_bytes()
    assert again.out == gavel_process(
        *score_command(whole, "--resume")[len(GAVEL) :], extra=url_of(judge)
    ).out.replace("whole.jsonl", "out.jsonl")


def test_resume_after_a_torn_line_and_unscored_groups(judge: ServerProcess, tmp_path: Path) -> None:
    whole, out = tmp_path / "whole.jsonl", tmp_path / "out.jsonl"
    gavel_process(*score_command(whole)[len(GAVEL) :], extra=url_of(judge))
    first = gavel_process(*score_command(out)[len(GAVEL) :], extra=UNREACHABLE)
    assert "39 unscored: judge_unreachable" in first.out
    out.write_bytes(out.read_bytes()[:-100])
    done = gavel_process(*score_command(out, "--resume")[len(GAVEL) :], extra=url_of(judge))
    assert (done.code, done.err) == (0, "")
    assert out.read_bytes() == whole.read_bytes()


def test_another_reward_cannot_resume(plain: Path, tmp_path: Path, gavel: Gavel) -> None:
    out = tmp_path / "out.jsonl"
    gavel("score", ROLLOUTS, "-r", plain, "-o", out)
    before = out.read_bytes()
    plain.write_text(PLAIN.replace("{use: structure}", "{use: structure, grade: fraction}"), encoding="utf-8")
    done = gavel("score", ROLLOUTS, "-r", plain, "-o", out, "--resume")
    assert (done.code, out.read_bytes()) == (2, before)
    assert "holds results of another reward" in done.err


def test_ctrl_c_without_a_file_says_that_nothing_is_saved() -> None:
    command = [*GAVEL, "score", str(ROLLOUTS), "--reward", str(REWARD)]
    with start_sim("--fault", "timeout:1") as hanging, running(command, hanging) as process:
        asyncio.run(asked(hanging))
        told = stopped(process)
    assert "interrupted with 0 of 72 rollouts done; nothing is saved without --out" in told


async def asked(judge: ServerProcess) -> None:
    """Wait until the judge was asked something."""
    await counters_when(judge, lambda counters: sum(counters["requests"].values()) > 0)


def test_the_progress_bar_is_for_terminals_and_on_standard_error(plain: Path) -> None:
    ours, theirs = pty.openpty()
    command = [*GAVEL, "score", str(ROLLOUTS), "--reward", str(plain)]
    with subprocess.Popen(command, env=environment(), stdout=subprocess.PIPE, stderr=theirs) as process:
        os.close(theirs)
        said, _ = process.communicate(timeout=30)
        shown = read_all(ours)
    assert b"scoring" in shown
    assert b"72/72" in shown
    assert b"scoring" not in said
    assert b"every rollout scored" in said


def read_all(descriptor: int) -> bytes:
    content = b""
    with contextlib.suppress(OSError):  # the other end of a terminal is closed with an error
        while more := os.read(descriptor, 65536):
            content += more
    os.close(descriptor)
    return content


COMMANDS = [
    ["schema", "reward"],
    ["--help"],
    ["check", str(REWARD)],
    ["score", str(ROLLOUTS), "--reward", "PLAIN"],
    ["weights", "fit", str(ROLLOUTS), "--label", "ground_truth.conclusion"],
]


@pytest.mark.parametrize("arguments", COMMANDS, ids=lambda arguments: arguments[0])
def test_a_reader_that_has_gone_is_no_traceback(arguments: list[str], plain: Path) -> None:
    words = [str(plain) if word == "PLAIN" else word for word in arguments]
    with subprocess.Popen(
        [*GAVEL, *words],
        env=environment(),
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        errors = process.stderr.read()
        process.wait(30)
    assert not re.search(r"Traceback|Exception|Error", errors)
    assert process.returncode == 1


def test_the_command_has_a_name_of_its_own() -> None:
    done = subprocess.run(
        [Path(sys.executable).with_name("gavel"), "--version"], capture_output=True, text=True, check=True
    )
    assert re.fullmatch(r"gavel \d+\.\d+\.\d+\n", done.stdout)


def test_what_is_read_is_never_overwritten(plain: Path, tmp_path: Path, gavel: Gavel) -> None:
    rollouts = tmp_path / "in.jsonl"
    rollouts.write_text('{"completion": "x"}\n', encoding="utf-8")
    done = gavel("score", rollouts, "--reward", plain, "--out", rollouts, "--force")
    assert (done.code, rollouts.read_text(encoding="utf-8")) == (2, '{"completion": "x"}\n')
    assert "is what is read" in done.err


def test_a_judge_that_cannot_be_opened_is_a_message(tmp_path: Path, gavel: Gavel) -> None:
    (tmp_path / "rubric.yaml").write_text(
        "schema: rubric/v1\nid: r\ncriteria: [{id: clear, ask: It is clear.}]\n", encoding="utf-8"
    )
    (tmp_path / "reward.yaml").write_text(
        "name: r\ncomponents: {rubric: {use: rubric, rubric: rubric.yaml}}\n"
        f"judges: {{default: {{use: local, model: {tmp_path / 'nothing'}}}}}\n",
        encoding="utf-8",
    )
    done = gavel("score", ROLLOUTS, "-r", tmp_path / "reward.yaml")
    assert done.code == 2
    assert "nothing" in done.err
