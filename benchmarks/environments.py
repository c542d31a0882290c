"""The contenders' environments, made when first asked for, so that no tool's versions bend another's.

They stand in `.venv-peers`, which git ignores. `python -m benchmarks.environments` makes them all.
"""

import subprocess
import sys
from pathlib import Path

HOME = Path(__file__).parent.parent / ".venv-peers"

ENVIRONMENTS: dict[str, tuple[str, ...]] = {
    "clients": ("aiohttp>=3.14", "openai[aiohttp]>=3", "pyreqwest"),
    "litellm": ("litellm",),
    "verifiers": ("verifiers>=0.1.14,<0.2",),
    "rubric": ("rubric>=2.2", "openai>=3"),
    "autorubric": ("autorubric>=1.6",),
    "openjudge": ("py-openjudge>=0.2.4",),
}
"""What each environment holds, beside uvloop."""

STAMP = ".installed"
PIP = ("-m", "pip", "install", "--quiet", "--disable-pip-version-check")


class NoEnvironmentError(Exception):
    """An environment that could not be made; the message says why."""


def python_of(environment: str | None) -> str:
    """Its interpreter, installed where that is missing; None is our own. Raises NoEnvironmentError."""
    if environment is None:
        return sys.executable
    folder = HOME / environment
    stamp, wanted = folder / STAMP, "\n".join(("uvloop>=0.23", *ENVIRONMENTS[environment]))
    if not (stamp.exists() and stamp.read_text() == wanted):
        print(f"making the environment of {environment} (once)", file=sys.stderr)
        _run(environment, [sys.executable, "-m", "venv", str(folder)])
        _run(environment, [str(folder / "bin" / "python"), *PIP, *wanted.split("\n")])
        stamp.write_text(wanted)
    return str(folder / "bin" / "python")


def versions(environment: str) -> list[str]:
    """The packages named in ENVIRONMENTS with their versions, as `name version`."""
    code = "import sys; from importlib.metadata import version; print(*map(version, sys.argv[1:]))"
    names = [_name(requirement) for requirement in ENVIRONMENTS[environment]]
    found = subprocess.run(
        [python_of(environment), "-c", code, *names], capture_output=True, text=True, check=True
    )
    return [f"{name} {version}" for name, version in zip(names, found.stdout.split(), strict=True)]


def installed() -> str:
    """The versions of everything in the environments that there are."""
    found = (name for name in ENVIRONMENTS if (HOME / name / STAMP).exists())
    return ", ".join(sorted({version for name in found for version in versions(name)}))


def _name(requirement: str) -> str:
    return requirement.partition(">")[0].partition("[")[0]


def _run(environment: str, command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        last = (done.stderr.strip() or "it said nothing").splitlines()[-1]
        raise NoEnvironmentError(f"{environment}: {last[:200]}")


if __name__ == "__main__":
    for name in ENVIRONMENTS:
        print(name, *versions(name), sep="\n  ")
