"""Goldens and results for tests."""

import textwrap
from collections.abc import Sequence

from rubrics.cause import Cause
from rubrics.document import Document, parse
from rubrics.goldens.golden_file import build_goldens
from rubrics.goldens.goldens import Goldens
from rubrics.goldens.results import Observation, Result
from rubrics.problems import ConfigError


def document_of(text: str) -> Document:
    """A golden file, without the line that every one starts with."""
    return parse("schema: goldens/v1\n" + textwrap.dedent(text), "r.golden.yaml")


def goldens_of(text: str) -> Goldens:
    return build_goldens(document_of(text))


def problem_of(text: str) -> str:
    """What loading complains about."""
    try:
        goldens_of(text)
    except ConfigError as error:
        return str(error)
    raise AssertionError("the goldens are accepted")


def result_of(
    expected: str, found: Sequence[str | Cause], numbers: Sequence[float] = (), case: str = "a"
) -> Result:
    """A result on the criterion `c`: what each run found."""
    padded = [*numbers, *[None] * (len(found) - len(numbers))]
    seen = [
        Observation(None, None, cause=what)
        if isinstance(what, Cause)
        else Observation(what, what == expected, number)
        for what, number in zip(found, padded, strict=True)
    ]
    return Result(case, "c", expected, ("cases", 0, "expect", "c"), seen)
