"""Every line that `gavel connect` writes is real: it parses, and says what it should."""

import ast
import re
import tomllib
from dataclasses import replace
from typing import Any

import pytest

from reward_server.connect.directory import TRAINERS
from reward_server.connect.target import Target
from rubrics.document import parse
from tests.reward_server.connect.snippets import BLIND, DESCRIPTION, LIVE, flags, overrides, read, snippets

GDPO = replace(LIVE, components=True)

every_trainer = pytest.mark.parametrize("name", TRAINERS)
every_target = pytest.mark.parametrize(
    "target",
    [LIVE, GDPO, BLIND, replace(BLIND, components=True), replace(LIVE, out="/tmp/of mine.py")],
    ids=["live", "components", "blind", "blind-components", "out"],
)


@every_trainer
@every_target
def test_every_snippet_is_of_its_language(name: str, target: Target) -> None:
    found = TRAINERS[name].snippets(target)
    assert found
    for snippet in found:
        read(snippet)


@every_trainer
def test_every_trainer_is_told_where_the_reward_is(name: str) -> None:
    text = "\n".join(snippet.text for snippet in TRAINERS[name].snippets(LIVE))
    assert "http://gavel:8900" in text
    assert "moderation" in text
    assert "GAVEL_TOKEN=" not in text


@every_trainer
def test_group_and_batch_size_are_filled_in(name: str) -> None:
    sized = replace(LIVE, batch_size=48, group_size=6)
    text = "\n".join(snippet.text for snippet in TRAINERS[name].snippets(sized))
    assert "48" in text
    assert "6" in text


def calls(code: str) -> dict[str, dict[str, Any]]:
    """Keywords of each call in a module by the name called, as source."""
    found: dict[str, dict[str, Any]] = {}
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            found[node.func.id] = {each.arg or "": ast.unparse(each.value) for each in node.keywords}
    return found


def test_trl_takes_one_function_or_one_for_each_component() -> None:
    (plain,) = snippets("trl", LIVE, "python")
    assert calls(plain)["GRPOTrainer"]["reward_funcs"] == "reward"
    assert calls(plain)["GRPOConfig"] == {"num_generations": "8", "generation_batch_size": "32"}
    (separate,) = snippets("trl", GDPO, "python")
    assert calls(separate)["GRPOTrainer"]["reward_funcs"] == "[component.accuracy, getattr(component, 'a-b')]"
    assert calls(separate)["GRPOConfig"]["multi_objective_aggregation"] == "'normalize_then_sum'"
    assert calls(separate)["GRPOConfig"]["reward_weights"] == "[0.4, 0.6]"


def test_trl_on_the_command_line() -> None:
    command = snippets("trl", GDPO, "bash")[1]
    assert flags(command) == {
        "--model_name_or_path": "MODEL",
        "--dataset_name": "DATASET",
        "--reward_funcs": "trainer_adapters.trl.component.accuracy trainer_adapters.trl.component.a-b",
        "--multi_objective_aggregation": "normalize_then_sum",
        "--reward_weights": "0.4 0.6",
        "--num_generations": "8",
        "--generation_batch_size": "32",
    }


def test_axolotl_has_the_same_in_yaml() -> None:
    (text,) = snippets("axolotl", GDPO, "yaml")
    assert parse(text).data == {
        "rl": "grpo",
        "trl": {
            "num_generations": 8,
            "generation_batch_size": 32,
            "reward_funcs": [
                "trainer_adapters.trl.component.accuracy",
                "trainer_adapters.trl.component.a-b",
            ],
            "multi_objective_aggregation": "normalize_then_sum",
            "reward_weights": [0.4, 0.6],
        },
    }


def test_unsloth_comes_before_trl() -> None:
    (text,) = snippets("unsloth", LIVE, "python")
    assert text.index("unsloth") < text.index("trl import")
    assert calls(text)["GRPOTrainer"]["processing_class"] == "tokenizer"


def test_verl_gets_hydra_overrides() -> None:
    command = snippets("verl", GDPO, "bash")[1]
    found = overrides(command.partition("\n")[2])
    assert found["reward.reward_manager.source"] == "importlib"
    assert found["reward.reward_manager.name"] == "GavelRewardManager"
    assert found["data.train_batch_size"] == "32"
    assert found["actor_rollout_ref.rollout.n"] == "8"
    assert found["+reward.reward_kwargs.url"] == "http://gavel:8900"
    assert found["+reward.reward_kwargs.reward"] == "moderation"
    assert found["+algorithm.gdpo_reward_keys"] == "[accuracy, a-b]"
    assert found["+algorithm.gdpo_reward_weights"] == "[0.4, 0.6]"
    assert found["algorithm.adv_estimator"] == "gdpo"


