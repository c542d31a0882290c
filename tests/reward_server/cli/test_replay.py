"""`gavel replay`, with judges that follow a script, and with one that nobody can reach."""

import json
import shutil
from pathlib import Path

import pytest

from reward_server.cli import exits
from reward_server.rejudging import asking_anew
from reward_server.reward.loading import load_reward
from tests.pages import text_of
from tests.processes import ROOT, start_sim
from tests.reward_server.cli.running import Done, Gavel

REWARD = """\
name: own
components:
  long: {use: structure}
  quality: {use: rubric, rubric: rubric.yaml, weight: 3}
judges:
  default: {use: scripted, otherwise: 0.25, chances: {clause: 0.875}, cache: {store: none}}
"""
UNREACHABLE = (
    'default: {use: openai, base_url: "http://127.0.0.1:9/v1", model: m, attempts: 1, verdict: token}\n'
)
RUBRIC = """\
schema: rubric/v1
id: r
criteria:
- {id: clause, ask: It names a clause., weight: 3}
- {id: kind, ask: It is kind., expect: {label: metadata.kind}}
- {id: short, check: {contains: [x]}}
"""
ROLLOUTS: list[dict[str, object]] = [
    {"id": "a", "group": "g", "prompt": "post", "completion": "an answer", "metadata": {"kind": "yes"}},
    {"id": "b", "group": "g", "prompt": "post", "completion": "an x answer", "metadata": {"kind": "no"}},
    {"id": "c", "group": "g", "prompt": "post", "completion": "x"},
]


NO_VALUE = {"value": None, "weight": 1, "weighted": None, "reason": None}


class Folder:
    """A reward, its rubric, rollouts, and results of a judge."""

    def __init__(self, path: Path, gavel: Gavel) -> None:
        self.path = path
        self._gavel = gavel
        self.rubric(RUBRIC)
        self.write("reward.yaml", REWARD)
        self.rollouts(ROLLOUTS)

    def write(self, name: str, text: str) -> None:
        (self.path / name).write_text(text, encoding="utf-8")

    def rubric(self, text: str) -> None:
        self.write("rubric.yaml", text)

    def rollouts(self, rollouts: list[dict[str, object]]) -> None:
        self.write("rollouts.jsonl", "".join(json.dumps(rollout) + "\n" for rollout in rollouts))

    def score(self, out: str) -> list[dict[str, object]]:
        files = (self.path / "rollouts.jsonl", "--reward", self.path / "reward.yaml")
        done = self._gavel("score", *files, "-o", self.path / out, "--detail", "verdicts")
        assert done.code == exits.OK
        return self.lines(out)

    def replay(self, *more: object, results: str = "old.jsonl", out: str = "new.jsonl") -> Done:
        files = ("--rollouts", self.path / "rollouts.jsonl", "-r", self.path / "reward.yaml")
        return self._gavel("replay", self.path / results, *files, "-o", self.path / out, *more)

    def lines(self, name: str) -> list[dict[str, object]]:
        return [json.loads(line) for line in (self.path / name).read_text(encoding="utf-8").splitlines()]

    def unreachable(self) -> None:
        """From now on any question to the judge would be unscored."""
        self.write("reward.yaml", REWARD.partition("  default")[0] + "  " + UNREACHABLE)


@pytest.fixture
def folder(tmp_path: Path, gavel: Gavel) -> Folder:
    return Folder(tmp_path, gavel)


def without_version(lines: list[dict[str, object]]) -> list[dict[str, object]]:
    return [{key: value for key, value in line.items() if key != "reward_version"} for line in lines]


def test_the_same_reward_gives_the_same_results_without_its_judge(folder: Folder) -> None:
    scored = folder.score("old.jsonl")
    folder.unreachable()
    done = folder.replay()
    assert (done.code, done.err) == (exits.OK, "")
    assert without_version(folder.lines("new.jsonl")) == without_version(scored)
    assert folder.lines("new.jsonl")[0]["reward_version"] != scored[0]["reward_version"]
    assert "reward: mean" in done.out
    assert "0 of 3 changed" in done.out


