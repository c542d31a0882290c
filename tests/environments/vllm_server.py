"""A real vLLM on the CPU, in the environment that `vllm.sh` makes: started, waited for, always stopped."""

import json
import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

ROOT = Path(__file__).parent.parent.parent
PYTHON = ROOT / ".venv-vllm" / "bin" / "python"
MODEL = "tiny"
"""The name a server knows its model by."""
START_LIMIT = 300.0
STOP_LIMIT = 30.0

ENVIRONMENT = {
    "VLLM_CPU_KVCACHE_SPACE": "1",
    "VLLM_CPU_OMP_THREADS_BIND": "nobind",
    "VLLM_NO_USAGE_STATS": "1",
    "VLLM_SERVER_DEV_MODE": "1",  # for /reset_prefix_cache
    "OMP_NUM_THREADS": "1",
    "HF_HUB_OFFLINE": "1",
    "DO_NOT_TRACK": "1",
}
# A random model writes whitespace for ever where JSON allows it.
_NO_WHITESPACE = {"backend": "xgrammar", "disable_any_whitespace": True}
_OPTIONS = {
    "--dtype": "float32",
    "--max-num-seqs": "32",
    "--max-model-len": "4096",
    "--structured-outputs-config": json.dumps(_NO_WHITESPACE),
}
_SWITCHES = ("--enforce-eager", "--enable-prefix-caching", "--enable-prompt-tokens-details")
ENCODER = ("--enforce-eager", "--no-enable-prefix-caching")
"""Switches for a model that is no decoder: it has no cache."""


def run(module: str, *arguments: object) -> None:
    """Run a module of this project with vLLM's Python. Raises CalledProcessError."""
    subprocess.run([_python(), "-m", module, *map(str, arguments)], cwd=ROOT, env=_environment(), check=True)


def make_model(folder: Path, questions: Sequence[Mapping[str, object]], *options: str) -> Path:
    """Make a tiny judge for questions like these (see `tiny_qwen3`) in `folder`; its folder there."""
    asked, made = folder / "questions.jsonl", folder / "model"
    asked.write_text("".join(f"{json.dumps(question)}\n" for question in questions))
    run("tests.environments.tiny_qwen3", asked, made, *options)
    return made


@contextmanager
def start_vllm(model: Path, log: Path, switches: Sequence[str] = _SWITCHES, **options: str) -> Iterator[str]:
    """Serve a model on a free port until the block ends; the base URL, which ends in /v1."""
    given = _OPTIONS | {f"--{name.replace('_', '-')}": value for name, value in options.items()}
    port = _free_port()
    command = [_python(), "-m", "vllm.entrypoints.openai.api_server", "--model", str(model), *switches]
    command += ["--served-model-name", MODEL, "--host", "127.0.0.1", "--port", str(port)]
    command += [word for option in given.items() for word in option]
    with log.open("w") as lines:
        process = subprocess.Popen(
            command, env=_environment(), stdout=lines, stderr=subprocess.STDOUT, start_new_session=True
        )
    try:
        _wait_until_ready(process, f"http://127.0.0.1:{port}/health", log)
        yield f"http://127.0.0.1:{port}/v1"
    finally:
        _end(process)


def _python() -> str:
    if not PYTHON.exists():
        raise RuntimeError(f"there is no vLLM in {PYTHON.parent.parent.name}: `make test-vllm` puts it there")
    return str(PYTHON)


def _environment() -> dict[str, str]:
    return {**os.environ, **ENVIRONMENT}


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_until_ready(process: "subprocess.Popen[bytes]", url: str, log: Path) -> None:
    deadline = time.monotonic() + START_LIMIT
    while not _answers(url):
        if time.monotonic() > deadline or not _runs(process):
            last = "\n".join(log.read_text(errors="replace").splitlines()[-20:])
            raise RuntimeError(f"vLLM did not start (exit status {process.poll()}):\n{last}")


def _answers(url: str) -> bool:
    try:
        with urlopen(url, timeout=5):
            return True
    except (URLError, OSError):
        return False


def _runs(process: "subprocess.Popen[bytes]") -> bool:
    """Whether it is still there after a moment."""
    try:
        process.wait(0.25)
    except subprocess.TimeoutExpired:
        return True
    return False


def _end(process: "subprocess.Popen[bytes]") -> None:
    """Stop the server and the engine processes that it started, which outlive a server that is killed."""
    process.terminate()
    with suppress(subprocess.TimeoutExpired):
        process.wait(STOP_LIMIT)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
