"""Every benchmark, one after the other, and then the page: `make bench`.

    python -m benchmarks [NAME ...] [--rounds N]

Results go to benchmarks/results/, figures and prose together to benchmarks/README.md. A benchmark that fails
keeps the result it had.
"""

import argparse
import subprocess
import sys
from pathlib import Path

from benchmarks import page
from benchmarks.report import RESULTS

ROOT = Path(__file__).parent.parent
NAMES = (
    "components",
    "ingress",
    "fan_out",
    "burst",
    "unknown_judge",
    "fleet",
    "singles",
    "store",
    "dashboard",
    "load_generator",
    "prefill",
)
VLLM = ROOT / ".venv-vllm" / "bin" / "python"


def command(name: str, rounds: int | None) -> list[str]:
    """How a benchmark is run."""
    found = [sys.executable, "-m", f"benchmarks.{name}", "--json", str(RESULTS / f"{name}.json")]
    return found if rounds is None else [*found, "--rounds", str(rounds)]


def run(name: str, rounds: int | None) -> bool:
    """Run a benchmark; whether it came to an end."""
    print(f"\n== {name}", flush=True)
    if name == "prefill" and not VLLM.exists():
        print("not run: it needs the environment that `make test-vllm` makes")
        return True
    return subprocess.run(command(name, rounds), cwd=ROOT, check=False).returncode == 0


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(NAMES))
    parser.add_argument("--rounds", type=int, help="interleaved rounds, where a benchmark's own will not do")
    given = parser.parse_args()
    failed = [name for name in given.names or NAMES if not run(name, given.rounds)]
    page.main()
    if failed:
        print(f"\nfailed: {', '.join(failed)}", file=sys.stderr)
    return len(failed) > 0


if __name__ == "__main__":
    sys.exit(main())
