"""`gavel rubric cost`: the arithmetic of `judges.cost.step`, reached by flags."""

import json
from pathlib import Path

import pytest

from reward_server.cli import exits
from tests.processes import ROOT
from tests.reward_server.cli.running import Gavel

EXAMPLE = ROOT / "examples" / "moderation"
MODERATION = EXAMPLE / "rubrics" / "moderation-reasoning.yaml"
STEP = ("--rollouts", 1024, "--group-size", 8)


def test_without_a_sample_lengths_are_assumed(gavel: Gavel) -> None:
    done = gavel("rubric", "cost", MODERATION, *STEP)
    assert done.code == exits.OK
    assert "1,024 rollouts in 128 groups, 8,192 calls" in done.out
    assert "lengths: assumed" in done.out
    assert "GPU time" not in done.out
    assert max(map(len, done.out.splitlines())) <= 80


def test_the_lengths_of_inputs_can_be_given(gavel: Gavel) -> None:
    lengths = ("--dataset-tokens", "0", "--group-tokens", "0", "--rollout-tokens")
    none, some = (
        json.loads(gavel("rubric", "cost", MODERATION, *STEP, *lengths, size, "--json").out)["layouts"]
        for size in (0, 100)
    )
    for before, after in zip(none, some, strict=True):
        assert after["prompt_tokens"] - before["prompt_tokens"] == 8192 * 100
        cached = [layout["with_cache"]["computed_tokens"] for layout in (before, after)]
        assert cached[1] - cached[0] == 1024 * 100


def test_a_sample_tells_what_is_asked(gavel: Gavel) -> None:
    sample = ("--sample", EXAMPLE / "rollouts.jsonl", "--reward", EXAMPLE / "reward.yaml")
    data = json.loads(gavel("rubric", "cost", MODERATION, *STEP, *sample, "--json").out)
    # of 72 rollouts, code settles 12: 10 have no reasoning, 2 too little
    assert {layout["calls"] for layout in data["layouts"]} == {round(1024 * 8 * 60 / 72)}
    assert data["lengths"] == "measured"
    last, listed = data["layouts"]
    assert (last["layout"], listed["layout"]) == ("criterion_last", "listed")
    assert listed["with_cache"]["computed_tokens"] < last["with_cache"]["computed_tokens"]
    assert listed["prompt_tokens"] > last["prompt_tokens"]


def test_rates_give_time_and_money(gavel: Gavel) -> None:
    rates = ("--prefill-tps", "30000", "--replicas", "2", "--price-in", "0.1", "--price-out", "0.4")
    done = gavel("rubric", "cost", MODERATION, *STEP, *rates)
    assert done.code == exits.OK
    rows = {line[:24].strip(): line[24:].split() for line in done.out.splitlines()}
    computed = [int(cell.replace(",", "")) for cell in rows["prompt tokens computed"]]
    assert rows["money"][0] == f"{(computed[0] * 0.1 + 8192 * 0.4) / 1e6:.4f}"
    assert rows["a step, 2 replicas"][2] == f"{computed[1] / 60_000:.2f}"
    assert max(map(len, done.out.splitlines())) <= 80


def test_a_rubric_of_checks_costs_nothing(gavel: Gavel, tmp_path: Path) -> None:
    rubric = tmp_path / "checks.yaml"
    rubric.write_text(
        "schema: rubric/v1\nid: c\ncriteria: [{id: short, check: {words: {at_most: 5}}}]\n", encoding="utf-8"
    )
    done = gavel("rubric", "cost", rubric, *STEP)
    assert done.code == exits.OK
    assert "no call: nothing is asked of a judge" in done.out


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        (("--price-in", "1"), "--price-out"),
        (("--price-cached", "1"), "--price-in"),
        (("--decode-tps", "1"), "--prefill-tps"),
        (("--prefill-tps", "0"), "--prefill-tps"),
        (("--prefill-tps", "nan"), "--prefill-tps"),
        (("--prefill-tps", "1", "--decode-tokens", "9"), "--decode-tps"),
        (("--sample", "nothing.jsonl"), "cannot read nothing.jsonl"),
        (("--sample", "x.jsonl", "--group-tokens", "5"), "--group-tokens"),
    ],
)
def test_mistakes(gavel: Gavel, tmp_path: Path, flags: tuple[str, ...], said: str) -> None:
    rubric = tmp_path / "rubric.yaml"
    rubric.write_text("schema: rubric/v1\nid: r\ncriteria: [{id: a, ask: It is so.}]\n", encoding="utf-8")
    done = gavel("rubric", "cost", rubric, *STEP, *flags)
    assert done.code == exits.USAGE
    assert said in done.err
