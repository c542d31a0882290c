import json
from pathlib import Path

import pytest

from tests.reward_server.cli.running import Gavel

HEAD = 'schema: rubric/v1\nid: care\nversion: "1.2.0"\n'
CRITERIA = """\
criteria:
  - {id: fits, check: {words: {at_least: 5}}, gate: {else: 0}}
  - {id: cites, ask: It cites., expect: {label: metadata.cites}, weight: 2}
  - {id: invents, ask: It invents., importance: pitfall}
"""
TABLE = 'schema: weights/v1\nscope: criterion_label\nsmoothing: 0\ncounts: {cites: {"yes": 200, "no": 800}}\n'


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    weighted = HEAD + "weights: {mode: inverse_frequency, table: table.yaml}\n" + CRITERIA
    files = {
        "plain": HEAD + CRITERIA,
        "weighted": weighted,
        "table": TABLE,
        "broken": HEAD + "criterai: []\n",
    }
    for name, text in files.items():
        (tmp_path / f"{name}.yaml").write_text(text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_written_weights_are_shown_with_their_shares(folder: Path, gavel: Gavel) -> None:
    done = gavel("rubric", "weights", "plain.yaml")
    assert done.code == 0
    assert done.out == (
        "care 1.2.0: weights as written\n"
        "the value lies in [-2, 1]\n"
        "\n"
        "criterion       written  weight   share  moves the value by\n"
        "fits                  1       1  33.3 %              +0.333  gate: else 0\n"
        "cites                 2       2  66.7 %              +0.667\n"
        "invents    pitfall (-2)      -2  66.7 %              -0.667\n"
    )
    assert "plain.yaml:6:74: warning: `cites` dominates: 67% of the positive weight" in done.err
    assert "plain.yaml:7:49: warning: `invents` dominates: falling into it costs 67%" in done.err


def test_a_table_gives_each_label_a_line(folder: Path, gavel: Gavel) -> None:
    done = gavel("rubric", "weights", "weighted.yaml")
    assert done.out.splitlines()[0] == (
        "care 1.2.0: as written, times a factor for each human label (table.yaml, smoothing 0, max_ratio 10)"
    )
    rows = [line.split() for line in done.out.splitlines()[4:]]
    assert rows[1] == ["cites", "2", "yes", "200", "2.5", "5", "83.3", "%", "+0.556", "to", "+0.833"]
    assert rows[2] == ["no", "800", "0.625", "1.25", "55.6", "%"]


def test_json_has_all_of_it(folder: Path, gavel: Gavel) -> None:
    done = gavel("rubric", "weights", "weighted.yaml", "--json")
    found = json.loads(done.out)
    assert (done.code, done.err) == (0, "")
    assert (found["rubric"], found["mode"], found["scope"], found["table"]) == (
        "care",
        "inverse_frequency",
        "criterion_label",
        "table.yaml",
    )
    assert found["criteria"][1]["labels"][0] == {
        "label": "yes",
        "count": 200,
        "factor": 2.5,
        "weight": 5.0,
        "share": [pytest.approx(5 / 6), pytest.approx(5 / 6)],
    }
    (warning,) = found["warnings"]
    assert (warning["file"], warning["line"]) == ("weighted.yaml", 7)
    assert warning["message"].endswith("where its label is yes, more than all others together")


def test_weights_without_effect_are_said_to_be(folder: Path, gavel: Gavel) -> None:
    (folder / "least.yaml").write_text(HEAD + "aggregate: {method: min}\n" + CRITERIA, encoding="utf-8")
    done = gavel("rubric", "weights", "least.yaml")
    assert done.out.splitlines()[-1] == "the value is that of the worst criterion: weights have no effect"
    assert "share" not in done.out


@pytest.mark.parametrize(
    ("file", "said"), [("broken.yaml", "did you mean `criteria`?"), ("gone.yaml", "cannot read")]
)
def test_a_rubric_that_does_not_load_is_a_mistake(file: str, said: str, folder: Path, gavel: Gavel) -> None:
    done = gavel("rubric", "weights", file)
    assert (done.code, done.out) == (2, "")
    assert said in done.err
