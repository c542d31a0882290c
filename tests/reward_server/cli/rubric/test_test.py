"""`gavel rubric test`, with judges that follow a script and with a simulated one."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from reward_server.cli import exits
from tests.processes import ServerProcess, start_sim
from tests.reward_server.cli.running import Done, Gavel

RUBRIC = """\
schema: rubric/v1
id: reply
criteria:
- {id: fits, check: {words: {at_least: 3}}, gate: {else: 0}}
- {id: cites, ask: The reply cites a clause.}
- {id: tone, ask: How does it sound?, scale: [rude, kind]}
"""
GOLDENS = """\
schema: goldens/v1
common: {prompt: Why?}
cases:
- id: good
  completion: Because of clause seven.
  expect: {fits: met, cites: met, tone: rude}
  value: {at_least: 0.5}
- id: bad
  completion: No.
  expect: {fits: unmet, cites: unmet}
  value: {at_most: 0}
- id: other
  completion: Just because of that.
  expect: {tone: kind}
"""
REWARD = """\
name: own
components: {quality: {use: rubric, rubric: reply.yaml, judge: yes_man}}
judges:
  gone: {use: openai, base_url: "http://127.0.0.1:9/v1", model: m, attempts: 1, verdict: token}
  yes_man: {use: scripted, otherwise: 0.9}
  by_case:
    use: "tests.reward_server.cli.rubric.judging:ByWords"
    chances: {Criterion: {seven: 0.9, "No.": 0.1}}
  coin: {use: "tests.reward_server.cli.rubric.judging:Wavering", steps: [0.9, 0.9, 0.2]}
"""
CITES = """\
schema: rubric/v1
id: cites
criteria:
- {id: cites, ask: The reply cites a clause.}
"""
CITES_GOLDENS = """\
schema: goldens/v1
common: {prompt: Why?}
cases:
- {id: good, completion: Because of clause seven., expect: {cites: met}}
- {id: bad, completion: No., expect: {cites: unmet}}
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    files = {
        "reply.yaml": RUBRIC,
        "reply.golden.yaml": GOLDENS,
        "cites.yaml": CITES,
        "cites.golden.yaml": CITES_GOLDENS,
        "reward.yaml": REWARD,
    }
    for name, text in files.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GAVEL_CACHE_DIR", str(tmp_path / "cache"))
    return tmp_path


def rows(done: Done) -> list[list[str]]:
    return [line.split() for line in done.out.splitlines() if line.startswith(" ") and "─" not in line]


def test_goldens_that_hold(folder: Path, gavel: Gavel) -> None:
    done = gavel("rubric", "test", "cites.yaml", "-r", "reward.yaml", "--judge", "by_case")
    assert (done.code, done.err) == (exits.OK, "")
    assert done.out.startswith("cites.yaml: 2 cases, judged by `by_case`\n")
    assert ["cites", "1/1", "1/1", "-", "-", "-"] in rows(done)
    assert done.out.endswith("\n2 of 2 expectations hold\n")


def test_a_failure_is_shown_at_the_expectation(folder: Path, gavel: Gavel) -> None:
    done = gavel("rubric", "test", "reply.yaml", "--reward", "reward.yaml")
    assert done.code == exits.GATE
    assert (
        "judged by `yes_man`" in done.out
    )  # not the file's first: the reward asks this one about the rubric
    assert ["cites", "1/1", "0/1", "-", "-", "-"] in rows(done)
    assert (
        "reply.golden.yaml:10:25: error: case `bad`: `cites` should be unmet; found met (0.90) [failed]\n"
        "   10 |   expect: {fits: unmet, cites: unmet}\n"
        "                                ^^^^^\n"
    ) in done.out
    assert "\n6 of 8 expectations hold, 2 failed\n" in done.out  # `cites` of `bad` was judged, gate or not


def test_checks_alone_need_no_judge(folder: Path, gavel: Gavel) -> None:
    (folder / "checks.yaml").write_text(
        CITES.replace("ask: The reply cites a clause.", "check: {contains: [seven]}"), encoding="utf-8"
    )
    done = gavel("rubric", "test", "checks.yaml", "--goldens", "cites.golden.yaml")
    assert (done.code, done.out.splitlines()[-1]) == (exits.OK, "2 of 2 expectations hold")


