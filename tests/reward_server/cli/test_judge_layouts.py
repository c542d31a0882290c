"""`gavel judge layouts` with the moderation example and the simulated judge."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from reward_server.cli import exits
from tests.processes import ROOT, ServerProcess, start_sim
from tests.reward_server.cli.running import Gavel

EXAMPLE = ROOT / "examples" / "moderation"
ROLLOUTS, REWARD = EXAMPLE / "rollouts.jsonl", EXAMPLE / "reward.yaml"
OWN = """\
name: own
components: {quality: {use: rubric, rubric: rubric.yaml}}
judges:
  default: {use: scripted, otherwise: 0.25, cache: {store: none}}
  other: {use: openai, base_url: "http://127.0.0.1:9/v1", model: m, attempts: 1, verdict: token}
"""
RUBRIC = """\
schema: rubric/v1
id: r
criteria:
- {id: clause, ask: It names a clause.}
- {id: short, check: {contains: [x]}}
"""
ROLLOUT = b'{"prompt": "a post", "completion": "an answer"}\n'


@pytest.fixture(scope="module")
def sim() -> Iterator[ServerProcess]:
    with start_sim("--ttft", "0.001", "--prefill-tps", "0") as server:
        yield server


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GAVEL_CACHE_DIR", str(tmp_path / "cache"))


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """A reward with two judges: one that follows a script, and one that nobody can reach."""
    (tmp_path / "rubric.yaml").write_text(RUBRIC, encoding="utf-8")
    (tmp_path / "own.yaml").write_text(OWN, encoding="utf-8")
    (tmp_path / "rollouts.jsonl").write_bytes(ROLLOUT + ROLLOUT)
    return tmp_path / "own.yaml"


def test_the_example_is_compared_criterion_by_criterion(
    gavel: Gavel, sim: ServerProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", sim.base_url)
    done = gavel("judge", "layouts", REWARD, ROLLOUTS, "--json")
    assert done.code == exits.OK
    (rubric,) = json.loads(done.out)["rubrics"]
    assert rubric["judge"] == "default"
    # 10 of the 72 rollouts have no reasoning, so there is nothing to judge in them
    assert {(found["compared"], len(found["causes"])) for found in rubric["criteria"]} == {(62, 0)}
    costs = rubric["costs"]
    assert 0 <= costs["criterion_last"]["calls"] - costs["listed"]["calls"] <= 1  # one finds out the form
    assert costs["listed"]["cached"] > 0


def test_a_table_says_it_for_people(gavel: Gavel, own: Path) -> None:
    done = gavel("judge", "layouts", own, own.parent / "rollouts.jsonl")
    assert done.code == exits.OK
    title, _, table = done.out.partition("\n")
    assert title == "quality, judged by `default`"
    (row,) = [line.split() for line in table.splitlines() if line.strip().startswith("clause")]
    assert row == ["clause", "2", "100.0%", "0", "0.000", "+0.000"]
    assert "short" not in table
    assert "prompt tokens: not told" in table


def test_another_judge_of_the_file_may_be_asked(gavel: Gavel, own: Path) -> None:
    done = gavel("judge", "layouts", own, own.parent / "rollouts.jsonl", "--judge", "other")
    assert done.code == exits.RUNTIME
    assert "quality, judged by `other`" in done.out
    assert "clause: 2 without a verdict: judge_unreachable" in done.out


def test_a_judge_that_is_not_in_the_file_is_a_mistake(gavel: Gavel, own: Path) -> None:
    done = gavel("judge", "layouts", own, own.parent / "rollouts.jsonl", "--judge", "othr")
    assert done.code == exits.USAGE
    assert "no judge `othr`" in done.err
    assert "other" in done.err


def test_a_reward_that_asks_no_judge_has_no_layout(gavel: Gavel, own: Path) -> None:
    plain = own.parent / "plain.yaml"
    plain.write_text("name: plain\ncomponents: {format: {use: structure}}\n", encoding="utf-8")
    done = gavel("judge", "layouts", plain, own.parent / "rollouts.jsonl")
    assert done.code == exits.USAGE
    assert "no rubric with `ask` criteria" in done.err


def test_one_grade_for_all_reads_the_same_under_both(gavel: Gavel, own: Path) -> None:
    gated = RUBRIC.replace("contains: [x]}", "contains: [x]}, gate: {else: 0}")
    (own.parent / "rubric.yaml").write_text(f"{gated}aggregate: {{method: holistic}}\n", encoding="utf-8")
    done = gavel("judge", "layouts", own, own.parent / "rollouts.jsonl")
    assert done.code == exits.USAGE
    assert "or only holistic ones" in done.err
