"""A rubric component with several judges."""

from pathlib import Path

import pytest

from judges.classifiers.options import ClassifierOptions
from judges.classifiers.scorer import Scorer
from reward_server.components.rubric import Rubric
from reward_server.reward.loading import load_reward
from reward_server.reward.reward_function import RewardFunction
from rubrics.completion import Completion
from rubrics.outcome import Score
from rubrics.problems import ConfigError
from rubrics.rollout import Group, Rollout

JUDGES = "judges:\n  small: {use: scripted, otherwise: 0.9}\n  large: {use: scripted, otherwise: 0.3}\n"
RUBRIC = """\
schema: rubric/v1
id: r
%s
criteria:
  - {id: clear, ask: It is clear.}
  - {id: sound, ask: It is sound.}
  - {id: on_topic, ask: It is on topic., gate: {else: 0}}
  - {id: shown, ask: It is shown., evidence: quote, samples: 3}
"""


def load(folder: Path, judge: str, rubric: str = "") -> RewardFunction:
    (folder / "rubric.yaml").write_text(RUBRIC % rubric)
    component = f"  c: {{use: rubric, rubric: rubric.yaml, judge: {judge}}}\n"
    reward = f"schema: reward/v1\nname: r\n{JUDGES}components:\n{component}"
    (folder / "reward.yaml").write_text(reward)
    return load_reward(folder / "reward.yaml")


def component(function: RewardFunction) -> Rubric:
    found = function.columns[0].component
    assert isinstance(found, Rubric)
    return found


async def test_all_judges_of_the_panel_are_asked(tmp_path: Path) -> None:
    function = load(tmp_path, "[small, large]")
    rollout = Rollout(id="a", completion=Completion("a b c"), prompt="p")
    (outcome,) = await component(function)(Group("g", [rollout]))
    await function.aclose()
    assert isinstance(outcome, Score)
    clear = outcome.verdicts[0]
    assert clear.votes == pytest.approx((0.9, 0.3))
    assert clear.probability == pytest.approx(0.6)


@pytest.mark.parametrize(
    ("judge", "rubric", "questions"),
    [
        ("small", "", 3 + 3),
        ("[small, large]", "", 2 * 6),
        ("small", "judge: {samples: 2}", 3 * 2 + 3),
        ("small", "judge: {mode: all}", 1 + 1 + 3),  # the gate, the rest, and what has to be quoted
        ("small", "aggregate: {method: holistic}", 1 + 1),
    ],
)
def test_how_many_questions_it_asks(tmp_path: Path, judge: str, rubric: str, questions: int) -> None:
    assert component(load(tmp_path, judge, rubric)).questions == questions


def test_the_panel_is_part_of_the_version(tmp_path: Path) -> None:
    panels = ("small", "large", "[small, large]", "[large, small]")
    assert len({load(tmp_path, judge).version for judge in panels}) == 4
    assert load(tmp_path, "[small]").version == load(tmp_path, "small").version


class Constant(ClassifierOptions):
    """Finds the same in every text."""

    chance: float = 0.5

    def open(self) -> Scorer:
        raise NotImplementedError


class Other(Constant):
    """The same options, and another class."""


def version_with(folder: Path, kind: str, options: str) -> str:
    (folder / "rubric.yaml").write_text(
        "schema: rubric/v1\nid: r\ncriteria:\n  - {id: so, classifier: {use: nli, claim: completion}}\n"
    )
    classifiers = (
        f"classifiers:\n  nli: {{use: '{__name__}:{kind}'{options}}}\n  unused: {{use: '{__name__}:Other'}}\n"
    )
    component = "components:\n  c: {use: rubric, rubric: rubric.yaml}\n"
    (folder / "reward.yaml").write_text(f"schema: reward/v1\nname: r\n{classifiers}{component}")
    return load_reward(folder / "reward.yaml").version


def test_so_is_a_classifier(tmp_path: Path) -> None:
    plain = version_with(tmp_path, "Constant", "")
    assert version_with(tmp_path, "Constant", ", attempts: 1, max_waiting: 5") == plain
    assert version_with(tmp_path, "Constant", ", chance: 0.6") != plain
    assert version_with(tmp_path, "Other", "") != plain


@pytest.mark.parametrize(
    ("judge", "told"),
    [
        ("[small, lrage]", "there is no judge `lrage`"),
        ("[small, small]", "a panel has each judge once"),
        ("[]", "judge"),
    ],
)
def test_p30_a_mistake_in_the_panel_has_its_place(tmp_path: Path, judge: str, told: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load(tmp_path, judge)
    (problem,) = caught.value.problems
    assert told in problem.render()
    assert "reward.yaml:7:" in problem.render()
