"""`gavel rubric diff`: its words, and saved results under both rubrics."""

import json
import re
from pathlib import Path

import pytest

from reward_server.cli import exits
from tests.pages import fences
from tests.processes import ROOT
from tests.reward_server.cli.running import Done, Gavel

REWARD = """\
name: own
components: {quality: {use: rubric, rubric: a.yaml}}
judges:
  default: {use: scripted, otherwise: 0.25, chances: {clause: 0.875}, cache: {store: none}}
"""
A = """\
schema: rubric/v1
id: r
version: "1.0.0"
criteria:
- {id: clause, ask: It names a clause., weight: 3}
- {id: kind, ask: It is kind.}
- {id: short, check: {contains: [x]}}
"""
B = """\
schema: rubric/v1
id: r
version: "1.0.0"
guidelines: "Be\\x1b[31m strict."
criteria:
- {id: clause, ask: It names a numbered clause., weight: 3}
- {id: friendly, ask: It is kind., weight: 2}
- {id: short, check: {contains: [x, y]}}
- {id: cites, ask: "It cites [/bold] [red].", gate: {else: 0}}
aggregate: {min_coverage: 0.5}
"""
ROLLOUTS = [
    {"id": "a", "group": "g", "prompt": "post", "completion": "an answer"},
    {"id": "b", "group": "g", "prompt": "post", "completion": "an x answer"},
]


