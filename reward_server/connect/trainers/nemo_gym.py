"""NeMo Gym and NeMo-RL: a resources server that passes /verify on."""

from collections.abc import Sequence

from reward_server.connect.target import Target
from reward_server.connect.trainer import Counts, Plugin, Snippet, Trainer

FILE = "app.py"
_HOME = "resources_servers/gavel"


def _app(target: Target) -> str:
    relative = target.description is not None and target.description.relative
    size = f"&group_size={target.group_size}" if relative else ""
    address = f"{target.path('nemo-gym')}/verify?deadline_s=600{size}"
    return f'''"""A NeMo Gym resources server whose reward is {target.url}: {_HOME}/{FILE}."""

import os

import aiohttp
from nemo_gym.base_resources_server import (
    BaseResourcesServerConfig,
    BaseVerifyRequest,
    BaseVerifyResponse,
    SimpleResourcesServer,
)
from pydantic import ConfigDict

VERIFY = "{address}"


class VerifyRequest(BaseVerifyRequest):
    model_config = ConfigDict(extra="allow")


class VerifyResponse(BaseVerifyResponse):
    model_config = ConfigDict(extra="allow")


class GavelResourcesServer(SimpleResourcesServer):
    config: BaseResourcesServerConfig

    async def verify(self, body: VerifyRequest) -> VerifyResponse:
        token = os.environ.get("GAVEL_TOKEN")
        headers = {{"Authorization": f"Bearer {{token}}"}} if token else {{}}
        timeout = aiohttp.ClientTimeout(total=660)
        async with aiohttp.ClientSession(headers=headers, timeout=timeout) as session:
            row = body.model_dump(mode="json", by_alias=True)
            async with session.post(VERIFY, json=row) as answer:
                answer.raise_for_status()
                return VerifyResponse.model_validate(await answer.json())


if __name__ == "__main__":
    GavelResourcesServer.run_webserver()
'''


_SERVER = """gavel:
  resources_servers:
    gavel:
      entrypoint: app.py
      domain: other
      verified: false
      description: The reward of a reward URL
gavel_simple_agent:
  responses_api_agents:
    simple_agent:
      entrypoint: app.py
      resources_server: {type: resources_servers, name: gavel}
      model_server: {type: responses_api_models, name: policy_model}"""


def _recipe(target: Target) -> str:
    estimator = "\n  adv_estimator: {name: gdpo}" if target.components else ""
    return f"""grpo:
  num_prompts_per_step: {target.batch_size}
  num_generations_per_prompt: {target.group_size}{estimator}
env:
  should_use_nemo_gym: true
  nemo_gym:
    config_paths:
      - responses_api_models/vllm_model/configs/vllm_model_for_training.yaml
      - {_HOME}/configs/gavel.yaml"""


def _snippets(target: Target) -> Sequence[Snippet]:
    return [
        Snippet("python", f"{target.out or f'{_HOME}/{FILE}'}, in NeMo Gym", _app(target).rstrip()),
        Snippet("yaml", f"{_HOME}/configs/gavel.yaml", _SERVER),
        Snippet("yaml", "in NeMo-RL's recipe", _recipe(target)),
    ]


TRAINER = Trainer(
    name="nemo-gym",
    title="NeMo Gym and NeMo-RL",
    snippets=_snippets,
    counts=Counts.PROMPTS,
    batch_setting="grpo.num_prompts_per_step",
    group_setting="grpo.num_generations_per_prompt",
    unscored="reward 0.0, tagged as a failure of the judge and masked (mask_sample): NeMo-RL leaves it out "
    "of the loss, but its 0.0 may still be in its group's baseline.",
    plugin=Plugin(FILE, "python", _app),
    aliases=("nemo-rl", "nemo"),
)
