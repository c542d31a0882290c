"""`extends`: what is taken over, what stays one's own."""

import pytest

from rubrics.document import load, parse
from rubrics.resolution.resolver import resolve
from rubrics.rubric_file import load_resolved
from tests.rubrics.resolution.writing import Folder

BASE = """\
version: "3.0.0"
description: The base.
inputs:
  policy: {from: metadata.policy, trust: author, share: dataset}
  reply: {from: completion}
guidelines: |
  Judge what it says.
importance: {essential: 7}
judge: {samples: 2}
aggregate: {range: [0, 1]}
layout: listed
criteria:
  - id: cites
    ask: The reply names a section.
    anchors: {met: Names one., unmet: Names none.}
    weight: 2
  - id: fits
    check: {words: {at_most: 100}}
"""


def test_everything_is_taken_over_but_id_version_and_description(folder: Folder) -> None:
    folder.write(base=BASE, own="extends: base.yaml\n")
    own, base = folder.rubric(), folder.rubric("base.yaml")
    assert (own.id, own.version, own.description) == ("own", "0", "")
    beside = {"id", "version", "description"}
    assert own.model_dump(exclude=beside) == base.model_dump(exclude=beside)
    assert own.digest == base.digest


def test_own_inputs_go_over_those_of_the_base_and_behind_them(folder: Folder) -> None:
    folder.write(
        base=BASE,
        own="extends: base.yaml\ninputs: {post: {from: prompt}, policy: {from: metadata.rules}}\n",
    )
    inputs = folder.rubric().inputs
    assert list(inputs) == ["policy", "reply", "post"]
    assert (inputs["policy"].source, inputs["policy"].share) == ("metadata.rules", "group")


@pytest.mark.parametrize(
    ("own", "found"),
    [
        ("guidelines: Mind the tone.", "Judge what it says.\n\nMind the tone."),
        ("guidelines: ''", "Judge what it says.\n"),
        ("", "Judge what it says.\n"),
    ],
)
def test_own_guidelines_follow_those_of_the_base(folder: Folder, own: str, found: str) -> None:
    folder.write(base=BASE, own=f"extends: base.yaml\n{own}\n")
    assert folder.rubric().guidelines == found


@pytest.mark.parametrize("base", ["", "guidelines: ''\n"])
def test_guidelines_that_only_one_side_has_stay_as_they_are(folder: Folder, base: str) -> None:
    folder.write(
        base=f"{base}criteria: [{{id: a, ask: It is.}}]\n", own="extends: base.yaml\nguidelines: Mine.\n"
    )
    assert folder.rubric().guidelines == "Mine."


def test_an_own_criterion_of_the_same_id_changes_key_by_key_in_place(folder: Folder) -> None:
    folder.write(
        base=BASE,
        own="""
        extends: base.yaml
        criteria:
          - {id: polite, ask: The reply greets.}
          - {id: cites, weight: 5, expect: unmet}
        """,
    )
    cites, fits, polite = folder.rubric().criteria
    assert [cites.id, fits.id, polite.id] == ["cites", "fits", "polite"]
    assert (cites.ask, cites.weight, cites.expect) == ("The reply names a section.", 5, "unmet")
    assert cites.anchors is not None


@pytest.mark.parametrize(
    ("own", "keys"),
    [
        ("scale: [none, some]", {"id", "ask", "scale", "weight"}),
        ("check: {contains: [section]}", {"id", "check", "weight"}),
        ("ask: It names two.", {"id", "ask", "anchors", "weight"}),
        ("importance: essential", {"id", "ask", "anchors", "importance"}),
    ],
)
def test_a_key_takes_the_place_of_those_it_excludes(folder: Folder, own: str, keys: set[str]) -> None:
    folder.write(base=BASE, own=f"extends: base.yaml\ncriteria: [{{id: cites, {own}}}]\n")
    criteria = folder.data()["criteria"]
    assert isinstance(criteria, list)
    assert isinstance(criteria[0], dict)
    assert criteria[0].keys() == keys
    folder.rubric()


def test_null_takes_a_key_away(folder: Folder) -> None:
    folder.write(base=BASE, own="extends: base.yaml\ncriteria: [{id: cites, anchors: null}]\n")
    assert folder.rubric().criteria[0].anchors is None


