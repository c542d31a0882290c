import io
from collections.abc import Sequence

from rich.console import Console

from reward_server.engine.row import Row
from reward_server.engine.summary import Summary, summarise
from reward_server.table import next_steps, show
from rubrics.cause import Cause
from rubrics.outcome import Outcome, Score, Unscored
from tests.reward_server.making import rollout_of

Found = float | Cause
Pair = tuple[tuple[Found, Found], Found]
"""The values of the components a and b, and the reward."""


def outcome(value: Found) -> Outcome:
    return Unscored(value) if isinstance(value, Cause) else Score(value)


def summary_of(*groups: Sequence[Pair], factor: float | None = None) -> Summary:
    """The summary of groups of rollouts; the components have equal weights."""
    rows = [[row(f"g{index}", pair, factor) for pair in group] for index, group in enumerate(groups)]
    return summarise(rows, {"a": 0.5, "b": 0.5})


def row(group: str, pair: Pair, factor: float | None) -> Row:
    (a, b), reward = pair
    return Row(rollout_of("r"), group, outcome(reward), {"a": outcome(a), "b": outcome(b)}, factor)


def shown(summary: Summary, width: int = 100) -> list[str]:
    text = io.StringIO()
    show(summary, Console(file=text, width=width, highlight=False))
    return [" ".join(line.split()) for line in text.getvalue().splitlines() if line.strip()]


LIVELY: list[Pair] = [((1.0, 0.5), 0.75), ((0.0, 0.75), 0.375)]


def test_each_component_then_the_reward() -> None:
    lines = shown(summary_of(LIVELY))
    assert lines[0] == "component mean std dead groups unscored weight share of advantage"
    # share of a: (0.5 - -0.5) / 2 = 0.5 of the reward's 0.375 difference is 133 %; b takes 33 % back
    assert lines[2].split() == ["a", "0.500", "0.707", "0", "0", "0.50", "133%"]
    assert lines[3].split() == ["b", "0.625", "0.177", "0", "0", "0.50", "-33%"]
    assert lines[4].split() == ["reward", "0.562", "0.265", "0", "0"]
    assert lines[5] == "every rollout scored"


def test_weighted_means_are_shown_where_there_are_weights() -> None:
    lines = shown(summary_of(LIVELY, factor=2.0))
    assert "weighted mean" in lines[0]
    assert lines[2].split()[:4] == ["a", "0.500", "0.500", "0.707"]


def test_what_was_not_scored_is_told_with_its_advice() -> None:
    lines = shown(summary_of([*LIVELY, ((1.0, Cause.JUDGE_TIMEOUT), Cause.JUDGE_TIMEOUT)]))
    at = lines.index("1 unscored: judge_timeout")
    assert lines[at + 1].startswith("the judge is slow or busy")


def test_nothing_at_all_is_shown_as_missing() -> None:
    lines = shown(summary_of([((Cause.DEADLINE, Cause.DEADLINE), Cause.DEADLINE)]))
    assert lines[2].split() == ["a", "-", "-", "0", "1", "0.50", "-"]


def test_next_steps_of_a_lively_batch() -> None:
    steps = next_steps(summary_of(LIVELY))
    assert steps == ["`a` makes 133% of the advantage: weigh or gate it if that is not meant"]


def test_the_only_component_with_a_weight_is_not_said_to_dominate() -> None:
    rows = [[row("g", pair, None) for pair in LIVELY]]
    assert next_steps(summarise(rows, {"a": 1.0, "b": 0.0})) == []


def test_next_steps_of_a_dead_batch() -> None:
    dead: list[Pair] = [((0.5, 0.5), 0.5)] * 2
    steps = next_steps(summary_of(dead, dead, LIVELY))
    assert steps[0].startswith("more than half of the groups are dead")
    assert next_steps(summary_of(dead))[1:] == [
        "`a` is the same everywhere: it teaches nothing on this data",
        "`b` is the same everywhere: it teaches nothing on this data",
    ]


def test_a_component_that_could_mostly_not_be_scored_is_not_called_constant() -> None:
    holes: list[Pair] = [((1.0, 0.0), 0.5), ((0.0, 0.0), 0.0), ((0.5, Cause.JUDGE_ERROR), Cause.JUDGE_ERROR)]
    assert not any("`b`" in step for step in next_steps(summary_of(holes)))
