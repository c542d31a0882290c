from rubrics.diff.change import changes_around, changes_of
from rubrics.diff.pairing import pair, reordered
from tests.rubrics.making import rubric_of

BEFORE = rubric_of("""
    version: "1"
    criteria:
      - {id: a, ask: A, weight: 2, anchors: {met: yes it is, unmet: it is not}}
      - {id: b, ask: B?, scale: [bad, good]}
      - {id: c, check: {contains: [x]}}
      - {id: d, ask: D}
""")
AFTER = rubric_of("""
    version: "2"
    guidelines: Be strict.
    inputs: {prompt: {from: prompt}, answer: {from: completion.answer}}
    criteria:
      - {id: b, ask: B?, scale: {bad: 0.25, good: 1}, expect: {label: metadata.b}}
      - {id: a, ask: A, weight: 3, anchors: {met: it is, unmet: it is not}, gate: {else: 0}}
      - {id: see, check: {contains: [x]}, weight: -1}
      - {id: e, ask: E}
    aggregate: {range: [0, 1]}
""")


def test_pairs_by_id_and_by_question() -> None:
    pairing = pair(BEFORE, AFTER)
    assert [(was.id, now.id) for was, now in pairing.both] == [("b", "b"), ("a", "a"), ("c", "see")]
    assert pairing.renamed == [("c", "see")]
    assert [c.id for c in pairing.removed] == ["d"]
    assert [c.id for c in pairing.added] == ["e"]
    assert reordered(BEFORE, pairing)
    assert not reordered(BEFORE, pair(BEFORE, BEFORE))


def test_two_equal_questions_are_paired_once() -> None:
    twice = rubric_of("criteria: [{id: a, ask: Same}, {id: b, ask: Same}]")
    other = rubric_of("criteria: [{id: c, ask: Same}, {id: d, ask: Same}, {id: e, ask: Same}]")
    pairing = pair(twice, other)
    assert pairing.renamed == [("a", "c"), ("b", "d")]
    assert [c.id for c in pairing.added] == ["e"]


def test_each_key_is_named_with_what_it_is_part_of() -> None:
    found = [c for was, now in pair(BEFORE, AFTER).both for c in changes_of(was, now)]
    assert [(c.criterion, c.key, c.part, c.before, c.after) for c in found] == [
        ("b", "scale", "arithmetic", {"bad": 0.0, "good": 1.0}, {"bad": 0.25, "good": 1.0}),
        ("b", "expect", "arithmetic", "met", {"label": "metadata.b"}),
        ("a", "anchors.met", "words", "yes it is", "it is"),
        ("a", "weight", "arithmetic", 2.0, 3.0),
        ("a", "gate.else", "arithmetic", None, 0.0),
        ("see", "weight", "arithmetic", 1.0, -1.0),
    ]
    around = changes_around(BEFORE, AFTER)
    assert [(c.key, c.part) for c in around] == [
        ("inputs", "evidence"),
        ("guidelines", "words"),
        ("aggregate.range", "arithmetic"),
    ]


def test_the_order_of_levels_and_inputs_is_a_change() -> None:
    scale = "criteria: [{id: a, ask: A, scale: {%s}}]"
    (change,) = changes_of(
        rubric_of(scale % "bad: 0, good: 1").criteria[0], rubric_of(scale % "good: 1, bad: 0").criteria[0]
    )
    assert (change.key, change.part) == ("scale", "words")
    assert changes_around(BEFORE, BEFORE) == []
