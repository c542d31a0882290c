"""`gavel rubric calibrate` on files of made-up people, and on what a real `gavel score` wrote."""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from random import Random
from typing import cast

import pytest

from tests.pages import fences
from tests.processes import ROOT, start_sim
from tests.reward_server.cli.running import Done, Gavel
from tests.rubrics.agreement.making import noisy

EXAMPLE = ROOT / "examples" / "moderation"
RUBRIC = """
schema: rubric/v1
id: support-reply
criteria:
  - {id: names_section, ask: The reply names the section it relies on.}
  - {id: offers_refund, ask: The reply offers a refund.}
  - {id: tone, ask: How does the reply treat the customer?, scale: [dismissive, neutral, considerate]}
"""
Calibrate = Callable[..., Done]
LEVELS = ["dismissive", "neutral", "considerate"]


def near(level: int, random: Random) -> str:
    """The level, or two times in five its neighbour."""
    return LEVELS[min(2, max(0, level + random.choice([-1, 0, 0, 0, 1])))]


def reward(verdicts: Sequence[Mapping[str, object]]) -> dict[str, object]:
    return {"reward": sum(cast("float", each["probability"]) for each in verdicts) / len(verdicts)}


def asked_again(rows: list[dict[str, object]]) -> list[dict[str, object]]:
    """The same judge in another mood: a little noise on each probability, and none on scales."""
    random, second = Random(5), []
    for row in rows:
        found = [dict(each) for each in cast("list[dict[str, object]]", row["verdicts"])]
        for each in found[:2]:
            noisy = min(1.0, max(0.0, cast("float", each["probability"]) + random.gauss(0, 0.08)))
            each.update(probability=noisy, choice="met" if noisy >= 0.5 else "unmet")
        second.append({**row, **reward(found), "verdicts": found})
    return second


