"""The golden file that a rubric needs, for its author to fill in."""

from collections.abc import Iterator, Sequence

from rubrics.criteria.criterion import Criterion
from rubrics.goldens.findings import findings_of, testable
from rubrics.rubric import Rubric

Tree = dict[str, "Tree"]


def skeleton(rubric: Rubric) -> str:
    """Two cases in YAML, which differ in the finding of every criterion that a model decides."""
    criteria = list(rubric.judged or testable(rubric).values())
    cases = [line for name, side in (("good", 0), ("bad", -1)) for line in _case(name, side, criteria)]
    return "\n".join(["schema: goldens/v1", *_common(rubric), "cases:", *cases])


def _common(rubric: Rubric) -> Iterator[str]:
    """What the rubric reads beside completions."""
    tree: Tree = {}
    for source in rubric.inputs.values():
        if not source.of_completion:
            _grow(tree, source.source.split("."))
    if tree:
        yield "common:"
        yield from (f"  {key}: {_flow(below)}" for key, below in tree.items())


def _grow(tree: Tree, path: Sequence[str]) -> None:
    for key in path:
        tree = tree.setdefault(key, {})


def _flow(tree: Tree) -> str:
    if not tree:
        return '"..."'
    return "{" + ", ".join(f"{key}: {_flow(below)}" for key, below in tree.items()) + "}"


def _case(name: str, side: int, criteria: Sequence[Criterion]) -> Iterator[str]:
    yield f"  - id: {name}"
    yield '    completion: "..."'
    yield "    expect:"
    yield from (f"      {criterion.id}: {_finding(criterion, side)}" for criterion in criteria)


def _finding(criterion: Criterion, side: int) -> str:
    """What is found of it in a good case (`side` 0) or a bad one (-1): a pitfall is met in the bad one."""
    wanted = (criterion.weight > 0) == (criterion.expect != "unmet")
    return findings_of(criterion)[side if wanted else -1 - side]
