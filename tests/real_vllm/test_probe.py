"""What `gavel judge probe` finds out about a real vLLM is what vLLM can do."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from judges.probe.capability import best_form
from judges.probe.probing import probe
from tests.environments.vllm_server import MODEL, ROOT
from tests.real_vllm.conftest import Vllm

pytestmark = [pytest.mark.vllm, pytest.mark.timeout(600)]


async def test_everything_that_vllm_can_do_is_found(vllm: Vllm) -> None:
    vllm.forget()
    found = await probe(vllm.backend(), thorough=True)
    assert found.logprobs == 20
    assert found.choice is True
    assert found.json is True
    assert found.echoes
    assert found.usage
    assert found.cached > 0
    assert not found.thinks
    assert found.model == MODEL
    assert best_form(found) == "token"


def test_the_command_prints_settings_that_work(served: str) -> None:
    command: list[str | Path] = [Path(sys.executable).with_name("gavel"), "judge", "probe", served, "--json"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert MODEL in json.dumps(told)
