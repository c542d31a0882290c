from collections.abc import Sequence
from typing import cast

import pytest

from rubrics.agreement.judged import read_judged
from rubrics.agreement.matching import Matched, match
from rubrics.agreement.ratings import read_ratings
from rubrics.agreement.sample import Item, Sample
from rubrics.document import parse
from rubrics.problems import ConfigError
from rubrics.rollout import Json
from rubrics.rubric import Rubric
from rubrics.rubric_file import build_rubric

RUBRIC = """
schema: rubric/v1
id: test
criteria:
  - {id: cites, ask: The reply cites.}
  - {id: tone, ask: How kind is it?, scale: {kind: 1, rude: 0, neutral: 0.5}}
  - {id: agrees, ask: Does it agree?, scale: {"no": 0, "yes": 1}}
"""


def rubric() -> Rubric:
    return build_rubric(parse(RUBRIC))


def rows(file: str, lines: Sequence[Json]) -> list[tuple[str, Json]]:
    return [(f"{file}:{number}", line) for number, line in enumerate(lines, start=1)]


def result(rollout: str, *verdicts: dict[str, Json], group: str = "g") -> Json:
    return {"id": rollout, "group": group, "reward": 0.5, "verdicts": list(verdicts)}


def verdict(
    criterion: str, choice: str | None, probability: float | None = None, **more: Json
) -> dict[str, Json]:
    return {"criterion": criterion, "choice": choice, "probability": probability, **more}


def matched(labels: Sequence[Json], results: Sequence[Json], of: Rubric | None = None) -> Matched:
    return match(read_ratings(rows("labels", labels)), read_judged(rows("verdicts", results)), of)


def only(found: Matched) -> Sample:
    (sample,) = found.samples
    return sample


def message(labels: Sequence[Json], results: Sequence[Json], of: Rubric | None = None) -> str:
    with pytest.raises(ConfigError) as error:
        matched(labels, results, of)
    return str(error.value)


def label(rollout: str, rater: str | None = None, **labels: Json) -> Json:
    return cast("Json", {"id": rollout, "labels": labels, **({"rater": rater} if rater else {})})


def test_labels_stand_beside_what_was_found_before_expect() -> None:
    found = matched(
        [label("r1", cites=True), label("r2", cites="no"), label("r3", cites=1), label("r4", cites=None)],
        [
            result("r1", verdict("cites", "unmet", 0.2, value=0.8), group="a"),
            result("r2", verdict("cites", "met", 0.9), group="a"),
            result("r3", verdict("cites", "met"), group="b"),
            result("r4", verdict("cites", "met", 0.9)),
        ],
    )
    assert only(found).items == [
        Item("a", (1,), 0, 0.2, rollout="r1"),
        Item("a", (0,), 1, 0.9, rollout="r2"),
        Item("b", (1,), 1, None, rollout="r3"),
    ]
    assert only(found).is_statement


def test_several_raters_of_one_rollout() -> None:
    labels = [label("r1", "ann", cites=True), label("r1", "ben", cites=False), label("r1", cites=True)]
    found = matched(labels, [result("r1", verdict("cites", "met", 0.9))])
    assert only(found).items == [Item("g", (1, 0, 1), 1, 0.9, rollout="r1")]


def test_what_was_not_decided_is_counted_by_its_cause() -> None:
    found = matched(
        [label(f"r{n}", cites=True) for n in range(7)],
        [
            result("r0", verdict("cites", None, cause="judge_timeout")),
            result("r1", verdict("cites", "skipped", reason="no label")),
            result("r2", verdict("cites", None, value=0.0, reason="nothing to judge: blank text")),
            result("r3"),
            result("r4", verdict("cites", "met", 0.8)),
            result("r6", verdict("cites", "abstained", value=0.0)),
        ],
    )
    missing = {"abstained": 1, "blank": 1, "judge_timeout": 1, "not_reached": 1, "skipped": 1}
    assert (only(found).missing, len(only(found).compared), found.without_verdicts) == (missing, 1, 1)


def test_a_scale_has_its_levels_from_the_rubric_worst_first() -> None:
    results = [result("r1", verdict("tone", "kind", 0.9)), result("r2", verdict("tone", "rude", 0.1))]
    found = only(matched([label("r1", tone="neutral"), label("r2", tone="rude")], results, rubric()))
    assert (found.levels, found.is_statement) == (("rude", "neutral", "kind"), False)
    assert found.items == [Item("g", (1,), 2, rollout="r1"), Item("g", (0,), 0, rollout="r2")]


