"""All rules, applied to one rubric."""

from collections.abc import Callable, Iterator, Mapping

from rubrics.document import Document
from rubrics.lint import (
    balance,
    cache_order,
    counting,
    double_barrelled,
    leak,
    levels,
    negation,
    reach,
    repetition,
    version,
    wording,
)
from rubrics.problems import Problem, in_file_order
from rubrics.resolution.resolver import resolve
from rubrics.rubric import Rubric

Rule = Callable[[Rubric, Document], Iterator[Problem]]

RULES: Mapping[str, Rule] = {
    double_barrelled.CODE: double_barrelled.double_barrelled,
    wording.VAGUE: wording.vague,
    wording.LENGTH: wording.rewards_length,
    counting.CODE: counting.counting,
    negation.CODE: negation.negated_negative,
    repetition.CODE: repetition.same_question,
    levels.OVERLAPPING: levels.overlapping_levels,
    levels.UNORDERED: levels.unordered_levels,
    levels.NUMBERED: levels.numbered_levels,
    leak.LEAKED: leak.label_leaked,
    leak.UNUSED: leak.ground_truth_shown,
    reach.UNREACHABLE: reach.unreachable,
    reach.CONSTANT: reach.cannot_vary,
    reach.UNUSED: reach.weight_unused,
    balance.CODE: balance.one_sided,
    cache_order.CODE: cache_order.cache_order,
}
"""Each rule by the code of what it finds."""

CODES = (*RULES, version.CODE)
"""Every code there is."""


def lint(rubric: Rubric, document: Document, old: Rubric | None = None) -> list[Problem]:
    """Every finding about a valid rubric, in file order. `old` is an earlier state, to compare versions with.

    Raises ConfigError where `old` is another rubric.
    """
    document = resolve(document)
    found = [problem for rule in RULES.values() for problem in rule(rubric, document)]
    if old is not None:
        found += version.version_not_raised(rubric, document, old)
    return in_file_order(found)
