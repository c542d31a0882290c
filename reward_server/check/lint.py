"""Does the arithmetic of a reward make sense? Findings about a file that is valid."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, cast

from reward_server.check.samples import identical_samples
from reward_server.check.trivial import Trial
from reward_server.check.unknowns import counts_other_labels, is_built_in, never_said
from reward_server.reward.gate import Gate
from reward_server.reward.reward_function import RewardFunction
from rubrics.document import VALUE, Document
from rubrics.problems import Problem, Step

if TYPE_CHECKING:
    from reward_server.components.label_match import LabelMatch
    from reward_server.components.rubric import Rubric as RubricComponent
    from rubrics.rubric import Rubric

Path = tuple[Step, ...]

TOO_EASY = 0.5
"""Share of the greatest reward from which on a trivial policy is worth a warning."""
_ROUNDING = 1e-9


def lint(function: RewardFunction, document: Document) -> list[Problem]:
    """Every finding, errors first."""
    findings = [
        *_cancelling_weight(function, document),
        *_labels(function, document),
        *_gates(function, document),
        *_constants(function, document),
        *_cancelling_criteria(function, document),
        *_identical_samples(function, document),
        *_trivial(function, document),
    ]
    return sorted(findings, key=lambda problem: problem.severity)


def _cancelling_weight(function: RewardFunction, document: Document) -> Iterator[Problem]:
    weights = function.sample_weights
    if weights is None or weights.apply != "reward" or function.source.trainer.scale_rewards != "group":
        return
    message = (
        "a weight by sample label is the same for a whole group, so group standardisation cancels it: "
        "(wR - mean wR) / std wR = (R - mean R) / std R"
    )
    hint = (
        "three ways work: `apply: advantage`, which hands the factor to the trainer as `advantage_weight`; "
        "sampling rare labels more often; `trainer: {scale_rewards: none}` (or `batch`), "
        "if the trainer does so"
    )
    path = ("weighting", "inverse_frequency", "apply", VALUE)
    yield Problem(code="weight-cancels", message=message, document=document, path=path, hint=hint)


def _labels(function: RewardFunction, document: Document) -> Iterator[Problem]:
    for column in function.columns:
        if is_built_in(column.component, "label_match"):
            component = cast("LabelMatch", column.component)
            for name in never_said(component, function.layout):
                yield _never_said(name, document, ("components", column.name, "labels", name))
            if counts_other_labels(component, function):
                yield _other_labels(column.name, document)


def _never_said(name: str, document: Document, path: Path) -> Problem:
    message = (
        f"no spelling of `{name}` is in the vocabulary of `completion`, so no well-formed answer names it"
    )
    hint = 'spell it as the answer does: `true` is not `yes`, and not the text `"true"`'
    return _warning("label-never-said", message, document, path, hint)


def _other_labels(name: str, document: Document) -> Problem:
    message = f"the table counts none of the labels of `{name}`, so it weighs nothing"
    hint = "fit it on this data: `gavel weights fit DATA`; `true` and `yes` are different labels"
    path = ("weighting", "inverse_frequency", "table", VALUE)
    return Problem(code="table-of-other-labels", message=message, document=document, path=path, hint=hint)


def _gates(function: RewardFunction, document: Document) -> Iterator[Problem]:
    by_name = {column.name: column for column in function.columns}
    for column in function.columns:
        if column.gate is not None:
            low, high = by_name[column.gate.on].bounds
            path = ("components", column.name, "gate", "at_least", VALUE)
            yield from _gate(column.gate, low, high, document, path)


def _gate(gate: Gate, low: float, high: float, document: Document, path: Path) -> Iterator[Problem]:
    if gate.at_least > high:
        message = f"`{gate.on}` is at most {high:g}, so this gate never opens"
        hint = f"ask for at most {high:g}"
        yield Problem(code="gate-never-opens", message=message, document=document, path=path, hint=hint)
    elif gate.at_least <= low:
        message = f"`{gate.on}` is at least {low:g}, so this gate is always open"
        hint = f"ask for more than {low:g}, or remove the gate"
        yield _warning("gate-always-open", message, document, path, hint)


def _constants(function: RewardFunction, document: Document) -> Iterator[Problem]:
    for column in function.columns:
        low, high = column.bounds
        if column.weight and low == high:
            message = f"`{column.name}` is always {low:g}: it adds nothing to any advantage"
            hint = "give it options under which completions differ, or remove it"
            yield _warning("cannot-vary", message, document, ("components", column.name), hint)


def _cancelling_criteria(function: RewardFunction, document: Document) -> Iterator[Problem]:
    for column in function.columns:
        if not is_built_in(column.component, "rubric"):
            continue
        if _weigh_the_same(column.component.opened):  # type: ignore[attr-defined]
            yield _warning(
                "criterion-weight-cancels",
                "all criteria of this rubric get the same factor, which cancels in sum(w m) / sum(w)",
                document,
                ("components", column.name, "rubric", VALUE),
                "add criteria with labels of their own, or use `weights: {mode: authored}`",
            )


def _identical_samples(function: RewardFunction, document: Document) -> Iterator[Problem]:
    for column in function.columns:
        if is_built_in(column.component, "rubric"):
            path = ("components", column.name, "rubric", VALUE)
            for message, hint in identical_samples(
                cast("RubricComponent", column.component), function.judges
            ):
                yield _warning("identical-samples", message, document, path, hint)


def _weigh_the_same(rubric: "Rubric") -> bool:
    """Whether its table gives all criteria one factor, whatever the labels of a sample are."""
    if rubric.weights.mode != "inverse_frequency":
        return False
    by_verdict = rubric.weights.scope == "verdict"
    labels = {None if by_verdict else criterion.label_path for criterion in rubric.criteria}
    counts = [rubric.weights.counts.get(criterion.id) for criterion in rubric.criteria]
    same = len(labels) == 1 and all(found == counts[0] for found in counts)
    return len(counts) == 1 or (same and counts[0] is not None)


def _trivial(function: RewardFunction, document: Document) -> Iterator[Problem]:
    trial = Trial(function)
    most = trial.greatest()
    easiest = max(trial.policies(), key=lambda policy: policy.earned)
    if most <= 0 or easiest.earned < TOO_EASY * most - _ROUNDING:
        return
    parts = easiest.parts
    told = ", ".join(f"{earned:.3g} by {name}" for name, earned in parts.items() if earned)
    message = f"{easiest.name} earns {easiest.earned:.3g} of at most {most:.3g} ({told})"
    easy = {name: earned for name, earned in parts.items() if earned > 0 and name not in trial.guessed}
    if easy:
        hint = "let it count only where the answer is right, as in `gate: {on: accuracy, at_least: 1}`"
    else:
        hint = "reward the reasoning as well, or sample what is rare more often"
    blamed = max(easy or parts, key=lambda name: parts[name])
    if blamed in trial.orders:
        hint = "let it earn nothing, as in `condition: identity_zero`"
    hint = f"a policy can collapse to it: {hint}"
    yield _warning("trivial-policy", message, document, ("components", blamed), hint)


def _warning(code: str, message: str, document: Document, path: Path, hint: str) -> Problem:
    return Problem(code=code, message=message, document=document, path=path, hint=hint, severity="warning")
