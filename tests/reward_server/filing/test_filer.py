"""The process that stores: as durable as writing oneself, and never in the way."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from subprocess import Popen

import pytest
from structlog.testing import capture_logs

from reward_server.filing import filer as module
from reward_server.filing.filer import Filer, Poisonous
from reward_server.filing.frames import receive
from reward_server.filing.opening import opened as opened_recorder
from reward_server.store.database import StoreError
from reward_server.store.entry import Entry
from reward_server.store.options import StoreOptions
from reward_server.wire.origin import Origin
from rubrics.problems import ConfigError
from tests.reward_server.making import rollout_of
from tests.reward_server.store.test_recorder import Told
from tests.reward_server.storing import count, names, of_rollouts, opened, scored, two

FUNCTION = two()


def filer_of(path: Path, **options: object) -> Filer:
    return Filer(StoreOptions(path=path, **options), "here")  # type: ignore[arg-type]


def one(name: str, step: int = 1) -> Entry:
    return scored(FUNCTION, {name: [{"a": 1.0, "b": 0.0}]}, Origin(None, "r", step))


def process_of(filer: Filer) -> Popen[bytes]:
    assert filer._process is not None
    return filer._process


def test_what_is_stored_is_there_when_it_returns(tmp_path: Path) -> None:
    filer = filer_of(tmp_path / "s")
    filer.store([one("g"), one("h")])
    filer.store([one("i")])
    assert names(tmp_path / "s") == ["g/0", "h/0", "i/0"]
    process = process_of(filer)
    filer.close()
    assert process.returncode == 0


def test_every_part_of_a_rollout_arrives(tmp_path: Path) -> None:
    filer = filer_of(tmp_path / "s")
    rollout = rollout_of(
        "r", "text \u00e9\x00", prompt="p", ground_truth={"k": [1, None]}, metadata={"a": 1, "b": 2},
        finish_reason="length", completion_tokens=7,
    )  # fmt: skip
    huge = rollout_of(
        "h\ud800", "\udfff", ground_truth=2**100, metadata={"a": 1, "b": 2}, completion_tokens=2**70
    )
    filer.store([of_rollouts(FUNCTION, [rollout], Origin(None, "r", 1))])
    filer.store([of_rollouts(FUNCTION, [huge], Origin(None, "r", 1), "h")])
    filer.close()
    with opened(tmp_path / "s") as store:
        rows = store.step_rows(1, 1)
        first, second = (store.rollout(row.id) for row in rows)
    assert (first.content.completion, first.prompt, first.content.ground_truth) == (
        "text \u00e9\x00",
        "p",
        {"k": [1, None]},
    )
    assert (first.content.finish_reason, first.tokens, first.marks) == ("length", 7, 4)
    assert (second.content.ground_truth, second.tokens) == (2**100, 2**62)


def test_texts_are_kept_as_the_options_say(tmp_path: Path) -> None:
    for name, options in (("none", {"text": "none"}), ("redacted", {"redact": ("sec.et",)})):
        filer = filer_of(tmp_path / name, **options)
        filer.store([of_rollouts(FUNCTION, [rollout_of("r", "secret", metadata={"a": 1, "b": 2})], Origin())])
        filer.close()
        assert b"secret" not in (tmp_path / name).read_bytes()
        assert count(tmp_path / name) == 1


def test_a_process_that_was_killed_is_replaced_and_no_row_is_lost_or_doubled(tmp_path: Path) -> None:
    filer = filer_of(tmp_path / "s")
    for n in range(6):
        filer.store([one(f"g{n}")])
        if n % 2:
            process_of(filer).kill()
            process_of(filer).wait()
    filer.close()
    assert names(tmp_path / "s") == [f"g{n}/0" for n in range(6)]


def test_a_row_that_was_stored_before_the_process_died_is_not_doubled(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    filer = filer_of(tmp_path / "s")
    filer.store([one("g")])
    killed: list[bool] = []

    def late(pipe: int) -> object:
        answer = receive(pipe)
        if not killed:  # it was stored, and nobody hears of it
            killed.append(True)
            process_of(filer).kill()
            raise OSError
        return answer

    monkeypatch.setattr(module, "receive", late)
    filer.store([one("h")])
    filer.close()
    assert names(tmp_path / "s") == ["g/0", "h/0"]


def test_a_process_that_always_dies_is_a_store_error_and_not_started_for_each_request(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_COMMAND", (sys.executable, "-c", "raise SystemExit(1)"))
    filer = filer_of(tmp_path / "s")
    with pytest.raises(StoreError, match="dies"):
        filer.store([one("g")])
    monkeypatch.setattr(module, "_COMMAND", ("/no/such/program",))
    started = time.monotonic()
    for _ in range(100):
        with pytest.raises(StoreError, match="dies"):
            filer.store([one("g")])
    assert time.monotonic() - started < 1.0


def test_a_file_that_cannot_be_written_is_a_store_error_and_can_be_written_again(tmp_path: Path) -> None:
    path = tmp_path / "s"
    filer = filer_of(path)
    filer.store([one("g")])
    for file in tmp_path.iterdir():
        file.unlink()
    path.mkdir()
    with pytest.raises(StoreError, match="cannot be opened"):
        filer.store([one("h")])
    path.rmdir()
    filer.store([one("i")])
    filer.close()
    assert names(path) == ["i/0"]


def test_what_cannot_be_stored_says_only_its_type_and_the_next_can(tmp_path: Path) -> None:
    filer = filer_of(tmp_path / "s")
    bad = one("bad")._replace(at="a completion")  # type: ignore[arg-type]
    with pytest.raises(Poisonous, match=r"^ValidationError$"):
        filer.store([bad])
    filer.store([one("g")])
    filer.close()
    assert names(tmp_path / "s") == ["g/0"]


def test_signals_to_the_whole_group_do_not_stop_it_before_the_server_does(tmp_path: Path) -> None:
    filer = filer_of(tmp_path / "s")
    filer.store([one("g")])
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        process_of(filer).send_signal(number)
    process = process_of(filer)
    filer.store([one("h")])
    assert process_of(filer) is process
    filer.close()
    assert count(tmp_path / "s") == 2


SERVER = """\
import sys
from pathlib import Path
from tests.reward_server.filing.test_filer import filer_of, one, process_of
filer = filer_of(Path(sys.argv[1]))
filer.store([one("g")])
print(process_of(filer).pid, flush=True)
sys.stdin.read()
"""


def test_it_ends_when_its_server_is_killed(tmp_path: Path) -> None:
    server = Popen(
        [sys.executable, "-c", SERVER, str(tmp_path / "s")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert server.stdin is not None
    assert server.stdout is not None
    with server:
        number = int(server.stdout.readline())
        server.kill()
    deadline = time.monotonic() + 20
    while _runs(number):
        assert time.monotonic() < deadline


def _runs(number: int) -> bool:
    try:
        os.kill(number, 0)
        return Path(f"/proc/{number}/stat").read_text().split(")")[1].split()[0] != "Z"
    except (ProcessLookupError, FileNotFoundError):
        return False


def test_old_rollouts_are_forgotten_by_the_process(tmp_path: Path) -> None:
    filer = filer_of(tmp_path / "s", max_age_days=1)
    filer.store([one("old")._replace(at=time.time() - 90_000)])
    filer.store([one("new")])
    deadline = time.monotonic() + 20
    while len(names(tmp_path / "s")) == 2:
        assert time.monotonic() < deadline
    filer.close()
    assert names(tmp_path / "s") == ["new/0"]


async def test_a_recorder_with_it(tmp_path: Path) -> None:
    told = Told()
    recorder = opened_recorder(StoreOptions(path=tmp_path / "s"), told)
    with capture_logs() as logs:
        await asyncio.gather(*(recorder.record(one(f"g{n}")) for n in range(50)))
    assert count(tmp_path / "s") == told.counts["stored"] == 50
    await recorder.aclose()
    assert logs == []


def test_a_path_that_cannot_be_used_is_refused_when_opening(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be opened"):
        opened_recorder(StoreOptions(path=tmp_path), Told())
    with pytest.raises(ConfigError, match="no RE2 pattern"):
        opened_recorder(StoreOptions(path=tmp_path / "s", redact=("(",)), Told())
    assert not (tmp_path / "s").exists()


def test_a_file_whose_name_is_no_text_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="has a name that is not UTF-8"):
        opened_recorder(StoreOptions(path=tmp_path / os.fsdecode(b"\xff")), Told())
