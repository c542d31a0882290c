"""The distribution: what is in its wheel, what it asks for, and that old Pythons can read it."""

import ast
import subprocess
import sys
import zipfile
from email.message import Message
from email.parser import Parser
from pathlib import Path

import pytest

from tests.processes import ROOT

HOME = ROOT / "trainer_adapters"
SOURCES = sorted(HOME.rglob("*.py"))
LIGHT = ("client", "trl", "trl.component", "verl", "ms_swift", "skyrl.scoring", "slime", "stand_in.scorer")
HEAVY = ("torch", "transformers", "trl", "verl", "ray", "skyrl_gym", "swift", "numpy", "pydantic", "msgspec")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("wheel")
    pip = [sys.executable, "-m", "pip", "wheel", "--no-deps", "--no-build-isolation", "--no-index", "--quiet"]
    subprocess.run([*pip, "--wheel-dir", str(out), str(HOME)], check=True, stderr=subprocess.DEVNULL)
    (built,) = out.glob("*.whl")
    return built


def contents(wheel: Path) -> dict[str, str]:
    with zipfile.ZipFile(wheel) as archive:
        return {name: archive.read(name).decode() for name in archive.namelist()}


def metadata(wheel: Path) -> Message:
    found = contents(wheel)
    return Parser().parsestr(next(text for name, text in found.items() if name.endswith("/METADATA")))


def test_the_wheel_is_this_package_typed_and_nothing_else(wheel: Path) -> None:
    names = {name for name in contents(wheel) if ".dist-info/" not in name}
    sources = {f"trainer_adapters/{path.relative_to(HOME)}" for path in SOURCES}
    assert names == sources | {"trainer_adapters/py.typed"}


def test_it_asks_for_one_http_package_with_no_upper_bound(wheel: Path) -> None:
    found = metadata(wheel)
    assert found["Name"] == "gavel-trainer-adapters"
    assert found["Requires-Python"] == ">=3.10"
    assert found.get_all("Requires-Dist") == ["httpx>=0.24"]
    assert found["Description-Content-Type"] == "text/markdown"


def test_the_wheel_works_where_the_sources_are_gone(wheel: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path)
    script = (
        "import sys, trainer_adapters\n"
        "from trainer_adapters import Gavel, Settings\n"
        "print(trainer_adapters.__file__)\n"
        "gavel = Gavel(Settings.of(url='http://127.0.0.1:1', deadline_s=0.2))\n"
        "print(gavel.score([{'completion': 'x'}]).causes)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, check=False, timeout=30
    )
    assert done.stdout.splitlines() == [
        str(tmp_path / "trainer_adapters" / "__init__.py"),
        "['unreachable']",
    ], done.stderr


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: str(path.relative_to(HOME)))
def test_python_3_10_can_read_it(source: Path) -> None:
    tree = ast.parse(source.read_text(encoding="utf-8"), feature_version=(3, 10))
    newer = {"StrEnum", "Self", "TaskGroup", "timeout", "tomllib", "UTC", "assert_never", "Runner"}
    named = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    taken = {
        alias.name for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) for alias in node.names
    }
    assert (named | taken) & newer == set()


def test_importing_it_brings_nothing_heavy() -> None:
    script = f"""
import sys
before = set(sys.modules)
import trainer_adapters
for module in {LIGHT!r}:
    __import__(f"trainer_adapters.{{module}}")
print(sorted({{name.partition(".")[0] for name in set(sys.modules) - before}} & set({HEAVY!r} + ("httpx",))))
"""
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True, timeout=30
    )
    assert done.stdout.strip() == "[]"
