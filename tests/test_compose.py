"""docker-compose.yml and Dockerfile: nothing here builds an image; what they say is checked, and run."""

import http.client
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from ruamel.yaml import YAML

from judges.sim.options import SimOptions
from tests.command_line import resolve, variables
from tests.processes import ROOT, ServerProcess, start_server

COMPOSE = ROOT / "docker-compose.yml"
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
GAVEL = str(Path(sys.executable).with_name("gavel"))
PROFILES = {"sim": ("server", "judge", 8901), "vllm": ("server-vllm", "vllm", 8000)}
TOKEN = "a-token-made-for-this-test"

Service = Mapping[str, Any]

FILE: Mapping[str, Any] = YAML(typ="safe", pure=True).load(COMPOSE)
SERVICES: Mapping[str, Service] = FILE["services"]
OURS = [name for name, service in SERVICES.items() if "build" in service]

every_service = pytest.mark.parametrize("name", list(SERVICES))
every_profile = pytest.mark.parametrize("profile", list(PROFILES))


def has_compose() -> bool:
    docker = shutil.which("docker")
    return (
        docker is not None
        and subprocess.run([docker, "compose", "version"], capture_output=True, check=False).returncode == 0
    )


def of_profile(profile: str) -> set[str]:
    return {name for name, service in SERVICES.items() if profile in service["profiles"]}


