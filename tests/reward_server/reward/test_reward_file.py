import pytest

from reward_server.reward.component import PerRollout
from reward_server.reward.gate import Gate
from reward_server.reward.reward_file import ColumnOptions, InverseFrequency, RewardFile, Trainer
from reward_server.reward.reward_function import RewardFunction
from rubrics.binding import bind
from rubrics.document import parse
from rubrics.options import Options
from rubrics.problems import ConfigError
from tests.pages import fences, text_of
from tests.reward_server.making import reward_of, rollout_of

LEAST = "name: x\ncomponents: {a: {use: structure}}\n"


def read(text: str) -> RewardFile:
    document = parse(text)
    return bind(RewardFile, document, document.data)


def test_a_name_and_a_component_are_all_it_takes() -> None:
    file = read(LEAST)
    assert (file.schema_, file.on_unscored, file.trainer.scale_rewards) == ("reward/v1", "mask", "group")
    assert (file.judges, file.description, file.weighting.inverse_frequency) == ({}, "", None)
    assert (file.completion.reasoning, file.completion.answer) == (None, None)


def test_the_design_s_example_is_a_reward_file() -> None:
    file = read(
        """
        name: moderation
        completion: {reasoning: {tag: think}, answer: {json: {policy_1: [true, false], policy_2: [yes, no], conclusion: [true, false]}}}
        components:
          accuracy: {use: label_match, weight: 0.25, field: conclusion}
          format:   {use: structure,   weight: 0.25}
          length:   {use: target_length, weight: 0.25, of: reasoning, unit: words, full: [150, 400], zero: [50, 800]}
          rubric:   {use: rubric, weight: 0.25, rubric: rubrics/moderation-reasoning.yaml, judge: default, gate: {on: format, at_least: 1}}
        judges:
          default: {use: openai, base_url: "${OPENAI_BASE_URL}", model: Qwen/Qwen3-8B}
        weighting: {inverse_frequency: {scope: sample_label, apply: advantage, table: label-weights.yaml}}
        trainer: {scale_rewards: group}
        on_unscored: mask
        """  # noqa: E501 - as the design has it
    )
    assert list(file.components) == ["accuracy", "format", "length", "rubric"]
    assert file.completion.answer is not None
    assert file.completion.answer.keys == {
        "policy_1": [True, False],
        "policy_2": ["yes", "no"],
        "conclusion": [True, False],
    }


@pytest.mark.parametrize("name", ["x", "X1", "a.b-c_d", "a" * 64])
def test_names_that_can_be_asked_for(name: str) -> None:
    assert read(LEAST.replace("name: x", f"name: {name}")).name == name


@pytest.mark.parametrize("name", ["''", "1x", "_x", "a b", "a/b", "é", "a" * 65, "[x]"])
def test_names_that_cannot(name: str) -> None:
    with pytest.raises(ConfigError):
        read(LEAST.replace("name: x", f"name: {name}"))


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("schema", "reward/v2"),
        ("on_unscored", "zero"),
        ("trainer", "{scale_rewards: std}"),
        ("weighting", "{inverse_frequency: {table: t, scope: verdict}}"),
        ("weighting", "{inverse_frequency: {apply: advantage}}"),
        ("judges", "[]"),
        ("extra", "1"),
    ],
)
def test_other_values_are_refused(key: str, value: str) -> None:
    with pytest.raises(ConfigError):
        read(f"{LEAST}{key}: {value}\n")


@pytest.mark.parametrize("weight", ["-0.1", "1000001", "'1'", "null", "true"])
def test_weights_are_numbers_from_0_up(weight: str) -> None:
    document = parse(f"{{use: structure, weight: {weight}}}")
    with pytest.raises(ConfigError):
        bind(ColumnOptions, document, document.data)


def test_weights_act_on_the_advantage_unless_told_otherwise() -> None:
    options = InverseFrequency.model_validate({"table": "t.yaml"})
    assert (options.scope, options.apply, options.label) == ("sample_label", "advantage", None)


def weights_of(function: RewardFunction) -> dict[str, float]:
    return dict(function.weights)


def test_greatest_weights_stay_finite() -> None:
    function = reward_of(
        "components: {a: {use: structure, weight: 1e6}, b: {use: structure, weight: 1e-300}}"
    )
    assert weights_of(function) == {"a": 1.0, "b": pytest.approx(1e-306)}


PAGE = "docs/reward-file.md"


def test_every_key_is_on_its_page() -> None:
    page = text_of(PAGE)
    nested: dict[str, type[Options]] = {
        "weighting.inverse_frequency.": InverseFrequency,
        "trainer.": Trainer,
        "": Gate,
    }
    keys = [
        prefix + (field.alias or name)
        for prefix, model in nested.items()
        for name, field in model.model_fields.items()
    ]
    assert [key for key in keys if f"`{key}`" not in page] == []


def test_the_component_of_the_page_works() -> None:
    (block,) = fences(PAGE, "python")
    made: dict[str, object] = {}
    exec(block, made)
    component = made["Exclamations"]
    assert isinstance(component, type)
    component = component(most=4)
    assert isinstance(component, PerRollout)
    outcomes = component.score_all([rollout_of(text, text) for text in ("!", "!!!!!", "")])
    assert [float(outcome) for outcome in outcomes] == [0.75, 0.0, 1.0]
