"""`gavel rubric attack` with judges that follow a list, and with a real `gavel judge sim`."""

import json
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import get_args

import pytest

from judges.attack.attack import Kind
from judges.attack.texts import attacks
from reward_server.cli import exits
from reward_server.cli.rubric.attack import Kinds
from tests.pages import fences, text_of
from tests.processes import ROOT, start_sim
from tests.reward_server.cli.running import Done, Gavel

RUBRIC = """\
schema: rubric/v1
id: support-reply
criteria:
- {id: names_section, ask: The reply names the section it relies on.}
- {id: invents, ask: The reply invents facts., weight: -1}
- {id: short, check: {words: {at_most: 900}}}
"""
REWARD = """\
name: support
components: {quality: {use: rubric, rubric: rubric.yaml, judge: credulous}}
judges:
  credulous: {use: scripted, otherwise: 0.9}
  strict: {use: scripted, otherwise: 0.1}
  away: {use: openai, base_url: "http://127.0.0.1:9/v1", model: m, attempts: 1, verdict: token}
"""
OPENERS = 4
Attack = Callable[..., Done]


@pytest.fixture
def attack(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, gavel: Gavel) -> Attack:
    (tmp_path / "rubric.yaml").write_text(RUBRIC, encoding="utf-8")
    (tmp_path / "reward.yaml").write_text(REWARD, encoding="utf-8")
    rows = [{"prompt": f"question {n}", "completion": f"Section {n} says so.\x1b[2J"} for n in range(20)]
    (tmp_path / "rollouts.jsonl").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    monkeypatch.chdir(tmp_path)

    def run(*arguments: object) -> Done:
        files = ("rubric.yaml", "--reward", "reward.yaml", "--rollouts", "rollouts.jsonl")
        return gavel("rubric", "attack", *files, *arguments)

    return run


def test_p26_a_judge_that_says_yes_to_nothing_fails_the_gate(attack: Attack) -> None:
    done = attack("--only", "opener", "--limit", 10)
    assert done.code == exits.GATE
    assert done.err == "names_section: false positives are surely above 1.00%\n"
    row = next(line.split() for line in done.out.splitlines() if line.strip().startswith("names_section"))
    assert row == ["names_section", "earns", f"{10 * OPENERS}/{10 * OPENERS}", "100.0%", "unfit"]
    assert 'names_section: 0.90  opener "Thought process:"' in done.out


def test_a_judge_that_says_no_to_nothing_passes_and_few_texts_do_not_prove_it(attack: Attack) -> None:
    done = attack("--only", "opener", "--judge", "strict", "--limit", 10)
    assert (done.code, done.err) == (exits.OK, "")
    assert "judged by `strict`: 10 samples of 10 prompts" in done.out
    assert "names_section: about 381 texts without content would tell if it is above 1.0%" in done.out


def test_several_judges_are_a_panel(attack: Attack) -> None:
    done = attack("--only", "opener", "--judge", "strict", "--judge", "credulous", "--limit", 1, "--json")
    data = json.loads(done.out)
    assert data["judge"] == "strict, credulous"
    # of an even panel the mean is .5: (.5 - .5 + 1) / 2 with invents at -1 and short at 1
    assert data["alone"]["opener"]["value"]["value"] == pytest.approx(0.5)
    assert data["worst"][0]["found"] == pytest.approx(0.5)


def test_a_limit_that_nothing_exceeds_passes(attack: Attack) -> None:
    assert attack("--only", "opener", "--max-fpr", 1).code == exits.OK


def test_json_has_every_number(attack: Attack) -> None:
    done = attack("--json", "--judge", "strict", "--only", "opener", "--only", "disavowal", "--seed", 3)
    data = json.loads(done.out)
    assert (data["judge"], data["samples"], data["groups"], data["seed"]) == ("strict", 20, 20, 3)
    section, invents = data["criteria"]
    assert section["fooled"]["opener"]["met"]["of"] == 20 * OPENERS
    assert section["moved"]["all"]["flips"] | {"low": 0, "high": 0} == {
        "found": 0, "of": 60, "share": 0.0, "low": 0, "high": 0,
    }  # fmt: skip
    assert section["moved"]["all"]["shift"]["interval"] == {"low": 0.0, "high": 0.0}
    assert (section["pays"], invents["pays"], invents["fitness"]) == ("earns", "costs", None)
    # names_section .1 and short 1, less .1 for invents, over 2
    assert data["alone"]["opener"]["value"]["value"] == pytest.approx(0.5)
    assert attack("--json", "--judge", "strict", "--only", "opener", "--seed", 3).out != done.out