def test_the_file_follows_the_published_schema() -> None:
    check = str(Path(sys.executable).with_name("check-jsonschema"))
    done = subprocess.run(
        [check, "--builtin-schema", "vendor.compose-spec", str(COMPOSE)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout


@pytest.mark.skipif(not has_compose(), reason="no `docker compose` here; the schema stands in for it")
@every_profile
def test_docker_compose_accepts_the_file_and_starts_the_profile(profile: str) -> None:
    command = ["docker", "compose", "--profile", profile, "config", "--services"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert set(done.stdout.split()) == of_profile(profile)


def test_the_simulated_judge_is_the_default() -> None:
    settings = [
        line for line in (ROOT / ".env").read_text(encoding="utf-8").splitlines() if not line.startswith("#")
    ]
    assert settings == ["COMPOSE_PROFILES=sim"]  # `--profile vllm` takes the place of this
    assert of_profile("sim") == {"server", "judge"}
    assert of_profile("vllm") == {"server-vllm", "vllm"}


@every_service
def test_a_container_is_locked_down_and_watched(name: str) -> None:
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert any(str(mount).split(":")[0] == "/tmp" for mount in service["tmpfs"])
    assert re.fullmatch(r"[1-9]\d*:\d+", service["user"]), "a number other than 0: a name could be root's"
    assert "privileged" not in service
    assert service["healthcheck"]["test"][0] == "CMD"
    assert {"interval", "timeout", "start_period"} <= service["healthcheck"].keys()


@every_service
def test_ports_are_published_on_loopback_and_only_by_the_reward_server(name: str) -> None:
    ports = SERVICES[name].get("ports", [])
    assert all(re.fullmatch(r"127\.0\.0\.1:\$\{\w+:-8900\}:8900", port) for port in ports)
    assert bool(ports) == name.startswith("server")


@every_service
def test_images_are_built_here_or_pinned(name: str) -> None:
    if name in OURS:
        assert SERVICES[name]["build"] == "."
    else:
        assert re.fullmatch(r"[\w./-]+:v\d+\.\d+\.\d+", SERVICES[name]["image"])


def test_data_is_kept_in_named_volumes_and_configuration_is_read_only() -> None:
    mounts = {mount for service in SERVICES.values() for mount in service.get("volumes", [])}
    binds = {mount for mount in mounts if mount.startswith(("$", ".", "/"))}
    assert binds == {"${GAVEL_REWARDS:-./examples/moderation}:/rewards:ro"}
    assert {mount.split(":")[0] for mount in mounts - binds} == FILE["volumes"].keys()
    assert all("gavel-data:/data" in SERVICES[name]["volumes"] for name in ("server", "server-vllm"))


@every_profile
def test_the_server_waits_for_its_own_judge_and_asks_it_by_name(profile: str) -> None:
    server, judge, port = PROFILES[profile]
    assert SERVICES[server]["depends_on"] == {judge: {"condition": "service_healthy"}}
    assert SERVICES[server]["environment"]["OPENAI_BASE_URL"] == f"http://{judge}:{port}/v1"


def test_the_server_names_the_model_that_its_judge_has() -> None:
    assert SERVICES["server"]["environment"]["JUDGE_MODEL"] == SimOptions().model
    command = SERVICES["vllm"]["command"]
    assert SERVICES["server-vllm"]["environment"]["JUDGE_MODEL"] == command[command.index("--model") + 1]


def test_judges_listen_where_they_are_asked() -> None:
    assert SERVICES["judge"]["environment"]["GAVEL_SIM_PORT"] == "8901"
    command = SERVICES["vllm"]["command"]
    assert command[command.index("--port") + 1] == "8000"


def test_the_real_judge_gets_a_gpu() -> None:
    (device,) = SERVICES["vllm"]["deploy"]["resources"]["reservations"]["devices"]
    assert device == {"driver": "nvidia", "count": 1, "capabilities": ["gpu"]}


def test_the_token_is_a_secret_and_git_does_not_take_it() -> None:
    assert FILE["secrets"] == {"gavel-token": {"file": "./gavel-token"}}
    for name in ("server", "server-vllm"):
        assert SERVICES[name]["secrets"] == ["gavel-token"]
        assert SERVICES[name]["environment"]["GAVEL_TOKEN_FILE"] == "/run/secrets/gavel-token"
    assert "gavel-token" in (ROOT / ".gitignore").read_text(encoding="utf-8").split()


def test_draining_ends_before_docker_kills() -> None:
    for name in ("server", "server-vllm"):
        grace = int(SERVICES[name]["stop_grace_period"].removesuffix("s"))
        assert grace >= int(SERVICES[name]["environment"]["GAVEL_DRAIN_S"]) + 10


@pytest.mark.parametrize("name", OURS)
def test_our_services_use_commands_flags_and_variables_that_exist(name: str) -> None:
    command, arguments = resolve(SERVICES[name]["command"])
    command.make_context(name, arguments)
    reward = (ROOT / "examples" / "moderation" / "reward.yaml").read_text(encoding="utf-8")
    for variable in SERVICES[name]["environment"]:
        assert variable in {*variables(command), "GAVEL_TOKEN_FILE"} or f"${{{variable}" in reward, variable


def test_the_same_commands_and_variables_work_without_containers(tmp_path: Path) -> None:
    """Ports are free ones and names of the network become addresses; everything else is as the file says."""
    (tmp_path / "token").write_text(TOKEN + "\n", encoding="utf-8")
    with start_server(GAVEL, *SERVICES["judge"]["command"], environment={"GAVEL_SIM_PORT": "0"}) as judge:
        environment = {
            **SERVICES["server"]["environment"],
            "GAVEL_PORT": "0",
            "GAVEL_TOKEN_FILE": str(tmp_path / "token"),
            "GAVEL_LOG_LEVEL": "warning",
            "OPENAI_BASE_URL": judge.base_url,
        }
        rewards = str(ROOT / "examples" / "moderation")
        command = [word.replace("/rewards", rewards) for word in SERVICES["server"]["command"]]
        with start_server(GAVEL, *command, environment=environment) as server:
            port = urlsplit(server.base_url).port
            assert urlsplit(server.base_url).hostname == "0.0.0.0"
            assert get(port, host="server:8900") == HTTPStatus.OK  # from another container
            assert get(port, host="127.0.0.1:8900") == HTTPStatus.OK  # from this machine
            assert get(port, host="elsewhere.example") == HTTPStatus.MISDIRECTED_REQUEST
            assert get(port, host="server:8900", token="another") == HTTPStatus.UNAUTHORIZED
            assert is_healthy("server", server)
            assert is_healthy("judge", judge)
        assert not is_healthy("server", server), "the check must notice a server that is gone"


def get(port: int | None, host: str, token: str = TOKEN) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", "/v1/rewards", headers={"Host": host, "Authorization": f"Bearer {token}"})
        return connection.getresponse().status
    finally:
        connection.close()


def is_healthy(name: str, process: ServerProcess) -> bool:
    """Run the service's own health check, against the port that the process has here."""
    _, python, *arguments = SERVICES[name]["healthcheck"]["test"]
    assert python == "python"
    here = f":{urlsplit(process.base_url).port}/"
    code = [re.sub(r":(8900|8901)/", here, argument) for argument in arguments]
    return subprocess.run([sys.executable, *code], capture_output=True, check=False).returncode == 0


def instructions(word: str) -> list[str]:
    return re.findall(rf"^{word} ((?:.*\\\n)*.*)$", DOCKERFILE, re.MULTILINE)


def test_the_image_is_small_unprivileged_and_watched() -> None:
    assert instructions("FROM") == ["python:3.11-slim AS build", "python:3.11-slim"]
    assert instructions("USER") == ["10001:10001"]
    assert {SERVICES[name]["user"] for name in OURS} == {"10001:10001"}
    assert "dev" not in re.findall(r"\.\[([\w,]+)\]", DOCKERFILE)[0].split(",")
    (health,) = instructions("HEALTHCHECK")
    assert "/healthz" in health
    assert instructions("ENTRYPOINT") == ['["gavel"]']


def test_the_image_copies_what_exists_and_what_dockerignore_lets_through() -> None:
    sources = [word for copy in instructions("COPY") if "--from" not in copy for word in copy.split()[:-1]]
    assert {"pyproject.toml", "reward_server", "judges", "rubrics"} <= set(sources)
    ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    for source in sources:
        assert (ROOT / source).exists()
        assert f"!{source}" in ignored