def test_a_judge_that_is_down_is_no_failure_of_the_rubric(folder: Path, gavel: Gavel) -> None:
    done = gavel("rubric", "test", "cites.yaml", "-r", "reward.yaml", "--judge", "gone")
    assert done.code == exits.RUNTIME
    assert "`cites` should be met; not judged: judge_unreachable [unscored]" in done.out
    assert "0 of 2 expectations hold, 2 not judged" in done.out
    assert done.out.endswith("\n  judge_unreachable: check that the judge runs and that base_url is right\n")
    worse = gavel("rubric", "test", "reply.yaml", "-r", "reward.yaml", "--judge", "gone", "--json")
    assert worse.code == exits.RUNTIME  # checks hold, the rest is not known
    (folder / "reply.golden.yaml").write_text(GOLDENS.replace("fits: met", "fits: unmet"), encoding="utf-8")
    assert gavel("rubric", "test", "reply.yaml", "-r", "reward.yaml", "--judge", "gone").code == exits.GATE


def test_flaky_criteria_are_counted(folder: Path, gavel: Gavel) -> None:
    options = ["rubric", "test", "cites.yaml", "-r", "reward.yaml", "--judge", "coin", "--repeat", 3]
    options += ["--case", "good"]
    done = gavel(*options)
    assert done.code == exits.GATE
    said = "`cites` should be met; found met 2 of 3 times, unmet 1 of 3 times (0.20 to 0.90) [flaky]"
    assert f"cites.golden.yaml:4:61: error: case `good`: {said}" in done.out
    assert ["cites", "2/3", "-", "-", "1", "-"] in rows(done)
    allowed = gavel(*options, "--allow-flaky")
    assert allowed.code == exits.OK
    assert f"warning: case `good`: {said}" in allowed.out
    assert allowed.out.endswith("\n0 of 1 expectations hold, 1 flaky\n")


def test_repetitions_do_not_read_the_cache_and_a_single_run_does(folder: Path, gavel: Gavel) -> None:
    reward = REWARD.replace("[0.9, 0.9, 0.2]}", "[0.9, 0.9, 0.2], cache: {store: sqlite}}")
    (folder / "reward.yaml").write_text(reward, encoding="utf-8")
    options = ["rubric", "test", "cites.yaml", "-r", "reward.yaml", "--judge", "coin", "--case", "good"]
    assert gavel(*options).code == exits.OK  # 0.9, kept
    assert gavel(*options, "--repeat", 3).code == exits.GATE


def test_missing_goldens_fail_unless_that_is_allowed(folder: Path, gavel: Gavel) -> None:
    lone = CITES_GOLDENS.replace("- {id: bad, completion: No., expect: {cites: unmet}}\n", "")
    (folder / "cites.golden.yaml").write_text(lone, encoding="utf-8")
    done = gavel("rubric", "test", "cites.yaml", "-r", "reward.yaml")
    assert done.code == exits.GATE
    assert (
        "cites.yaml:4:8: error: no golden case expects `cites: unmet` [missing-golden]\n"
        "    4 | - {id: cites, ask: The reply cites a clause.}\n"
        "               ^^^^^\n"
        "  = a judge that always answers the same would pass: "
        "add a case that expects it to cites.golden.yaml\n"
    ) in done.out
    allowed = gavel(
        "rubric", "test", "cites.yaml", "-r", "reward.yaml", "--allow-missing", "--judge", "yes_man"
    )
    assert allowed.code == exits.OK
    assert "warning: no golden case" in allowed.out
    assert gavel("rubric", "test", "cites.yaml", "-r", "reward.yaml", "--case", "good").code == exits.RUNTIME