def write(path: Path, rows: list[dict[str, object]]) -> None:
    path.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """40 prompts with 4 replies each; two people, one time in ten wrong; a judge that likes refunds."""
    random = Random(0)
    verdicts: list[dict[str, object]] = []
    labels: list[dict[str, object]] = []
    samples = (noisy(40, raters=2, seed=1).items, noisy(40, raters=2, seed=2, shift=0.2).items)
    for number, (section, refund) in enumerate(zip(*samples, strict=True)):
        tone = random.randrange(3)
        found = [
            {"criterion": name, "choice": "met" if item.choice else "unmet", "probability": item.probability}
            for name, item in (("names_section", section), ("offers_refund", refund))
        ]
        level = near(tone, random)
        found.append({"criterion": "tone", "choice": level, "probability": LEVELS.index(level) / 2})
        verdicts.append({"id": f"r{number}", "group": section.group, "verdicts": found} | reward(found))
        for index, rater in enumerate(["ann", "ben"]):
            statements = {"names_section": section.labels[index] == 1, "offers_refund": refund.labels[index]}
            said = {**statements, "tone": near(tone, random)}
            labels.append({"id": f"r{number}", "rater": rater, "labels": said})
    write(tmp_path / "verdicts.jsonl", verdicts)
    write(tmp_path / "again.jsonl", asked_again(verdicts))
    write(tmp_path / "labels.jsonl", labels)
    (tmp_path / "rubric.yaml").write_text(RUBRIC, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def calibrate(folder: Path, gavel: Gavel) -> Calibrate:
    def run(*arguments: object) -> Done:
        files = ("verdicts.jsonl", "--labels", "labels.jsonl", "--rubric", "rubric.yaml")
        return gavel("rubric", "calibrate", *files, "--resamples", 100, *arguments)

    return run


@pytest.fixture
def few(folder: Path) -> None:
    """The first 12 prompts alone, where any numbers will do."""
    for name, lines in (("verdicts", 48), ("again", 48), ("labels", 96)):
        file = folder / f"{name}.jsonl"
        file.write_text("\n".join(file.read_text(encoding="utf-8").splitlines()[:lines]), encoding="utf-8")


def test_the_tables(calibrate: Calibrate) -> None:
    done = calibrate()
    assert (done.code, done.err) == (0, "")
    for word in ("names_section", "overall", "PR-AUC", "quadratic kappa", "people"):
        assert word in done.out
    assert re.search(r"^ names_section +160 ", done.out, re.MULTILINE)
    assert re.search(r"^ overall +320 ", done.out, re.MULTILINE)
    assert re.search(r"^ tone +160 ", done.out, re.MULTILINE)
    assert "offers_refund: the judge says yes too easily: cut at 0." in done.out
    assert "names_section: the judge says" not in done.out
    assert "temperature  log loss  scaled" in done.out
    assert "offers_refund: the judge is too sure of itself: temperature 4.28 (" in done.out
    assert "names_section: the judge is not sure enough of itself: temperature 0.48 (" in done.out


def test_json_has_the_numbers_and_how_they_were_made(calibrate: Calibrate) -> None:
    data = json.loads(calibrate("--json", "--seed", 3, "--require", "kappa=0.1").out)
    assert data["bootstrap"] == {"resamples": 100, "seed": 3}
    assert (data["level"], data["bins"], data["without_verdicts"]) == (0.95, 10, 0)
    assert data["retest"] is None
    assert [each["criterion"] for each in data["criteria"]] == ["names_section", "offers_refund", "tone"]
    kappa = data["criteria"][0]["measures"]["kappa"]
    assert kappa["interval"]["low"] < kappa["value"] < kappa["interval"]["high"]
    assert [each["kept"] for each in data["requirements"]] == [True, True, True]
    assert data["overall"]["compared"] == 320


@pytest.mark.usefixtures("few")
def test_a_limit_is_held_to_the_lower_end_of_the_interval(calibrate: Calibrate) -> None:
    kappa = json.loads(calibrate("--json").out)["criteria"][0]["measures"]["kappa"]
    between = (kappa["interval"]["low"] + kappa["value"]) / 2
    done = calibrate("--require", f"names_section.kappa={between}")
    assert done.code == 3
    assert "names_section: kappa is not surely at least" in done.err
    assert calibrate("--require", f"names_section.kappa={kappa['interval']['low']}").code == 0


@pytest.mark.usefixtures("few")
def test_the_same_seed_prints_the_same(calibrate: Calibrate) -> None:
    assert calibrate("--json").out == calibrate("--json").out != calibrate("--json", "--seed", 1).out


def test_temperatures_are_suggested(calibrate: Calibrate) -> None:
    data = json.loads(calibrate("--json").out)
    section, refund, tone = (each["temperature"] for each in data["criteria"])
    assert section["temperature"] < 1 < refund["interval"]["low"] < refund["temperature"]
    assert section["scaled_log_loss"] < section["log_loss"]
    assert tone is None
    assert data["overall"]["temperature"]["temperature"] == pytest.approx(1.46, abs=0.01)


def test_a_second_run_tells_whether_the_judge_is_steady(calibrate: Calibrate) -> None:
    data = json.loads(calibrate("--retest", "again.jsonl", "--json").out)["retest"]
    section, _, tone = data["criteria"]
    assert (data["rollouts"], data["unmatched"], section["rollouts"], section["groups"]) == (160, 0, 160, 40)
    for name in ("kappa", "tau", "icc"):
        found = section["measures"][name]
        assert 0.6 < found["interval"]["low"] < found["value"] < found["interval"]["high"] < 1
    assert tone["measures"]["flipped"]["value"] == 0
    assert data["reward"]["measures"]["kappa"]["value"] is None
    assert 0 < data["reward"]["measures"]["order_flipped"]["value"] < 0.2


def test_a_cached_second_run_is_noticed(folder: Path, calibrate: Calibrate) -> None:
    (folder / "again.jsonl").write_bytes((folder / "verdicts.jsonl").read_bytes())
    assert "a cache answered the second time" in calibrate("--retest", "again.jsonl").out


@pytest.mark.usefixtures("few")
def test_the_report_is_the_same_each_time_and_named_by_a_date_only_if_one_is_given(
    folder: Path, calibrate: Calibrate
) -> None:
    for name, *date in (("a.html",), ("b.html", "--date", "1 May")):
        done = calibrate("--html", name, "--retest", "again.jsonl", *date)
        assert (done.code, done.out.splitlines()[-1]) == (0, f"  report: {name}")
    without, dated = ((folder / name).read_text(encoding="utf-8") for name in ("a.html", "b.html"))
    assert without == dated.replace("<dt>date</dt><dd>1 May</dd>", "") != dated
    for word in ("support-reply, version 0", "100 resamples of groups, seed 0", "again.jsonl"):
        assert word in without


def test_a_report_does_not_take_the_place_of_what_it_is_made_of(folder: Path, calibrate: Calibrate) -> None:
    before = (folder / "labels.jsonl").read_bytes()
    done = calibrate("--html", "../" + folder.name + "/labels.jsonl")
    assert (done.code, done.out) == (2, "")
    assert "is one of the files to read" in done.err
    assert (folder / "labels.jsonl").read_bytes() == before


def test_a_report_that_cannot_be_written(calibrate: Calibrate) -> None:
    done = calibrate("--html", "nowhere/report.html")
    assert (done.code, done.out) == (1, "")
    assert "nowhere/report.html" in done.err


@pytest.mark.parametrize(
    ("arguments", "advice"),
    [
        (["--retest", "verdicts.jsonl"], "--retest verdicts.jsonl is the first run itself"),
        (["--retest", "labels.jsonl"], "labels.jsonl:1: not a result"),
        (["--require", "kapa=1"], "did you mean `kappa`?"),
        (["--require", "sections.kappa=1"], "no labelled criterion `sections` has a kappa"),
        (["--labels", "nothing.jsonl"], "cannot read nothing.jsonl"),
        (["--rubric", "labels.jsonl"], "labels.jsonl:"),
        (["--resamples", "5"], "--resamples"),
    ],
)
def test_mistakes_have_exit_code_2_and_advice(
    calibrate: Calibrate, arguments: list[str], advice: str
) -> None:
    done = calibrate(*arguments)
    assert (done.code, done.out) == (2, "")
    assert advice in done.err


def test_a_mistake_in_a_file_names_its_line(folder: Path, calibrate: Calibrate) -> None:
    with (folder / "labels.jsonl").open("a", encoding="utf-8") as file:
        file.write('\n{"id": "r1", "rater": "cy", "labels": {"tone": "nice"}}')
    done = calibrate()
    assert (done.code, done.out) == (2, "")
    assert "labels.jsonl:321: the label of `tone` is nice" in done.err
    assert "it should be dismissive, neutral, considerate" in done.err


def test_nothing_to_compare_is_not_success(folder: Path, calibrate: Calibrate) -> None:
    silent = {"criterion": "tone", "cause": "judge_timeout"}
    write(folder / "verdicts.jsonl", [{"id": "r1", "group": "g", "verdicts": [silent]}])
    write(folder / "labels.jsonl", [{"id": "r1", "labels": {"tone": "neutral"}}])
    done = calibrate()
    assert done.code == 1
    assert "tone: 1 labelled without a verdict: judge_timeout" in done.out
    assert "no labelled rollout has a verdict" in done.err


def test_names_out_of_a_file_are_inert_in_a_terminal(folder: Path, gavel: Gavel) -> None:
    name = "\x1b[2Jx"
    found = {"criterion": name, "choice": "met", "probability": 0.9}
    write(folder / "verdicts.jsonl", [{"id": "r1", "group": "g", "verdicts": [found]}])
    write(folder / "labels.jsonl", [{"id": "r1", "labels": {name: True}}])
    done = gavel("rubric", "calibrate", "verdicts.jsonl", "--labels", "labels.jsonl", "--require", "kappa=1")
    assert done.code == 3
    assert "\x1b" not in done.out + done.err
    assert "kappa is not surely at least 1: it has no interval" in done.err


def test_what_score_writes_is_what_calibrate_reads(
    tmp_path: Path, gavel: Gavel, monkeypatch: pytest.MonkeyPatch
) -> None:
    """People who say what the simulated judge says, but for every fifth rollout."""
    out, rubric = tmp_path / "out.jsonl", EXAMPLE / "rubrics" / "moderation-reasoning.yaml"
    with start_sim("--ttft", "0.001", "--prefill-tps", "0") as judge:
        score = ("score", EXAMPLE / "rollouts.jsonl", "--reward", EXAMPLE / "reward.yaml", "-o", out)
        monkeypatch.setenv("OPENAI_BASE_URL", judge.base_url)
        done = gavel(*score, "--detail", "verdicts")
    assert done.code == 0, done.err
    results = [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]
    choices = {
        each["id"]: verdict["choice"]
        for each in results
        for verdict in each["verdicts"]
        if verdict["criterion"] == "quotes_post"
    }
    decided = {rollout: choice for rollout, choice in choices.items() if choice in ("met", "unmet")}
    flipped = set(list(decided)[::5])
    labels = [
        {"id": each["id"], "labels": {"quotes_post": decided.get(each["id"], "met")}} for each in results
    ]
    for label in labels:
        if label["id"] in flipped:
            label["labels"] = {"quotes_post": decided[str(label["id"])] == "unmet"}
    write(tmp_path / "labels.jsonl", labels)
    done = gavel(
        "rubric", "calibrate", out, "--labels", tmp_path / "labels.jsonl", "--rubric", rubric, "--json"
    )
    assert (done.code, done.err) == (0, "")
    (found,) = json.loads(done.out)["criteria"]
    assert (found["labelled"], found["compared"]) == (72, len(decided))
    assert found["measures"]["agreement"]["value"] == pytest.approx(1 - len(flipped) / len(decided))
    assert sum(found["missing"].values()) == 72 - len(decided)
    assert found["measures"]["kappa"]["interval"] is None  # nine groups


def test_the_page_shows_what_the_command_prints(calibrate: Calibrate) -> None:
    shown = [each.splitlines() for each in fences("docs/rubric-calibrate.md", "console")]
    command = (
        "$ gavel rubric calibrate verdicts.jsonl --labels labels.jsonl --rubric rubric.yaml --resamples 200"
    )
    assert [each.pop(0) for each in shown] == [command, f"{command} --retest again.jsonl"]
    done = calibrate("--resamples", 200, "--retest", "again.jsonl")
    lines = [line.rstrip() for line in done.out.splitlines()]
    for example in shown:
        printed = iter(lines)
        for line in example:
            assert line in ("", "...") or line in printed  # an iterator: in this order
    assert {line for line in lines if line} <= {line for example in shown for line in example}