@pytest.fixture
def diff(gavel: Gavel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> "Diff":
    monkeypatch.chdir(tmp_path)
    (tmp_path / "rollouts.jsonl").write_text(
        "".join(json.dumps(r) + "\n" for r in ROLLOUTS), encoding="utf-8"
    )
    (tmp_path / "reward.yaml").write_text(REWARD, encoding="utf-8")
    return Diff(gavel)


class Diff:
    """Compares two rubrics given as text."""

    def __init__(self, gavel: Gavel) -> None:
        self._gavel = gavel

    def __call__(self, before: str, after: str, *more: object) -> Done:
        Path("a.yaml").write_text(before, encoding="utf-8")
        Path("b.yaml").write_text(after, encoding="utf-8")
        return self._gavel("rubric", "diff", "a.yaml", "b.yaml", *more)

    def score(self) -> None:
        Path("a.yaml").write_text(A, encoding="utf-8")
        files = ("rollouts.jsonl", "--reward", "reward.yaml", "-o", "results.jsonl")
        assert self._gavel("score", *files, "--detail", "verdicts").code == exits.OK


def test_everything_that_differs(diff: Diff) -> None:
    done = diff(A, B)
    assert done.code == exits.OK
    text = done.out.splitlines()
    assert text[0] == "a.yaml -> b.yaml"
    assert "  version  1.0.0 -> 1.0.0: the same" in text
    assert "  scores may differ: raise the version, so that people can tell" in text
    words = text[text.index("words") + 1 : text.index("code") - 1]
    assert words == [
        "  = kind is called friendly",
        "  + cites: It cites [/bold] [red].",
        "  ~ guidelines: {+Be\\x1b[31m strict.+}",
        "  ~ clause.ask: It names a {+numbered+} clause.",
    ]
    assert '  short.check.contains: ["x"] -> ["x", "y"]' in text
    arithmetic = text[text.index("arithmetic") + 1 : text.index("the judge") - 1]
    assert arithmetic == ["  aggregate.min_coverage: 1.0 -> 0.5", "  friendly.weight: 1.0 -> 2.0"]
    assert text[-1] == "  asked anew: clause, friendly, cites"  # the guidelines are in every prompt
    assert "\x1b" not in done.out


def test_nothing_differs(diff: Diff) -> None:
    done = diff(A, A.replace("1.0.0", "1.0.1"))
    assert done.out.splitlines()[1].endswith("1.0.0 -> 1.0.1: raised")
    assert "scores may differ" not in done.out
    assert done.out.count(", the same") == 2
    assert "2 of 2 statements reach it as before, byte for byte" in done.out


def test_saved_results_under_new_weights(diff: Diff) -> None:
    diff.score()
    done = diff(
        A, A.replace("weight: 3", "weight: 1").replace("1.0.0", "1.1.0"), "--results", "results.jsonl"
    )
    # a: (3 * 0.875 + 0.25 + 0) / 5 = 0.575, then (0.875 + 0.25) / 3 = 0.375
    # b: (3 * 0.875 + 0.25 + 1) / 5 = 0.775, then (0.875 + 0.25 + 1) / 3 = 0.70833
    assert "2 of 2 that were judged tell both scores" in done.out
    assert "score: mean 0.675 -> 0.542 (-0.133); 2 of 2 changed" in done.out
    assert (
        "difference: -0.200, -0.193, -0.133, -0.073, -0.067 (least, 5 %, median, 95 %, greatest)" in done.out
    )
    assert "0 of 1 pairs flipped" in done.out


def test_a_flip(diff: Diff) -> None:
    """A check that becomes a pitfall turns the order of the two round."""
    diff.score()
    after = A.replace("{contains: [x]}", "{contains: [x]}, weight: -1")
    done = diff(A, after, "--results", "results.jsonl", "--json")
    shift = json.loads(done.out)["rescoring"]["shift"]
    assert (shift["pairs"], shift["flips"], shift["groups_flipped"]) == (1, 1, 1)
    # a: (3 * 0.875 + 0.25) / 4; b: (3 * 0.875 + 0.25 - 1) / 4
    assert shift["after"] == pytest.approx((0.71875 + 0.46875) / 2)


def test_what_needs_a_judge_is_said(diff: Diff) -> None:
    diff.score()
    done = diff(A, B, "--results", "results.jsonl")
    assert "clause needs a judge: the judge reads other words" in done.out
    assert "cites needs a judge: the judge was never asked" in done.out
    assert "short needs the rollouts (`gavel replay`): code decides it otherwise" in done.out
    assert "0 of 2 that were judged tell both scores" in done.out
    assert "score: no rollout has one before and after" in done.out


def test_json(diff: Diff) -> None:
    found = json.loads(diff(A, B, "--json").out)
    assert found["version"] == "same"
    assert found["before"]["digest"] != found["after"]["digest"]
    assert found["asked_anew"] == ["clause", "friendly", "cites"]
    assert found["rescoring"] is None
    assert {(c["criterion"], c["key"], c["part"]) for c in found["changes"]} == {
        (None, "guidelines", "words"),
        ("clause", "ask", "words"),
        ("friendly", "weight", "arithmetic"),
        ("short", "check.contains", "code"),
        (None, "aggregate.min_coverage", "arithmetic"),
    }


def test_the_layout_of_the_judge(diff: Diff) -> None:
    after = A.replace("It is kind", "It is very kind")
    assert json.loads(diff(A, after, "--json").out)["asked_anew"] == ["kind"]
    assert json.loads(diff(A, after, "--json", "--layout", "listed").out)["asked_anew"] == ["clause", "kind"]


def test_results_of_another_rubric_are_refused(diff: Diff) -> None:
    diff.score()
    done = diff(A.replace("weight: 3", "weight: 4"), A, "--results", "results.jsonl")
    assert done.code == exits.USAGE
    assert "results.jsonl:1: `clause` weighs 3 here and 4 in r" in done.err
    other = "schema: rubric/v1\nid: other\ncriteria: [{id: z, ask: Z}]\n"
    done = diff(other, other, "--results", "results.jsonl")
    assert done.code == exits.USAGE
    assert "no result holds a verdict on a criterion of other (z)" in done.err


def test_a_mistake_in_a_rubric_has_its_place(diff: Diff) -> None:
    done = diff(A, A.replace("weight", "wieght"))
    assert done.code == exits.USAGE
    assert "b.yaml:5:" in done.err
    assert "did you mean `weight`?" in done.err


def test_the_page_shows_what_is_printed(
    gavel: Gavel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    home = ROOT / "examples" / "moderation" / "rubrics"
    text = (home / "moderation-reasoning.yaml").read_text(encoding="utf-8")
    table = (home / "criterion-weights.yaml").read_text(encoding="utf-8")
    ahead, pitfall, rest = text.partition("invents_facts")
    new = (ahead + pitfall + rest.replace("weight: -2", "weight: -4", 1)).replace('"1.0.0"', '"1.1.0"')
    before = "quotes the words of the post that decide the case."
    assert before in text
    Path("old.yaml").write_text(text, encoding="utf-8")
    Path("new.yaml").write_text(
        new.replace(before, "quotes, word for word, what decides the case."), encoding="utf-8"
    )
    Path("criterion-weights.yaml").write_text(table, encoding="utf-8")
    shown = fences("docs/rubric-diff.md", "console")[0]
    done = gavel("rubric", "diff", "old.yaml", "new.yaml")
    assert without_digests(done.out) == without_digests(shown.partition("\n")[2])


def without_digests(text: str) -> str:
    return re.sub(r"\b[0-9a-f]{12}\b", "#", text)
