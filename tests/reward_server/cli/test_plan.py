"""`gavel plan`: the arithmetic of `reward_server.load.capacity`, reached by flags."""

import json
import re
from pathlib import Path

import pytest
from msgspec.structs import replace

from reward_server.cli import exits
from tests.processes import ROOT
from tests.reward_server.cli.running import Gavel
from tests.reward_server.load.capacity.reports import phase, report, saved

EXAMPLE = ROOT / "examples" / "moderation"
MODERATION = EXAMPLE / "rubrics" / "moderation-reasoning.yaml"
STEP = ("--rollouts", 1024, "--group-size", 64, "--criteria", 5)
RATE = ("--prefill-tps", 30000)


def test_the_table(gavel: Gavel) -> None:
    done = gavel("plan", *STEP, *RATE, "--budget", "40s")
    assert done.code == exits.OK
    rows = {line[2:18].strip(): line[18:].split() for line in done.out.splitlines() if line[18:]}
    assert {name: rows[name][3] for name in ("no prefix cache", "criterion first", "criterion last")} == {
        "no prefix cache": "320.9",
        "criterion first": "72.9",
        "criterion last": "29.6",
    }
    assert "It fits: 29.6 s of 40.0 s, 26% to spare, with 1 replica." in done.out
    assert max(map(len, done.out.split("\n\n")[1].splitlines())) <= 80


def test_3_where_the_budget_is_not_kept(gavel: Gavel) -> None:
    done = gavel("plan", *STEP, *RATE, "--budget", "20s")
    assert done.code == exits.GATE
    assert "the cheapest ways to make it fit:\n  1. `layout: listed`" in done.out
    assert gavel("plan", *STEP, *RATE).code == exits.OK


def test_both_meanings_of_a_batch_size(gavel: Gavel) -> None:
    size = ("--batch-size", 1024, "--group-size", 8, "--criteria", 5, *RATE)
    by_trainer = {
        trainer: json.loads(gavel("plan", *size, "--trainer", trainer, "--json").out)
        for trainer in ("trl", "verl", "skyrl")
    }
    assert {name: each["rollouts"] for name, each in by_trainer.items()} == {
        "trl": 1024,
        "verl": 8192,
        "skyrl": 8192,
    }
    readings = by_trainer["trl"]["readings"]
    assert [(each["counts"], each["load"]["calls"]) for each in readings] == [
        ("rollouts", 5120),
        ("prompts", 40_960),
    ]
    told = gavel("plan", *size, "--trainer", "verl").out
    assert "1,024 prompts x 8 = 8,192 rollouts, 40,960 calls" in told
    assert "<- verl: data.train_batch_size" in told
    prompts = json.loads(gavel("plan", "--prompts", 128, "--criteria", 5, "--json").out)
    assert (prompts["rollouts"], prompts["groups"]) == (1024, 128)


def test_a_rubric_is_measured_in_a_sample(gavel: Gavel) -> None:
    sample = ("--sample", EXAMPLE / "rollouts.jsonl", "--reward", EXAMPLE / "reward.yaml")
    done = gavel("plan", MODERATION, "--rollouts", 1024, *sample, *RATE, "--budget", "60s", "--json")
    assert done.code == exits.OK
    data = json.loads(done.out)
    assert data["schema"] == "plan/v1"
    # of 72 rollouts, code settles 12; the 8 questions of the others
    assert data["now"]["calls"] == round(1024 * 8 * 60 / 72)
    assert data["notes"][0] == "lengths: measured in the sample"
    assert data["now"]["computed_tokens"] < data["regimes"][0]["computed_tokens"]


def test_generated_gated_and_known_rollouts(gavel: Gavel) -> None:
    flags = ("--oversample", 3, "--gated", 0.2, "--duplicates", 0.5, "--votes", 2, "--json")
    data = json.loads(gavel("plan", *STEP, *flags).out)
    assert data["now"]["calls"] == round(3 * 1024 * 5 * 2 * 0.8 * 0.5)
    assert data["now"]["times"] is None


def test_one_group_of_slots(gavel: Gavel) -> None:
    """A call takes 0.1 s and its 887,880 / 5,120 tokens at 10,000/s; 80 waves of 64."""
    rates = ("--slots", 64, "--ttft", 0.1, "--prefill-tps", 10000)
    times = json.loads(gavel("plan", *STEP, *rates, "--json").out)["now"]["times"]
    assert times["step_s"] == pytest.approx(80 * (0.1 + 887_880 / 5120 / 10_000))


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        (("--criteria", 5), "--rollouts, --prompts"),
        (("--criteria", 5, "--rollouts", 8, "--prompts", 8), "--rollouts, --prompts"),
        (("--criteria", 5, "--batch-size", 8), "8 rollouts, or 8 prompts and so 64 rollouts"),
        (("--criteria", 5, "--batch-size", 8, "--trainer", "tlr"), "there is no trainer `tlr`"),
        (("--rollouts", 8), "--criteria"),
        (("--rollouts", 0, "--criteria", 5), "--rollouts"),
        ((*STEP, "--budget", "30s"), "without rates there is no time"),
        ((*STEP, *RATE, "--budget", "soon"), "'soon' is no time"),
        ((*STEP, *RATE, "--budget", "0s"), "'0s' is no time"),
        ((*STEP, "--prefill-tps", "0"), "--prefill-tps"),
        ((*STEP, "--prefill-tps", "nan"), "--prefill-tps"),
        ((*STEP, "--decode-tps", "9"), "--prefill-tps or --slots"),
        ((*STEP, "--ttft", "1"), "--prefill-tps or --slots"),
        ((*STEP, "--slots", "9"), "--ttft or --prefill-tps"),
        ((*STEP, *RATE, "--slots", "9", "--latency", "1"), "--latency"),
        ((*STEP, *RATE, "--from", "l.json"), "the report has the rates"),
        ((*STEP, *RATE, "--decode-tokens", "9"), "--decode-tps"),
        ((*STEP, "--slots", "9", "--ttft", "1", "--decode-tokens", "9"), "--decode-tps"),
        ((*STEP, "--gated", "nan"), "--gated"),
        ((*STEP, "--oversample", "inf"), "--oversample"),
        ((*STEP, "--sample", "x.jsonl"), "--sample"),
        ((*STEP, "--dataset-tokens", "5"), "--dataset-tokens"),
        ((MODERATION, "--rollouts", 8, "--criteria", 5), "the rubric says it"),
        ((MODERATION, "--rollouts", 8, "--layout", "criterion_first"), "no rubric is asked so"),
        (
            (MODERATION, "--rollouts", 8, "--reward", EXAMPLE / "reward.yaml", "--sample", "nothing.jsonl"),
            "nothing.jsonl",
        ),
        ((*STEP, "--from", "nothing.json"), "nothing.json"),
    ],
)
def test_mistakes(gavel: Gavel, flags: tuple[object, ...], said: str) -> None:
    done = gavel("plan", *flags)
    assert done.code == exits.USAGE
    assert said in " ".join(done.err.split())