def test_new_weights_are_those_a_judge_would_have_led_to(folder: Folder) -> None:
    old = folder.score("old.jsonl")
    # a: (3 * 0.875 + 0.25 + 0) / 5; b: (3 * 0.875 + 0.75 + 1) / 5; c: (3 * 0.875 + 1) / 4
    assert [part(line) for line in old] == pytest.approx([0.575, 0.875, 0.90625])
    folder.rubric(RUBRIC.replace("weight: 3", "weight: 1").replace("[x]}", "[x]}, weight: 2"))
    scored = folder.score("scored.jsonl")
    assert folder.replay().code == exits.OK
    # a: (0.875 + 0.25 + 0) / 4; b: (0.875 + 0.75 + 2) / 4; c: (0.875 + 2) / 3
    assert [part(line) for line in folder.lines("new.jsonl")] == pytest.approx([0.28125, 0.90625, 2.875 / 3])
    assert without_version(folder.lines("new.jsonl")) == without_version(scored)
    assert folder.replay(results="new.jsonl", out="again.jsonl").code == exits.OK
    assert folder.lines("again.jsonl") == folder.lines("new.jsonl")


def part(line: dict[str, object]) -> object:
    components = line["components"]
    assert isinstance(components, dict)
    return components["quality"]["value"]


def test_unscored_stays_unscored(folder: Folder) -> None:
    folder.unreachable()
    (old, *_) = folder.score("old.jsonl")
    assert old["cause"] == "judge_unreachable"
    folder.write("reward.yaml", REWARD)  # a judge that would answer
    assert folder.replay().code == exits.OK
    assert [line["cause"] for line in folder.lines("new.jsonl")] == ["judge_unreachable"] * 3


def test_a_missing_verdict_says_which(folder: Folder) -> None:
    folder.score("old.jsonl")
    folder.rubric(RUBRIC + "- {id: new, ask: It is new.}\n")
    done = folder.replay()
    assert done.code == exits.USAGE
    assert "old.jsonl:1: 'a' has no judge's answer on `new` of `quality`, and 2 more have none" in done.err
    assert (done.err.count("error:"), "`--ask missing`" in done.err) == (1, True)
    assert not (folder.path / "new.jsonl").exists()


def test_answers_to_statements_that_read_otherwise_are_not_used(folder: Folder) -> None:
    """The rubric is edited; the reward that gave the results, and its rubric, are kept."""
    folder.score("old.jsonl")
    folder.write("was.yaml", REWARD.replace("rubric.yaml", "was-rubric.yaml"))
    folder.write("was-rubric.yaml", RUBRIC)
    folder.rubric(RUBRIC.replace("names a clause", "names a numbered clause"))
    assert folder.replay().code == exits.OK  # nothing tells
    done = folder.replay("--force", "--scored-with", folder.path / "was.yaml")
    assert done.code == exits.USAGE
    assert "has no judge's answer on `clause` of `quality`, and 2 more have none" in done.err
    assert "`kind`" not in done.err
    folder.rubric(RUBRIC.replace("weight: 3", "weight: 1"))
    assert folder.replay("--force", "--scored-with", folder.path / "was.yaml").code == exits.OK
    done = folder.replay("--force", "--scored-with", folder.path / "reward.yaml")
    assert done.code == exits.USAGE
    assert "`own` did not give this result" in done.err