@pytest.mark.parametrize(
    ("own", "key", "found"),
    [
        ("importance: {pitfall: -1}", "importance", {"pitfall": -1}),
        ("judge: {mode: all}", "judge", {"mode": "all"}),
        ("aggregate: {min_coverage: 0.5}", "aggregate", {"min_coverage": 0.5}),
        ("layout: criterion_last", "layout", "criterion_last"),
        ("weights: {mode: uniform}", "weights", {"mode": "uniform"}),
    ],
)
def test_other_keys_are_own_or_taken_over_as_a_whole(
    folder: Folder, own: str, key: str, found: object
) -> None:
    folder.write(base=BASE, own=f"extends: base.yaml\n{own}\n")
    assert folder.data()[key] == found


def test_a_chain_is_followed_and_paths_start_at_the_file_that_names_them(folder: Folder) -> None:
    folder.write(
        **{"shared/law": BASE, "shared/base": "extends: law.yaml\ncriteria: [{id: b, ask: It is.}]\n"}
    )
    folder.write(own="extends: shared/base.yaml\ncriteria: [{id: c, use: 'shared/base.yaml#b'}]\n")
    assert [criterion.id for criterion in folder.rubric().criteria] == ["cites", "fits", "b", "c"]


def test_a_weight_table_is_relative_to_the_file_that_names_it(folder: Folder) -> None:
    criteria = "criteria: [{id: a, ask: It is., expect: {label: metadata.a}}]\n"
    folder.write(
        **{"shared/base": f"{criteria}weights: {{mode: inverse_frequency, table: table.yaml}}\n"},
        own="extends: shared/base.yaml\n",
    )
    table = "schema: weights/v1\nscope: criterion_label\ncounts: {a: {yes: 9, no: 1}}\n"
    folder.put("shared/table.yaml", table)
    assert folder.rubric().weights.counts == {"a": {"yes": 9, "no": 1}}
    folder.put("shared/table.yaml", table.replace("criterion_label", "verdict"))
    assert "but shared/base.yaml uses it for `scope: criterion_label`" in folder.said()


def test_equal_content_has_an_equal_digest_however_it_is_put_together(folder: Folder) -> None:
    whole = BASE + "  - {id: polite, ask: The reply greets.}\n"
    folder.write(
        whole=whole,
        base=BASE,
        manners="criteria: [{id: greets, ask: The reply greets.}]\n",
        extending="extends: base.yaml\ncriteria: [{id: polite, ask: The reply greets.}]\n",
        using=BASE + "  - {use: manners.yaml#greets, id: polite}\n",
        picking=BASE.partition("criteria:")[0]
        + "criteria: [{use: base.yaml}, {id: polite, use: manners.yaml#greets}]\n",
    )
    names = ("whole", "extending", "using", "picking")
    assert len({folder.rubric(f"{name}.yaml").digest for name in names}) == 1
    folder.write(base=BASE.replace("a section", "two sections"))
    assert folder.rubric("extending.yaml").digest != folder.rubric("whole.yaml").digest


def test_a_rubric_that_includes_nothing_is_left_as_it_is(folder: Folder) -> None:
    folder.write(base=BASE, own="extends: base.yaml\n")
    document = load("base.yaml")
    assert resolve(document) is document
    resolved = load_resolved("own.yaml")
    assert resolve(resolved) is resolved


@pytest.mark.parametrize("text", ["- a", "", "criteria: 3", "criteria: [3, {id: a}]", "inputs: []"])
def test_what_is_no_rubric_is_left_to_whoever_binds_it(text: str) -> None:
    document = parse(text)
    assert resolve(document) is document


@pytest.mark.parametrize(
    ("own", "kept"),
    [
        ("{id: cites, importance: null}", {"weight": 2.0}),
        ("{id: cites, weight: null}", {"weight": 1.0}),
        ("{id: cites, scale: null, check: null}", {"kind": "ask", "weight": 2.0}),
        ("{id: cites, anchors: null}", {"anchors": None, "weight": 2.0}),
        ("{id: cites, expect: null, abstain: null}", {"expect": "met", "abstain": False}),
    ],
)
def test_null_takes_its_own_key_away_and_no_other(own: str, kept: dict[str, object], folder: Folder) -> None:
    folder.write(base=BASE, own=f"extends: base.yaml\ncriteria: [{own}]\n")
    cites = folder.rubric().criteria[0]
    assert {key: getattr(cites, key) for key in kept} == kept
