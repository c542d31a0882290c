"""Load tests of a real vLLM, from the calls to the report: what the cache and the layouts bring is in it."""

import subprocess
import sys
from collections.abc import Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from typing import NamedTuple

import pytest
from msgspec.structs import replace

from reward_server.load.figures.summary import report
from reward_server.load.page.load_page import load_page
from reward_server.load.saved_report import read
from reward_server.load.words import share
from tests.environments.vllm_server import MODEL, ROOT
from tests.real_vllm.conftest import Vllm
from tests.real_vllm.loads import ROLLOUTS, STATEMENTS, Measured, measured, stated_first, statements

pytestmark = [pytest.mark.vllm, pytest.mark.timeout(600)]

CLOSE = 0.02
GAIN = 1.8
"""Criteria first compute so many times the tokens, at least."""


class Steps(NamedTuple):
    """The same step in three orders."""

    last: Measured
    listed: Measured
    first: Sequence[Measured]
    """A step for each statement."""

    @property
    def each(self) -> Sequence[Measured]:
        return [self.last, self.listed, *self.first]


@pytest.fixture(scope="module")
def steps(served: str) -> Steps:
    options = Vllm(served, AsyncExitStack()).options(verdict="token")
    return Steps(
        measured(options, statements("criterion_last")),
        measured(options, statements("listed")),
        [measured(options, asked) for asked in stated_first()],
    )


def test_every_call_brings_a_verdict(steps: Steps) -> None:
    assert [step.phase.calls for step in steps.each] == [ROLLOUTS * STATEMENTS] * 2 + [ROLLOUTS] * STATEMENTS
    assert all(step.phase.failures == {} and step.phase.abstained == 0 for step in steps.each)
    assert all(step.generated == pytest.approx(step.phase.calls) for step in steps.each)


def test_the_report_counts_the_tokens_that_the_engine_counted(steps: Steps) -> None:
    """The report's come from the replies; the engine's are what `/metrics` gained meanwhile."""
    for step in steps.each:
        counted = step.run.engine[0]
        assert step.prompt == pytest.approx(counted.prompt, rel=CLOSE)
        assert step.cached == pytest.approx(counted.cached, rel=CLOSE)
        assert step.generated == pytest.approx(counted.completion, rel=CLOSE)


def test_where_replies_do_not_tell_the_engines_counters_do(steps: Steps) -> None:
    told = steps.last
    silent = [
        replace(call, prompt_tokens=0, cached_tokens=0, completion_tokens=0) for call in told.run.records
    ]
    found = report(replace(told.run, records=silent)).phases[0]
    assert found.cache_hit_rate == pytest.approx(told.phase.cache_hit_rate, rel=CLOSE)
    assert found.tokens_s.prefill == pytest.approx(told.phase.tokens_s.prefill, rel=CLOSE)


def test_most_of_a_step_is_found_in_the_prefix_cache(steps: Steps) -> None:
    last, listed = steps.last.phase.cache_hit_rate, steps.listed.phase.cache_hit_rate
    assert last is not None
    assert listed is not None
    assert 0.7 < last < listed < 1.0
    assert all((step.phase.cache_hit_rate or 0.0) < last for step in steps.first)


def test_the_gain_of_a_criterion_that_comes_last_is_in_the_reports(steps: Steps) -> None:
    first = sum(step.computed for step in steps.first)
    assert first > GAIN * steps.last.computed
    assert steps.listed.computed < steps.last.computed


def test_the_engine_is_seen_at_work_with_calls_that_wait(steps: Steps) -> None:
    """Of calls for one token vLLM names as running only what it has not finished in its last step."""
    moments = [moment for step in (steps.last, steps.listed) for moment in step.report.timeline]
    assert max(moment.running or 0 for moment in moments) >= 1
    assert max(moment.waiting or 0 for moment in moments) > ROLLOUTS
    assert max(moment.in_flight or 0 for moment in moments) > ROLLOUTS * STATEMENTS / 2


def test_the_page_names_the_hit_rate(steps: Steps) -> None:
    page = load_page(steps.last.report)
    rate = share(steps.last.phase.cache_hit_rate)
    assert f">{rate}</text>" in page
    assert f">{rate}</td>" in page
    assert "cache hit rate" in page


def test_the_command_finds_its_way_by_itself(served: str, tmp_path: Path) -> None:
    """Neither a model nor a way of asking is named."""
    rubric, out, html = (tmp_path / name for name in ("rubric.yaml", "report.json", "report.html"))
    rubric.write_text(statements("criterion_last").model_dump_json(by_alias=True, exclude_unset=True))
    gavel = Path(sys.executable).with_name("gavel")
    load = ("--closed", "4", "--seconds", "3", "--warmup", "1s", "--tokens", "0,150,250")
    command: list[str | Path] = [gavel, "loadtest", "judge", served, "--rubric", rubric, *load]
    command += ["-o", out, "--html", html]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "rollouts/s" in done.stdout
    (phase,) = read(out).phases
    assert phase.calls > STATEMENTS
    assert phase.failures == {}
    assert phase.abstained == 0
    assert (phase.cache_hit_rate or 0.0) > 0.5
    assert phase.rollout_latency is not None
    assert read(out).target.model == MODEL
    assert "cache hit rate" in html.read_text()
