"""`gavel rubric catalog`, and `gavel rubric new --from`."""

import json
from pathlib import Path

import pytest

from reward_server.reward.loading import load_reward
from rubrics.document import parse
from rubrics.problems import ConfigError
from rubrics.resolution import catalog
from rubrics.rubric_file import load_rubric
from tests.reward_server.cli.running import Gavel

REPLY = """\
schema: rubric/v1
id: catalog/support-reply
version: "1.2.0"
description: |
  Is the reply
  right?
criteria:
  - {id: greets, ask: The reply greets the customer.}
  - {id: fits, check: {words: {at_most: 100}}}
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    home = tmp_path / "catalog"
    home.mkdir()
    (home / "support-reply.yaml").write_text(REPLY, encoding="utf-8")
    (home / "support-reply.golden.yaml").write_text("schema: goldens/v1\n", encoding="utf-8")
    (home / "math.yaml").write_text(REPLY.partition("description")[0] + REPLY[REPLY.index("criteria") :])
    monkeypatch.setattr(catalog, "FOLDER", home)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_list(gavel: Gavel) -> None:
    done = gavel("rubric", "catalog")
    assert (done.code, done.out) == (0, "math\nsupport-reply  Is the reply right?\n")


def test_one_rubric_is_printed_as_it_stands(gavel: Gavel) -> None:
    assert gavel("rubric", "catalog", "support-reply").out == REPLY


def test_json(gavel: Gavel) -> None:
    math, reply = json.loads(gavel("rubric", "catalog", "--json").out)
    assert (math["name"], reply["name"], reply["version"]) == ("math", "support-reply", "1.2.0")
    assert reply["criteria"] == ["greets", "fits"]
    assert json.loads(gavel("rubric", "catalog", "support-reply", "--json").out) == {**reply, "yaml": REPLY}


def test_an_unknown_name(gavel: Gavel) -> None:
    done = gavel("rubric", "catalog", "suport-reply")
    assert (done.code, done.out) == (2, "")
    assert "the catalog has no rubric `suport-reply`" in done.err
    assert "did you mean `support-reply`?" in done.err


def test_a_new_rubric_that_builds_on_one_of_the_catalog(gavel: Gavel) -> None:
    done = gavel("rubric", "new", "tone.yaml", "--from", "catalog:support-reply")
    assert (done.code, done.out.splitlines()[0]) == (0, "wrote tone.yaml")
    rubric = load_rubric("tone.yaml")
    assert (rubric.id, [criterion.id for criterion in rubric.criteria]) == ("tone", ["greets", "fits"])
    text = Path("tone.yaml").read_text(encoding="utf-8")
    Path("tone.yaml").write_text(text.replace("\n# criteria", "\ncriteria").replace("\n#  ", "\n  "))
    assert [criterion.weight for criterion in load_rubric("tone.yaml").criteria] == [2, 1]
    assert gavel("rubric", "lint", "tone.yaml", "--strict").code == 0


@pytest.mark.parametrize("name", ["mine.yaml", "my 'own': file.yaml"])
def test_a_new_rubric_that_builds_on_a_file_elsewhere(name: str, gavel: Gavel) -> None:
    Path(name).write_text(REPLY, encoding="utf-8")
    Path("deep").mkdir()
    assert gavel("rubric", "new", "deep/tone.yaml", "--from", name).code == 0
    assert load_rubric("deep/tone.yaml").digest == load_rubric(name).digest


def test_what_a_new_rubric_cannot_build_on(gavel: Gavel) -> None:
    assert gavel("rubric", "new", "tone.yaml", "--from", "catalog:tone").code == 2
    done = gavel("rubric", "new", "tone.yaml", "--from", "gone.yaml")
    assert (done.code, "cannot read gone.yaml" in done.err) == (2, True)
    assert not Path("tone.yaml").exists()


@pytest.mark.parametrize("rubric", ["mine.yaml", "catalog:support-reply"])
def test_a_rubric_with_includes_or_of_the_catalog_is_used_like_any_other(rubric: str, gavel: Gavel) -> None:
    Path("mine.yaml").write_text("schema: rubric/v1\nid: mine\nextends: catalog:support-reply\n")
    assert gavel("rubric", "lint", rubric).out == f"{rubric}: 0 errors, 0 warnings\n"
    assert gavel("rubric", "cost", rubric, "--rollouts", 8, "--group-size", 4).code == 0
    assert gavel("rubric", "diff", rubric, "mine.yaml").code == 0
    Path("rollouts.jsonl").write_text('{"id": "a", "prompt": "Where?", "completion": "Hello."}\n')
    done = gavel("rubric", "render", rubric, "--rollout", "rollouts.jsonl")
    assert (done.code, "The reply greets the customer." in done.out) == (0, True)


REWARD = """\
schema: reward/v1
name: replies
judges: {default: {use: openai, base_url: "http://127.0.0.1:9/v1", model: m}}
components:
  quality: {use: rubric, weight: 1, rubric: catalog:%s}
"""


def test_a_reward_file_names_a_rubric_of_the_catalog() -> None:
    (column,) = load_reward(parse(REWARD % "support-reply")).columns
    assert column.component.questions == 1
    with pytest.raises(ConfigError, match="the catalog has no rubric `suport-reply`") as raised:
        load_reward(parse(REWARD % "suport-reply", "reward.yaml"))
    assert str(raised.value).startswith("reward.yaml:5:45: error: ")
    assert "did you mean `support-reply`?" in str(raised.value)