def test_a_scale_of_yes_and_no_is_a_scale() -> None:
    found = only(matched([label("r1", agrees="yes")], [result("r1", verdict("agrees", "no", 0.1))], rubric()))
    assert (found.levels, found.is_statement) == (("no", "yes"), False)
    assert found.items == [Item("g", (1,), 0, rollout="r1")]


def test_criteria_come_in_the_order_of_the_rubric() -> None:
    results = [result("r1", verdict("tone", "kind"), verdict("cites", "met", 0.9))]
    found = matched([label("r1", tone="kind", cites=True)], results, rubric())
    assert [sample.criterion for sample in found.samples] == ["cites", "tone"]


JUDGED = [result("r1", verdict("cites", "met", 0.9), verdict("tone", "kind", 0.9))]
MISTAKES: dict[str, tuple[list[Json], list[str]]] = {
    "unknown criterion": (
        [label("r1", sites=True)],
        ["labels:1: no verdict is about a criterion `sites`", "did you mean `cites`?"],
    ),
    "not yes or no": (
        [label("r1", cites="perhaps")],
        ["labels:1: the label of `cites` is perhaps", "it should be true or false"],
    ),
    "a list as a label": ([label("r1", cites=[True])], ["the label of `cites` is [True]"]),
    "scale without rubric": (
        [label("r1", tone="kind")],
        ["`tone` is judged on a scale (kind)", "name its rubric with --rubric"],
    ),
    "same label twice": (
        [label("r1", cites=True), label("r1", cites=False)],
        ["labels:2: r1 has a label of `cites` at labels:1 already", "name who gave each with `rater`"],
    ),
    "same rater twice": (
        [label("r1", "ann", cites=True), label("r1", "ann", cites=True)],
        ["r1 has a label of `cites` by ann at labels:1 already", "keep one label for each rater"],
    ),
    "other rollouts": (
        [label("x1", cites=True)],
        ["none of the labels is about a rollout that has verdicts", '"id"'],
    ),
    "no labels": ([label("r1", cites=None)], ["the labels file holds no labels"]),
    "unknown key": (
        [{"id": "r1", "lables": {}}],
        ["labels:1: Object contains unknown field `lables`", "each line is like"],
    ),
    "key too many": (
        [{"id": "r1", "labels": {}, "who": "ann"}],
        ["labels:1: Object contains unknown field `who`"],
    ),
    "hostile": ([label("r1", cites="\x1b[31m" + "x" * 999)], [r"is \x1b[31mxxxx", "xxx..."]),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_mistakes_in_labels_say_where_and_what_to_do(mistake: str) -> None:
    labels, parts = MISTAKES[mistake]
    text = message(labels, JUDGED)
    assert [part for part in parts if part not in text] == []
    assert len(text) < 300
    assert "\x1b" not in text


def test_levels_are_held_to_the_rubric() -> None:
    text = message([label("r1", tone="nice")], JUDGED, rubric())
    assert "labels:1: the label of `tone` is nice" in text
    assert "it should be rude, neutral, kind" in text
    other = [result("r1", verdict("tone", "superb", 0.9))]
    text = message([label("r1", tone="kind")], other, rubric())
    assert "the verdict on `tone` of r1 is superb, which the rubric does not offer" in text


def test_mistakes_in_verdicts_say_where_and_what_to_do() -> None:
    labels = [label("r1", cites=True)]
    assert "verdicts:1: this result has no verdicts" in message(labels, [{"id": "r1", "group": "g"}])
    assert "--detail verdicts" in message(labels, [{"id": "r1", "group": "g", "verdicts": None}])
    assert "verdicts:1: not a result" in message(labels, [{"completion": "x"}])
    assert "verdicts:2: the rollout r1 stands at verdicts:1 already" in message(labels, JUDGED * 2)
    assert "the file of verdicts is empty" in message(labels, [])
    text = message(labels, [result("r1", verdict("cites", "met", -0.1))])
    assert "verdicts:1: the probability of `cites` is -0.1" in text
    twice = [result("r1", verdict("cites", "met"), verdict("cites", "unmet"))]
    assert "r1 has 2 verdicts on `cites`" in message(labels, twice)