def test_other_rollouts_are_refused(folder: Folder) -> None:
    folder.score("old.jsonl")
    folder.rollouts([ROLLOUTS[0] | {"completion": "another"}, ROLLOUTS[1] | {"id": "z"}])
    done = folder.replay()
    assert done.code == exits.USAGE
    assert "old.jsonl:1: this is the result of another rollout with the id 'a'" in done.err
    assert "there is no result for the rollout 'z'" in done.err
    folder.rollouts(ROLLOUTS[:2])
    done = folder.replay()
    assert done.code == exits.OK
    assert "left out 1 result of rollouts that are not here" in done.out


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("verdicts", None), "old.jsonl:2: this result holds no verdicts"),
        (("verdicts", [{"criterion": "clause", "value": 7}]), "holds 7, which is not in [0, 1]"),
        (("verdicts", [{"criterion": "clause", "cause": "gremlins"}]), "old.jsonl:2: "),
        (("verdicts", [{"criterion": "clause"}]), "neither or both of a value and a cause"),
        (("verdicts", [{"criterion": "clause", "value": 1}]), "a value and no weight"),
        (("components", {"quality": {**NO_VALUE, "cause": "gremlins"}}), "'gremlins' is not a cause"),
        (("id", "a"), "old.jsonl:2: the id 'a' stands at"),
        (("rollout_digest", 1), "old.jsonl:2: "),
    ],
)
def test_a_file_that_gavel_did_not_write(folder: Folder, change: tuple[str, object], message: str) -> None:
    lines = folder.score("old.jsonl")
    lines[1][change[0]] = change[1]
    folder.write("old.jsonl", "".join(json.dumps(line) + "\n" for line in lines))
    done = folder.replay()
    assert done.code == exits.USAGE
    assert message in done.err


def test_mistakes(folder: Folder) -> None:
    folder.score("old.jsonl")
    folder.replay()
    assert "exists already" in folder.replay().err
    assert folder.replay("--force").code == exits.OK
    assert "cannot be --out" in folder.replay("--force", out="old.jsonl").err
    folder.write("empty.jsonl", "")
    assert "no results" in folder.replay("--force", results="empty.jsonl").err
    assert "cannot read" in folder.replay("--force", results="none.jsonl", out="x.jsonl").err
    folder.write("reward.yaml", "name: plain\ncomponents: {long: {use: structure}}\n")
    assert "no rubric to replay" in folder.replay("--force").err


def test_two_rubrics_with_one_id(folder: Folder) -> None:
    folder.score("old.jsonl")
    other = "  other: {use: rubric, rubric: rubric.yaml}\njudges:"
    folder.write("reward.yaml", REWARD.replace("judges:", other))
    assert "`quality` and `other` both have a criterion `clause`" in folder.replay().err
    folder.write("reward.yaml", REWARD.replace("judges:", other.replace("rubric.yaml", "checks.yaml")))
    check = "schema: rubric/v1\nid: c\ncriteria: [{id: %s, check: {contains: [x]}}]\n"
    folder.write("checks.yaml", check % "kind")  # a check there, a statement here
    assert "`quality` and `other` both have a criterion `kind`" in folder.replay().err
    folder.write("checks.yaml", check % "short")  # code decides both
    assert folder.replay().code == exits.OK


