"""Does the arithmetic of a reward make sense? Findings about a file that is valid."""

from collections.abc import Iterator

from reward_server.components.rubric import Rubric
from reward_server.reward_function import Column, RewardFunction
from reward_server.trivial import greatest, trivial_policies
from rubrics.document import Document
from rubrics.problems import Problem, Step

TOO_EASY = 0.5
"""Share of the greatest reward from which on a trivial policy is worth a warning."""


def lint(function: RewardFunction, document: Document) -> list[Problem]:
    """Every finding, errors first."""
    findings = [
        *_cancelling_weight(function, document),
        *_gates(function, document),
        *_constants(function, document),
        *_lone_criteria(function, document),
        *_trivial(function, document),
    ]
    return sorted(findings, key=lambda problem: problem.severity)


def _cancelling_weight(function: RewardFunction, document: Document) -> Iterator[Problem]:
    weights = function.sample_weights
    if weights is None or weights.apply != "reward" or function.source.trainer.scale_rewards != "group":
        return
    yield Problem(
        code="weight-cancels",
        message="a weight by sample label is the same for a whole group, so group standardisation cancels it: "
        "(wR - mean wR) / std wR = (R - mean R) / std R",
        document=document,
        path=("weighting", "inverse_frequency", "apply"),
        hint="three things work: `apply: advantage` and let the trainer multiply the advantage; sample rare labels "
        "more often; or `trainer: {scale_rewards: none}` (or `batch`), if the trainer really does that",
    )


def _gates(function: RewardFunction, document: Document) -> Iterator[Problem]:
    by_name = {column.name: column for column in function.columns}
    for column in function.columns:
        if column.gate is None:
            continue
        low, high = by_name[column.gate.on].component.bounds
        place = ("components", column.name, "gate", "at_least")
        if column.gate.at_least > high:
            yield Problem(
                code="gate-never-opens",
                message=f"`{column.gate.on}` is at most {high:g}, so this gate never opens",
                document=document,
                path=place,
                hint=f"ask for at most {high:g}",
            )
        elif column.gate.at_least <= low:
            yield _warning(
                "gate-always-open",
                f"`{column.gate.on}` is at least {low:g}, so this gate is always open",
                document,
                place,
                f"ask for more than {low:g}, or remove the gate",
            )


def _constants(function: RewardFunction, document: Document) -> Iterator[Problem]:
    for column in function.columns:
        low, high = column.component.bounds
        if column.weight and low == high:
            yield _warning(
                "cannot-vary",
                f"`{column.name}` is always {low:g}: it adds nothing to any advantage",
                document,
                ("components", column.name),
                "give it options under which completions differ, or remove it",
            )


def _lone_criteria(function: RewardFunction, document: Document) -> Iterator[Problem]:
    for column in function.columns:
        if isinstance(column.component, Rubric) and _is_lone(column):
            yield _warning(
                "criterion-weight-cancels",
                "this rubric weighs its only criterion by label, and sum(w m) / sum(w) of one criterion is m",
                document,
                ("components", column.name, "rubric"),
                "add criteria, or use `weights: {mode: authored}`",
            )


def _is_lone(column: Column) -> bool:
    assert isinstance(column.component, Rubric)
    rubric = column.component.opened
    return rubric.weights.mode == "inverse_frequency" and len(rubric.criteria) == 1


def _trivial(function: RewardFunction, document: Document) -> Iterator[Problem]:
    most = greatest(function)
    for policy in trivial_policies(function):
        if most > 0 and policy.earned >= TOO_EASY * most:
            yield _warning(
                "trivial-policy",
                f"{policy.name} earns at least {policy.earned:.3g} of {most:.3g}: a policy can collapse to it",
                document,
                ("components",),
                "gate the easy components on the hard ones: `gate: {on: accuracy, at_least: 1}`",
            )


def _warning(code: str, message: str, document: Document, path: tuple[Step, ...], hint: str) -> Problem:
    return Problem(code=code, message=message, document=document, path=path, hint=hint, severity="warning")