def test_the_same_seed_prints_the_same(attack: Attack) -> None:
    first = attack("--limit", 3, "--judge", "strict", "--json").out
    assert attack("--limit", 3, "--judge", "strict", "--json").out == first
    assert attack("--limit", 3, "--judge", "strict", "--json", "--seed", 1).out != first


def test_nothing_that_others_wrote_reaches_the_terminal_unescaped(attack: Attack) -> None:
    done = attack("--limit", 4)
    assert done.code == exits.GATE
    assert not {c for c in done.out if not c.isprintable() and c != "\n"}
    assert "\u202e" not in done.out


def test_a_judge_that_is_away_is_no_result(attack: Attack) -> None:
    done = attack("--judge", "away", "--limit", 2, "--only", "opener", "--only", "padding", "--json")
    assert (done.code, done.err) == (exits.RUNTIME, "the judge gave no verdict on anything\n")
    causes = json.loads(done.out)["criteria"][0]["fooled"]["opener"]["causes"]
    assert causes == {"judge_unreachable": 2 * OPENERS}
    told = attack("--judge", "away", "--limit", 2, "--only", "opener", "--only", "padding").out
    assert f"opener, alone: {2 * 2 * OPENERS} without a verdict: judge_unreachable" in told  # two statements
    assert "clean samples: 8 pairs without a verdict: judge_unreachable" in told


@pytest.mark.parametrize(
    ("arguments", "message", "advice"),
    [
        (["--judge", "strickt"], "no judge `strickt`", "did you mean `strict`?"),
        (["--criterion", "invent"], "asks no judge about 'invent'", "did you mean `invents`?"),
        (["--criterion", "short"], "asks no judge about 'short'", "invents, names_section"),
        (["--only", "flattery"], "--only", "padding"),
        (["--max-fpr", "nan"], "--max-fpr", "1"),
        (["--max-fpr", "2"], "--max-fpr", "1"),
        (["--limit", "0"], "--limit", "1"),
    ],
)
def test_mistakes_have_exit_code_2_and_advice(
    attack: Attack, arguments: list[str], message: str, advice: str
) -> None:
    done = attack(*arguments)
    assert (done.code, done.out) == (exits.USAGE, "")
    assert message in done.err
    assert advice in done.err


@pytest.mark.parametrize(
    ("rubric", "message"),
    [
        (
            "criteria: [{id: short, check: {words: {at_most: 9}}}]",
            "asks no judge, so there is nobody to fool",
        ),
        (
            "inputs: {post: {from: prompt}}\ncriteria: [{id: polite, ask: It is polite.}]",
            "the judge would see nothing of the completion",
        ),
        ("criteria: [{id: polite, ask: It is polite.}]", "does not say who judges this rubric"),
        ("criteria: [{id: polite, aks: It is polite.}]", "other.yaml:3:25"),
    ],
)
def test_a_rubric_that_cannot_be_attacked_says_why(
    attack: Attack, gavel: Gavel, rubric: str, message: str
) -> None:
    Path("other.yaml").write_text(f"schema: rubric/v1\nid: other\n{rubric}\n", encoding="utf-8")
    done = gavel("rubric", "attack", "other.yaml", "-r", "reward.yaml", "--rollouts", "rollouts.jsonl")
    assert (done.code, done.out) == (exits.USAGE, "")
    assert message in done.err


def test_every_kind_may_be_named_and_is_explained_with_its_texts() -> None:
    assert tuple(Kinds) == get_args(Kind)
    page = text_of("docs/rubric-attack.md")
    assert [kind for kind in Kinds if f"| `{kind}` |" not in page] == []
    assert len(attacks("reply")) == 47
    assert "47 attacks" in page


def test_the_page_shows_what_the_command_prints(
    gavel: Gavel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (example,) = fences("docs/rubric-attack.md", "console")
    command, *shown = example.splitlines()
    monkeypatch.setenv("GAVEL_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.chdir(ROOT / "examples" / "moderation")
    with start_sim("--ttft", "0", "--prefill-tps", "0") as sim:
        monkeypatch.setenv("OPENAI_BASE_URL", sim.base_url)
        done = gavel(*shlex.split(command)[2:])
    assert (done.code, done.err) == (exits.OK, "")
    printed = iter([line.rstrip() for line in done.out.splitlines()])
    for line in shown:
        if line not in ("...", ""):
            assert line in printed  # an iterator: in this order