def test_measured_rates(gavel: Gavel, tmp_path: Path) -> None:
    """100 calls/s, 2 % of which failed: 5,120 calls take 52.2 s."""
    path = saved(report(phase(8, 50.0), phase(32, 100.0), knee=1), tmp_path / "l.json")
    done = gavel("plan", *STEP, "--from", path, "--budget", "50s")
    assert done.code == exits.GATE
    assert "52.2 s are 1.04 times the budget" in done.out
    assert "It may, if tokens are what the measured engine spends its time on: 44.4 s." in done.out
    assert "2 % of attempts fail" in done.out
    wordy = gavel("plan", *STEP, "--from", path, "--budget", "60s", "--decode-tokens", 9)
    assert wordy.code == exits.GATE
    assert "It may fit: the prompts alone take 52.2 s of 60.0 s." in wordy.out
    bare = saved(report(phase(8, 50.0, hits=0.0)), tmp_path / "bare.json")
    data = json.loads(gavel("plan", *STEP, "--from", bare, "--json").out)
    assert data["now"]["cached"] is False


def test_rates_under_another_rubric_are_told(gavel: Gavel, tmp_path: Path) -> None:
    tested = report(phase(32, 100.0), phase(64, 100.0), knee=0)
    path = saved(tested, tmp_path / "l.json")
    told = "measured with another rubric"
    assert told in gavel("plan", MODERATION, "--rollouts", 8, "--from", path).out
    own = replace(tested, target=replace(tested.target, rubric="moderation-reasoning 1.0.0"))
    assert told not in gavel("plan", MODERATION, "--rollouts", 8, "--from", saved(own, path)).out
    assert told not in gavel("plan", *STEP, "--from", path).out


def test_of_no_failures_no_shares_are_told(gavel: Gavel) -> None:
    assert "attempts fail" not in gavel("plan", *STEP, "--failure-rate", 0).out
    assert "0.5 % of attempts fail" in gavel("plan", *STEP, "--failure-rate", 0.005).out


def test_columns_never_run_together(gavel: Gavel) -> None:
    table = gavel("plan", *STEP, "--prefill-tps", 90, "--budget", "1s").out.split("\n\n")[1]
    for row in table.splitlines()[1:]:
        assert re.search(r" [\d.,]+[kM]? +[\d.]+ (s|min|h)\+? +[\d.]+ (s|min|h)\+? ", row)


def test_what_asks_no_judge_fits(gavel: Gavel, tmp_path: Path) -> None:
    rubric = tmp_path / "checks.yaml"
    rubric.write_text(
        "schema: rubric/v1\nid: c\ncriteria: [{id: short, check: {words: {at_most: 5}}}]\n", encoding="utf-8"
    )
    done = gavel("plan", rubric, "--rollouts", 8, *RATE, "--budget", "1s")
    assert done.code == exits.OK
    assert "It fits: nothing is asked of a judge." in done.out


def test_a_panel_that_reasons_first(gavel: Gavel, tmp_path: Path) -> None:
    """Two judges, each asked 2 criteria in 2 calls; one-token verdicts halve the calls."""
    rubric = tmp_path / "two.yaml"
    rubric.write_text(
        "schema: rubric/v1\nid: two\njudge: {reason_first: true}\n"
        "criteria: [{id: a, ask: It is so.}, {id: b, ask: It is not.}]\n",
        encoding="utf-8",
    )
    rates = ("--prefill-tps", 1e9, "--decode-tps", 1190, "--budget", "1s")
    data = json.loads(gavel("plan", rubric, "--rollouts", 10, "--judges", 2, *rates, "--json").out)
    assert data["now"]["calls"] == 2 * 10 * 2 * 2
    assert data["now"]["times"]["busy_s"] == pytest.approx(2 * 10 * 2 * 119 / 1190, abs=0.01)
    assert data["now"]["times"]["step_s"] == pytest.approx(2.0, abs=0.01)
    cheaper = data["ways"][0]
    assert cheaper["changes"] == ["verdicts of one token"]
    assert cheaper["load"]["calls"] == 2 * 10 * 2


def test_a_report_that_is_none(gavel: Gavel, tmp_path: Path) -> None:
    path = tmp_path / "l.json"
    path.write_text("{}", encoding="utf-8")
    done = gavel("plan", *STEP, "--from", path)
    assert done.code == exits.USAGE
    assert "not a load test's report" in done.err