def test_no_golden_file_shows_one(folder: Path, gavel: Gavel) -> None:
    (folder / "cites.golden.yaml").unlink()
    done = gavel("rubric", "test", "cites.yaml", "-r", "reward.yaml")
    assert done.code == exits.USAGE
    assert "error: no goldens beside cites.yaml: write cites.golden.yaml\n" in done.err
    assert "schema: goldens/v1\n" in done.err
    allowed = gavel("rubric", "test", "cites.yaml", "--allow-missing")
    assert (allowed.code, allowed.out.splitlines()[0]) == (exits.OK, "cites.yaml: 0 cases")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["cites.yaml"], "cites asks a judge"),
        (["cites.yaml", "-r", "reward.yaml", "--judge", "goen"], "did you mean `gone`?"),
        (["cites.yaml", "-r", "reward.yaml", "--case", "god"], "did you mean `good`?"),
        (["cites.yaml", "-r", "reward.yaml", "--criterion", "cite"], "did you mean `cites`?"),
        (["reply.yaml", "-r", "reward.yaml", "--case", "other", "--criterion", "cites"], "nothing to test"),
        (["cites.yaml", "reply.yaml", "--goldens", "cites.golden.yaml"], "--goldens"),
        (["cites.yaml", "--goldens", "none.yaml"], "cannot read none.yaml"),
        (["cites.yaml", "-r", "reward.yaml", "--junit", "cites.yaml"], "it cannot be --junit"),
        (["cites.yaml", "-r", "reward.yaml", "--junit", "reward.yaml"], "it cannot be --junit"),
        (["cites.yaml", "-r", "reward.yaml", "--junit", "cites.golden.yaml"], "it cannot be --junit"),
        (["", "--junit", "cites.yaml"], "cannot read ."),
        (["catalog:nonsense"], "the catalog has no rubric `nonsense`"),
        (["cites.yaml", "--goldens", "reply.golden.yaml"], "the rubric has no criterion 'fits'"),
    ],
)
def test_mistakes_are_messages(options: list[str], said: str, folder: Path, gavel: Gavel) -> None:
    done = gavel("rubric", "test", *options)
    assert (done.code, done.out) == (exits.USAGE, "")
    assert said in done.err
    assert (folder / "cites.yaml").read_text(encoding="utf-8") == CITES


def test_one_case_and_one_criterion(folder: Path, gavel: Gavel) -> None:
    options = ["--case", "good", "--criterion", "cites", "--criterion", "fits", "--json"]
    done = gavel("rubric", "test", "reply.yaml", "-r", "reward.yaml", *options)
    (rubric,) = json.loads(done.out)["rubrics"]
    tested = [(result["case"], result["criterion"]) for result in rubric["results"]]
    assert tested == [("good", "fits"), ("good", "cites")]


def test_several_judges_are_a_panel(folder: Path, gavel: Gavel) -> None:
    options = ["--judge", "yes_man", "--judge", "by_case"]
    done = gavel("rubric", "test", "cites.yaml", "-r", "reward.yaml", *options, "--json")
    (rubric,) = json.loads(done.out)["rubrics"]
    assert rubric["judges"] == ["yes_man", "by_case"]
    numbers = [result["observations"][0]["number"] for result in rubric["results"]]
    assert numbers == pytest.approx([0.9, 0.5])  # the means of 0.9 and 0.9, and of 0.9 and 0.1


def test_a_classifier_needs_the_reward_file_that_has_it(folder: Path, gavel: Gavel) -> None:
    consistent = CITES.replace("ask: The reply cites a clause.", "classifier: {use: hhem, claim: completion}")
    (folder / "cites.yaml").write_text(consistent, encoding="utf-8")
    done = gavel("rubric", "test", "cites.yaml", "-r", "reward.yaml")
    assert done.code == exits.USAGE
    assert "cites asks a classifier `hhem`, and there is none" in done.err


