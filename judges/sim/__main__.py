"""`python -m judges.sim`: the simulated judge without the rest of the command line."""

import argparse
import sys
from collections.abc import Sequence

from pydantic import ValidationError

from judges.sim.options import SimOptions
from judges.sim.serve import run
from rubrics.field_docs import field_docs
from rubrics.problems import ConfigError


def main(arguments: Sequence[str] | None = None) -> int:
    """Read the options of SimOptions as flags, serve, and return the exit status: 2 for a wrong option."""
    given = vars(_parser().parse_args(arguments))
    try:
        options = SimOptions(**given)
    except ValidationError as error:
        for problem in error.errors():
            flag = "--" + str(problem["loc"][0]).replace("_", "-")
            sys.stderr.write(f"gavel judge sim: {flag}: {problem['msg'].removeprefix('Value error, ')}\n")
        return 2
    try:
        return run(options)
    except ConfigError as error:
        sys.stderr.write(f"gavel judge sim: {error}\n")
        return 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="gavel judge sim", description=__doc__, argument_default=argparse.SUPPRESS
    )
    docs = field_docs(SimOptions)
    for name, field in SimOptions.model_fields.items():
        flag = "--" + name.replace("_", "-")
        kind = type(field.default) if field.default is not None else str
        if kind is bool:
            parser.add_argument(flag, action=argparse.BooleanOptionalAction, help=docs[name])
        else:
            parser.add_argument(flag, type=kind, help=f"{docs[name]} (default: {field.default})")
    return parser


if __name__ == "__main__":
    sys.exit(main())
