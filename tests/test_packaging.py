"""The wheel: what is in it, what it asks for, and that it works where the sources are gone."""

import configparser
import os
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from email.message import Message
from email.parser import Parser
from importlib import import_module
from pathlib import Path

import pytest

from tests.processes import ROOT

PACKAGES = ("reward_server", "judges", "rubrics")
HEAVY = {"httpx", "math-verify", "openai", "ray", "redis", "tokenizers", "torch", "transformers"}
BY_UVICORN = {"httptools", "uvloop"}  # imported by uvicorn when they are there
MODULES = {"google-re2": "re2", "ruamel.yaml": "ruamel.yaml"}  # others are called like their distribution
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
STARTER = {path.name for path in (ROOT / "reward_server" / "starter").iterdir()}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built from what the Dockerfile copies, and from nothing else."""
    source, out = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("wheel")
    for name in ("pyproject.toml", "README.md"):
        shutil.copy(ROOT / name, source)
    for name in PACKAGES:
        shutil.copytree(ROOT / name, source / name, ignore=shutil.ignore_patterns("__pycache__"))
    pip = [sys.executable, "-m", "pip", "wheel", "--no-deps", "--no-build-isolation", "--no-index", "--quiet"]
    subprocess.run([*pip, "--wheel-dir", str(out), str(source)], check=True)
    (built,) = out.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def contents(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


def read(wheel: Path, name: str) -> str:
    with zipfile.ZipFile(wheel) as archive:
        found = next(member for member in archive.namelist() if member.endswith(f".dist-info/{name}"))
        return archive.read(found).decode()


@pytest.fixture(scope="module")
def metadata(wheel: Path) -> Message:
    return Parser().parsestr(read(wheel, "METADATA"))


def test_the_wheel_holds_the_three_packages_and_nothing_else(contents: set[str]) -> None:
    tops = {name.partition("/")[0] for name in contents}
    assert {top for top in tops if not top.endswith(".dist-info")} == set(PACKAGES)
    modules = {path.relative_to(ROOT).as_posix() for top in PACKAGES for path in (ROOT / top).rglob("*.py")}
    assert modules <= contents
    assert not [name for name in contents if re.search("(^|/)tests?(/|_)|__pycache__", name)]


def test_the_packages_are_typed_and_the_starter_is_there(contents: set[str]) -> None:
    assert {f"{package}/py.typed" for package in PACKAGES} <= contents
    assert {"reward.yaml", "rubric.yaml", "rollouts.jsonl"} <= STARTER
    assert {f"reward_server/starter/{name}" for name in STARTER} <= contents


def test_the_command_is_gavel(wheel: Path) -> None:
    scripts = configparser.ConfigParser()
    scripts.read_string(read(wheel, "entry_points.txt"))
    assert dict(scripts["console_scripts"]) == {"gavel": "reward_server.cli:main"}
    assert callable(import_module("reward_server.cli").main)


def test_the_distribution_says_what_it_is(metadata: Message) -> None:
    assert metadata["Name"] == "gavel-rl"
    assert metadata["Requires-Python"] == ">=3.11"
    assert metadata["Description-Content-Type"] == "text/markdown"


def requirements(metadata: Message, extra: str | None = None) -> list[str]:
    """Requirements as written, without their markers: those of an extra, or those of the base install."""
    found = []
    for line in metadata.get_all("Requires-Dist", []):
        requirement, _, marker = line.partition(";")
        named = re.search(r"extra == ['\"]([\w-]+)['\"]", marker)
        if (named[1] if named else None) == extra:
            found.append(requirement.strip())
    return found


def name_of(requirement: str) -> str:
    return re.split(r"[\[<>=!~; ]", requirement, maxsplit=1)[0].lower()


def test_the_base_install_is_small(metadata: Message) -> None:
    base = {name_of(requirement) for requirement in requirements(metadata)}
    assert base & HEAVY == set()
    assert len(base) <= 15


def test_the_extras_are_there_and_none_brings_vllm(metadata: Message) -> None:
    extras = metadata.get_all("Provides-Extra", [])
    assert {"dev", "local", "math", "ray", "redis"} <= set(extras)
    everything = [requirement for extra in [None, *extras] for requirement in requirements(metadata, extra)]
    assert "vllm" not in map(name_of, everything)


def test_every_requirement_has_a_lower_bound_and_no_upper_one(metadata: Message) -> None:
    everything = [
        requirement
        for extra in [None, *metadata.get_all("Provides-Extra", [])]
        for requirement in requirements(metadata, extra)
        if name_of(requirement) != "gavel-rl"
    ]
    assert [found for found in everything if not re.fullmatch(r"[\w.-]+(\[\w+\])?>=[\d.]+", found)] == []


def test_every_package_of_the_base_install_is_used_and_has_its_reason() -> None:
    sources = [path.read_text(encoding="utf-8") for top in PACKAGES for path in (ROOT / top).rglob("*.py")]
    reasons = (ROOT / "docs" / "design" / "dependencies.md").read_text(encoding="utf-8")
    for name in map(name_of, PROJECT["dependencies"]):
        module = MODULES.get(name, name.replace("-", "_"))
        imports = re.compile(rf"^\s*(?:import|from) {re.escape(module)}\b", re.MULTILINE)
        assert name in BY_UVICORN or any(map(imports.search, sources)), name
        assert name in reasons


def test_no_lock_file_or_setting_names_a_registry() -> None:
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert not re.search(r"index-url|tool\.uv\.index|tool\.poetry\.source", text)
    assert not [
        name for name in ("uv.lock", "poetry.lock", "Pipfile.lock", "pip.conf") if (ROOT / name).exists()
    ]


def test_the_wheel_works_where_the_sources_are_gone(wheel: Path, tmp_path: Path) -> None:
    site = tmp_path / "site"
    pip = [sys.executable, "-m", "pip", "install", "--no-deps", "--no-index", "--no-compile", "--quiet"]
    subprocess.run([*pip, "--target", str(site), str(wheel)], check=True)
    for package in PACKAGES:
        assert gavel(site, f"import {package}; print({package}.__file__)").startswith(str(site))
    command = "import sys; from reward_server.cli import main; sys.argv = ['gavel', *sys.argv[1:]]; main()"
    gavel(site, command, "init", "my-reward")
    schemas = {"reward.schema.json", "rubric.schema.json"}
    assert {path.name for path in (tmp_path / "my-reward").iterdir()} == STARTER | schemas
    assert "0 errors, 0 warnings" in gavel(site, command, "check", "my-reward/reward.yaml")


def gavel(site: Path, code: str, *arguments: str) -> str:
    """What Python prints, with the installed wheel first on its path."""
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        cwd=site.parent,
        env={**os.environ, "PYTHONPATH": str(site)},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout
