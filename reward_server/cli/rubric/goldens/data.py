"""What `gavel rubric test --json` prints."""

from collections.abc import Sequence

from msgspec import json, to_builtins

from reward_server.cli.rubric.goldens.asking import Asked
from reward_server.cli.rubric.goldens.finding_text import said
from reward_server.cli.rubric.goldens.standing import Standing
from rubrics.goldens.results import Result
from rubrics.goldens.tally import Share, Tally
from rubrics.problems import Problem
from rubrics.rollout import Json


def as_json(found: Sequence[Asked], repeat: int, standing: Standing) -> str:
    """Everything that was found."""
    rubrics = [_rubric(asked) for asked in found]
    data = {"repeat": repeat, "standing": to_builtins(standing), "rubrics": rubrics}
    return json.format(json.encode(data), indent=2).decode()


def _rubric(asked: Asked) -> dict[str, Json]:
    suite = asked.suite
    return {
        "rubric": suite.rubric.id,
        "version": suite.rubric.version,
        "digest": suite.rubric.digest,
        "file": str(suite.file),
        "goldens": str(suite.golden_file),
        "judges": asked.judges,
        "criteria": [_tally(tally) for tally in asked.tallies],
        "results": [_result(asked, result) for result in asked.results],
        "missing": [_missing(problem) for problem in suite.missing],
    }


def _tally(tally: Tally) -> dict[str, Json]:
    sides = {"met": tally.met, "unmet": tally.unmet, "other": tally.other}
    shares = {name: _share(share) for name, share in sides.items()}
    rates = {"sensitivity": tally.met.rate, "specificity": tally.unmet.rate}
    counts = {"flaky": tally.flaky, "unscored": tally.unscored}
    return {"criterion": tally.criterion, **shares, **rates, **counts}


def _share(share: Share) -> dict[str, Json]:
    return {"right": share.right, "of": share.of}


def _result(asked: Asked, result: Result) -> dict[str, Json]:
    assert asked.suite.golden_document is not None
    mark = asked.suite.golden_document.mark(result.path)
    return {
        "case": result.case,
        "criterion": result.criterion,
        "expected": result.expected,
        "status": result.status,
        "flaky": result.flaky,
        "line": mark.line,
        "column": mark.column,
        "message": said(result),
        "observations": to_builtins(result.observations),
    }


def _missing(problem: Problem) -> dict[str, Json]:
    line, column = problem.position
    place = {"file": problem.file, "line": line, "column": column}
    return {**place, "message": problem.message, "hint": problem.hint}