def test_verl_never_trains_on_a_key_that_means_something_else_to_it() -> None:
    from reward_server.connect.trainers.verl import TAKEN, key_of
    from trainer_adapters.stand_in import scorer

    assert TAKEN == scorer.TAKEN
    assert key_of("acc") == scorer.key_of("acc") == "component_acc"
    assert key_of("accuracy") == scorer.key_of("accuracy")


def test_openrlhf_gets_the_address_of_its_dialect() -> None:
    (command,) = snippets("openrlhf", LIVE, "bash")
    found = flags(command)
    assert found["--reward.remote_url"] == "http://gavel:8900/openrlhf/moderation"
    assert found["--rollout.batch_size"] == "32"
    assert found["--rollout.n_samples_per_prompt"] == "8"


def test_slime_gets_three_hooks_that_exist() -> None:
    from importlib import import_module

    _, hooks, bare = snippets("slime", LIVE, "bash")
    found = flags(hooks)
    for name in (
        "--custom-rm-path",
        "--rollout-sample-filter-path",
        "--custom-reward-post-process-path",
    ):
        module, _, function = found[name].rpartition(".")
        assert callable(getattr(import_module(module), function))
    assert found["--rollout-batch-size"] == "32"
    assert flags(bare)["--rm-url"] == "http://gavel:8900/slime/moderation"


def test_ms_swift_gets_a_plugin_for_the_functions_that_its_flags_name() -> None:
    for target, names in ((LIVE, ["gavel"]), (GDPO, ["gavel_accuracy", "gavel_a-b"])):
        (plugin,) = snippets("ms-swift", target, "python")
        registered = [
            node.slice.value
            for node in ast.walk(ast.parse(plugin))
            if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant)
        ]
        found = flags(snippets("ms-swift", target, "bash")[1])
        assert registered == names == found["--reward_funcs"].split()
    assert found["--scale_rewards"] == "gdpo"
    assert found["--reward_weights"] == "0.4 0.6"


def test_skyrl_registers_the_environment_that_its_flags_name() -> None:
    (main,) = snippets("skyrl", LIVE, "python")
    registered = calls(main)["register"]
    assert registered["id"] == "'gavel'"
    assert registered["entry_point"] == "'trainer_adapters.skyrl.environment:GavelEnv'"
    assert "'group_size': 8" in ast.unparse(ast.parse(main))
    found = overrides(snippets("skyrl", LIVE, "bash")[1])
    assert found["environment.env_class"] == "gavel"
    assert found["environment.skyrl_gym.max_env_workers"] == "256"
    assert found["generator.n_samples_per_prompt"] == "8"


def test_nemo_gym_gets_a_server_its_configuration_and_a_recipe() -> None:
    (app,) = snippets("nemo-gym", LIVE, "python")
    assert 'VERIFY = "http://gavel:8900/nemo-gym/moderation/verify?deadline_s=600"' in app
    relative = replace(LIVE, description=replace(DESCRIPTION, relative=True))
    (app,) = snippets("nemo-gym", relative, "python")
    assert 'VERIFY = "http://gavel:8900/nemo-gym/moderation/verify?deadline_s=600&group_size=8"' in app
    server, recipe = (parse(text).data for text in snippets("nemo-gym", GDPO, "yaml"))
    assert isinstance(server, dict)
    assert isinstance(recipe, dict)
    assert list(server) == ["gavel", "gavel_simple_agent"]
    assert recipe["grpo"] == {
        "num_prompts_per_step": 32,
        "num_generations_per_prompt": 8,
        "adv_estimator": {"name": "gdpo"},
    }


def test_prime_rl_asks_for_errors_that_drop_a_rollout() -> None:
    text = snippets("prime-rl", LIVE, "toml")[0]
    config = tomllib.loads(text)["orchestrator"]
    assert (config["batch_size"], config["group_size"]) == (32, 8)
    (source,) = config["train"]["source"]
    task = source["env"]["taskset"]["task"]
    assert task["resources_url"] == "http://gavel:8900/nemo-gym/moderation"
    assert task["headers"] == {"X-Gavel-Unscored": "fail"}


@every_trainer
def test_what_is_named_of_the_adapters_exists(name: str) -> None:
    from importlib import import_module
    from importlib.util import find_spec

    for target in (LIVE, GDPO):
        text = "\n".join(snippet.text for snippet in TRAINERS[name].snippets(target))
        for module, attribute in re.findall(r"(trainer_adapters\.[a-z_]+)[.:](\w+)", text):
            if module != "trainer_adapters.skyrl":  # it imports SkyRL: tests/trainers/clients/test_skyrl.py
                is_module = find_spec(f"{module}.{attribute}") is not None
                assert is_module or hasattr(import_module(module), attribute)
