"""What is shown while a load test runs."""

import re
from io import StringIO
from time import process_time

from msgspec.structs import replace
from rich.console import Console

from reward_server.load.live import line, live
from reward_server.load.progress import Progress
from reward_server.report.tables import MISSING

NOW = Progress(
    at=31.0,
    number=6,
    phases=11,
    shape="closed",
    load=64,
    repeat=0,
    warming=False,
    left_s=8.0,
    rollouts=1234,
    rollouts_s=42.7,
    calls_s=213.4,
    p50_s=0.3,
    p99_s=0.66,
    in_flight=64,
    waiting=12,
    failures=3,
    cpu=0.12,
    lag_s=0.002,
)


def shown(progress: Progress, *, terminal: bool = True) -> str:
    console = Console(file=StringIO(), force_terminal=terminal, width=100, color_system=None)
    with live(console) as observe:
        observe(progress)
    assert isinstance(console.file, StringIO)
    return console.file.getvalue()


def test_a_line_has_it_all() -> None:
    assert line(NOW) == (
        "31 s, 64 in flight (phase 7 of 11), measuring, 8 s left, 1,234 rollouts, 42.7 rollouts/s, "
        "p50 300 ms, p99 660 ms, 64 in flight, 3 failed"
    )


def test_a_sweep_and_a_burst_know_less() -> None:
    burst = replace(NOW, phases=None, shape="burst", load=1024, left_s=None, p50_s=None, p99_s=None)
    assert line(burst).startswith("31 s, 1,024 at once (phase 7), measuring, 1,234 rollouts")
    assert f"p50 {MISSING}, p99 {MISSING}" in line(burst)
    assert "so far" in shown(burst)


def test_a_terminal_gets_a_panel() -> None:
    text = shown(NOW)
    for said in (
        "64 in flight (phase 7 of 11), measuring, 8 s left",
        "1,234 rollouts in 31 s",
        "42.7 rollouts/s, 213 calls/s",
        "p50 300 ms, p99 660 ms",
        "64, 12 waiting in the engine",
        "3 calls",
        "12% of a core, event loop 2 ms late",
    ):
        assert said in text
    assert "near its own limit" not in text
    assert "near its own limit" in shown(replace(NOW, cpu=0.9))


def test_the_bar_shows_how_much_of_the_phase_is_over() -> None:
    console = Console(
        file=StringIO(), force_terminal=True, width=100, color_system=None, legacy_windows=False
    )
    with live(console) as observe:
        observe(replace(NOW, at=30.0, left_s=10.0))
        observe(replace(NOW, at=37.5, left_s=2.5))
    assert isinstance(console.file, StringIO)
    bars = re.findall("━+", console.file.getvalue())
    assert len(bars[-1]) == 30  # three quarters of 40


def test_a_pipe_gets_few_plain_lines() -> None:
    console = Console(file=StringIO(), force_terminal=False, width=40)
    with live(console) as observe:
        for quarter in range(80):  # 20 s at four a second, of which 2 s warm up
            observe(replace(NOW, at=quarter / 4, warming=quarter < 8))
        observe(replace(NOW, at=20, number=7, load=128))
    assert isinstance(console.file, StringIO)
    lines = console.file.getvalue().splitlines()
    assert "\x1b" not in console.file.getvalue()
    assert [each.partition(",")[0] for each in lines] == ["0 s", "2 s", "7 s", "12 s", "17 s", "20 s"]
    assert lines[0].endswith("3 failed")  # not wrapped at 40 columns


def test_drawing_four_times_a_second_takes_at_most_a_fiftieth_of_a_core() -> None:
    console = Console(file=StringIO(), force_terminal=True, width=100)
    with live(console) as observe:
        observe(NOW)
        began = process_time()
        for _ in range(100):
            observe(NOW)
    assert (process_time() - began) / 100 * 4 < 0.02
