"""Results in words, each at its place in the golden file."""

from collections.abc import Iterator, Mapping, Sequence

from msgspec.structs import replace

from reward_server.advice import ADVICE
from reward_server.cli.rubric.goldens.asking import Asked
from rubrics.cause import Cause
from rubrics.goldens.results import Result
from rubrics.problems import Problem

_LONGEST = 200


def problems(asked: Asked, *, allow_flaky: bool, allow_missing: bool) -> Iterator[Problem]:
    """Everything there is to say: what is missing, then what did not pass, in file order."""
    for gap in asked.suite.missing:
        yield replace(gap, severity="warning") if allow_missing else gap
    for result in asked.results:
        if result.status != "passed":
            found = problem(asked, result)
            yield replace(found, severity="warning") if allow_flaky and result.status == "flaky" else found


def problem(asked: Asked, result: Result) -> Problem:
    """One result that did not pass."""
    return Problem(
        message=f"case `{result.case}`: {said(result)}",
        document=asked.suite.golden_document,
        path=result.path,
        hint=reason(result),
        code=result.status,
    )


def said(result: Result) -> str:
    """What was expected and what was found, in one line."""
    subject = "the rubric's value" if result.criterion is None else f"`{result.criterion}`"
    causes = _counted(result, result.causes)
    told = [f"found {_found(result)}"] if result.counts else []
    told += [f"not judged: {causes}"] if causes else []
    return f"{subject} should be {result.expected}; {'; '.join(told)}"


def _found(result: Result) -> str:
    """What was found, how often, and the least and the greatest number behind it."""
    if result.criterion is not None:
        return _counted(result, result.counts) + (f" ({_numbers(result)})" if result.spread else "")
    if len(result.observations) == 1:
        return _numbers(result)
    return f"{_counted(result, {'that': result.right, 'something else': result.wrong})} ({_numbers(result)})"


def _counted(result: Result, counts: Mapping[str, int]) -> str:
    runs = len(result.observations)
    if runs == 1:
        return ", ".join(counts)
    return ", ".join(f"{name} {count} of {runs} times" for name, count in counts.items() if count)


def _numbers(result: Result) -> str:
    assert result.spread is not None
    digits = ".2f" if result.criterion is not None else ".4g"
    low, high = (f"{number:{digits}}" for number in result.spread)
    return low if low == high else f"{low} to {high}"


def reason(result: Result) -> str | None:
    """What the judge, or code, said of it, inert and short."""
    if result.reason is None:
        return None
    written = " ".join(ascii(result.reason)[1:-1].split())
    return written if len(written) <= _LONGEST else f"{written[:_LONGEST]}..."


def advice(found: Sequence[Asked]) -> Iterator[str]:
    """What to do about each cause for which something was not judged."""
    causes = {cause for asked in found for result in asked.results for cause in result.causes}
    yield from (f"{cause}: {ADVICE[Cause(cause)]}" for cause in sorted(causes))