def test_a_rubric_of_the_catalog_has_its_goldens_there(
    folder: Path, gavel: Gavel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rubrics.resolution.catalog.FOLDER", folder)
    done = gavel("rubric", "test", "catalog:cites", "-r", "reward.yaml", "--judge", "by_case")
    assert (done.code, done.out.splitlines()[-1]) == (exits.OK, "2 of 2 expectations hold")


def test_a_reward_that_names_the_catalog_says_who_judges_it(
    folder: Path, gavel: Gavel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rubrics.resolution.catalog.FOLDER", folder)
    reward = REWARD.replace("rubric: reply.yaml, judge: yes_man", "rubric: catalog:cites, judge: by_case")
    (folder / "reward.yaml").write_text(reward, encoding="utf-8")
    done = gavel("rubric", "test", "catalog:cites", "-r", "reward.yaml")
    assert (done.code, done.out.splitlines()[-1]) == (exits.OK, "2 of 2 expectations hold")


def test_json_holds_everything(folder: Path, gavel: Gavel) -> None:
    done = gavel("rubric", "test", "reply.yaml", "cites.yaml", "-r", "reward.yaml", "--json")
    assert (done.code, done.err) == (exits.GATE, "")
    data: dict[str, Any] = json.loads(done.out)
    assert data["standing"] == {"passed": 6, "failed": 2, "flaky": 0, "unscored": 2, "missing": 0}
    reply, cites = data["rubrics"]
    assert (reply["rubric"], reply["judges"], reply["goldens"]) == ("reply", ["yes_man"], "reply.golden.yaml")
    assert (cites["judges"], cites["results"][0]["status"]) == (["gone"], "unscored")  # the file's first
    tallied = {tally["criterion"]: tally for tally in reply["criteria"]}
    assert tallied["cites"] == {
        "criterion": "cites",
        "met": {"right": 1, "of": 1},
        "unmet": {"right": 0, "of": 1},
        "other": {"right": 0, "of": 0},
        "sensitivity": 1.0,
        "specificity": 0.0,
        "flaky": 0,
        "unscored": 0,
    }
    failed = next(result for result in reply["results"] if result["status"] == "failed")
    assert (failed["line"], failed["column"], failed["observations"]) == (
        10,
        25,
        [{"found": "met", "right": False, "number": 0.9, "reason": None, "cause": None}],
    )


@pytest.fixture(scope="module")
def sim() -> Iterator[ServerProcess]:
    with start_sim("--ttft", "0.001", "--prefill-tps", "0") as server:
        yield server


def test_a_real_judge_process_is_asked_and_its_layout_of_completions_is_used(
    sim: ServerProcess, folder: Path, gavel: Gavel
) -> None:
    """The simulated judge counts words in common: `docs/judge-sim.md`."""
    reward = """\
    name: real
    completion: {reasoning: {tag: think}}
    components: {quality: {use: rubric, rubric: cites.yaml}}
    judges: {default: {use: openai, base_url: "URL", model: gavel-sim}}
    """
    rubric = CITES.replace("criteria:", "inputs: {why: {from: completion.reasoning}}\ncriteria:")
    goldens = CITES_GOLDENS.replace("Because of clause seven.", '"<think>It cites the clause.</think>yes"')
    goldens = goldens.replace("No.", '"<think>Who knows.</think>The reply cites a clause."')
    (folder / "reward.yaml").write_text(reward.replace("URL", sim.base_url), encoding="utf-8")
    (folder / "cites.yaml").write_text(rubric, encoding="utf-8")
    (folder / "cites.golden.yaml").write_text(goldens, encoding="utf-8")
    done = gavel("rubric", "test", "cites.yaml", "-r", "reward.yaml", "--repeat", 2)
    assert done.code == exits.OK, done.out
    assert ["cites", "2/2", "2/2", "-", "-", "-"] in rows(done)
    without = gavel("rubric", "test", "cites.yaml")
    assert without.code == exits.USAGE
    assert "declare `completion:` in the goldens" in without.err


def test_schema_of_goldens_accepts_these(gavel: Gavel) -> None:
    from jsonschema import Draft7Validator

    from rubrics.document import parse

    schema = json.loads(gavel("schema", "goldens").out)
    assert Draft7Validator(schema).is_valid(parse(GOLDENS).data)
    assert not Draft7Validator(schema).is_valid(parse(GOLDENS.replace("expect", "expct")).data)