@pytest.fixture
def example(gavel: Gavel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The moderation example with results of a judge that is gone since: 62 rollouts have verdicts, human
    labels and weights by label among them."""
    before = tmp_path / "before"
    shutil.copytree(ROOT / "examples" / "moderation", before)
    monkeypatch.setenv("GAVEL_CACHE_DIR", str(tmp_path / "cache"))
    files = (before / "rollouts.jsonl", "--reward", before / "reward.yaml")
    with start_sim("--ttft", "0.001", "--prefill-tps", "0") as sim:
        monkeypatch.setenv("OPENAI_BASE_URL", sim.base_url)
        done = gavel("score", *files, "-o", before / "results.jsonl", "--detail", "verdicts")
        assert done.code == exits.OK
    return before


def results(path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_the_example_without_its_judge(gavel: Gavel, example: Path) -> None:
    reward, out = example / "reward.yaml", example / "new.jsonl"
    files = ("--rollouts", example / "rollouts.jsonl", "-r", reward, "--scored-with", reward)
    done = gavel("replay", example / "results.jsonl", *files, "-o", out)
    assert (done.code, done.err) == (exits.OK, "")
    assert len(results(out)) == 72
    assert without_version(results(out)) == without_version(results(example / "results.jsonl"))


def test_the_pages_show_what_is_printed(gavel: Gavel, example: Path, tmp_path: Path) -> None:
    """A pitfall of the example costs twice as much."""
    after = tmp_path / "after"
    shutil.copytree(example, after)
    old, new = (home / "rubrics" / "moderation-reasoning.yaml" for home in (example, after))
    ahead, pitfall, rest = old.read_text(encoding="utf-8").partition("invents_facts")
    new.write_text(ahead + pitfall + rest.replace("weight: -2", "weight: -4", 1), encoding="utf-8")
    files = ("--rollouts", after / "rollouts.jsonl", "-r", after / "reward.yaml")
    more = ("--scored-with", example / "reward.yaml")
    replayed = gavel("replay", example / "results.jsonl", *files, *more).out
    assert replayed[replayed.index("  every rollout") :] in text_of("docs/replay.md")
    compared = gavel("rubric", "diff", old, new, "--results", example / "results.jsonl").out
    assert compared[compared.index("saved results") :] in text_of("docs/rubric-diff.md")


CHANGED = REWARD.replace("clause: 0.875", "clause: 0.125, new: 0.75")
"""A judge that has thought better of it."""


def test_only_what_is_missing_is_asked(folder: Folder) -> None:
    folder.score("old.jsonl")
    folder.rubric(RUBRIC + "- {id: new, ask: It is new.}\n")
    folder.write("reward.yaml", CHANGED)
    done = folder.replay("--ask", "missing")
    assert (done.code, done.err) == (exits.OK, "")
    assert "asked now: new 3" in done.out
    # the old 0.875 on `clause`, and 0.75 on `new`; c: (3 * 0.875 + 1 + 0.75) / 5
    (*_, last) = folder.lines("new.jsonl")
    assert part(last) == pytest.approx((3 * 0.875 + 1 + 0.75) / 5)


def test_where_nothing_is_missing_nobody_is_asked(folder: Folder) -> None:
    scored = folder.score("old.jsonl")
    folder.unreachable()
    done = folder.replay("--ask", "missing")
    assert "asked now: nothing" in done.out
    assert without_version(folder.lines("new.jsonl")) == without_version(scored)
    assert folder.lines("new.jsonl")[0]["reward_version"] != scored[0]["reward_version"]


def test_what_failed_then_is_asked_again(folder: Folder) -> None:
    folder.unreachable()
    folder.score("old.jsonl")
    folder.write("reward.yaml", REWARD)
    done = folder.replay("--ask", "missing")
    assert "asked now: clause 3, kind 2" in done.out
    assert [part(line) for line in folder.lines("new.jsonl")] == pytest.approx([0.575, 0.875, 0.90625])


def test_answers_to_other_words_are_asked_for_again(folder: Folder) -> None:
    folder.score("old.jsonl")
    before = folder.path / "before"
    shutil.copytree(folder.path, before)
    folder.rubric(RUBRIC.replace("It names a clause.", "It names the clause that decides."))
    done = folder.replay("--ask", "missing", "--scored-with", before / "reward.yaml")
    assert "asked now: clause 3" in done.out


def test_everything_is_judged_again_and_compared(folder: Folder) -> None:
    folder.score("old.jsonl")
    folder.write("reward.yaml", CHANGED)
    done = folder.replay("--ask", "all")
    assert (done.code, done.err) == (exits.OK, "")
    moved = "clause: 3 of 3 verdicts changed; probabilities moved by 0.750 on average, -0.750 in all"
    assert moved in done.out
    assert "kind: 0 of 2 verdicts changed; probabilities moved by 0.000 on average, +0.000 in all" in done.out
    again = folder.score("scored.jsonl")
    assert folder.lines("new.jsonl") == again  # the same reward_version, too: nothing saved is in it


def test_who_is_asked_anew_remembers_nothing(folder: Folder) -> None:
    folder.write("reward.yaml", REWARD.replace("store: none", "store: sqlite"))
    function = load_reward(folder.path / "reward.yaml")
    assert function.judges["default"].options.cache.store != "none"
    anew, judged = asking_anew(function)
    assert anew.judges["default"].options.cache.store == "none"
    assert anew.version == function.version
    assert judged == ["clause", "kind"]


def test_a_judge_that_is_down_is_no_verdict_before_and_after(folder: Folder) -> None:
    folder.score("old.jsonl")
    folder.unreachable()
    done = folder.replay("--ask", "all")
    assert "clause: no rollout has a verdict both before and after" in done.out
    assert {line["cause"] for line in folder.lines("new.jsonl")} == {"judge_unreachable"}
