"""`use`: single criteria, and all of them."""

from pathlib import Path

import pytest

from rubrics.resolution import catalog
from tests.rubrics.resolution.writing import Folder

OTHER = """\
inputs:
  question: {from: prompt}
  reply: {from: completion}
criteria:
  - id: invents
    ask: The reply states what the question does not contain.
    weight: -4
    when: metadata.strict
  - id: fits
    check: {words: {at_most: 100}}
"""
INPUTS = "inputs: {question: {from: prompt}, reply: {from: completion}}\n"


def test_one_criterion_with_own_keys_over_its_own(folder: Folder) -> None:
    folder.write(
        other=OTHER,
        own=INPUTS
        + """\
criteria:
  - {id: first, ask: The reply greets.}
  - use: other.yaml#invents
  - {use: other.yaml#invents, id: invents_more, weight: -1, when: null}
""",
    )
    first, invents, more = folder.rubric().criteria
    assert [first.id, invents.id, more.id] == ["first", "invents", "invents_more"]
    assert (invents.weight, more.weight) == (-4, -1)
    assert invents.ask == more.ask == "The reply states what the question does not contain."
    assert invents.when is not None
    assert more.when is None


def test_all_criteria_in_order_with_one_condition_for_all(folder: Folder) -> None:
    folder.write(
        other=OTHER.replace("    when: metadata.strict\n", ""),
        own=INPUTS + "criteria:\n  - {use: other.yaml, when: metadata.eu}\n  - {id: last, ask: It is.}\n",
    )
    criteria = folder.rubric().criteria
    assert [criterion.id for criterion in criteria] == ["invents", "fits", "last"]
    assert [criterion.when and criterion.when.path for criterion in criteria] == [
        "metadata.eu",
        "metadata.eu",
        None,
    ]


def test_a_used_criterion_can_change_one_of_the_base(folder: Folder) -> None:
    folder.write(
        other=OTHER,
        base=INPUTS + "criteria: [{id: fits, ask: The reply is short., weight: 2}, {id: z, ask: It is.}]\n",
        own="extends: base.yaml\ncriteria: [{use: other.yaml#fits}]\n",
    )
    fits, z = folder.rubric().criteria
    assert (fits.kind, fits.weight, fits.ask, z.id) == ("check", 2, None, "z")


def test_a_check_needs_no_inputs(folder: Folder) -> None:
    folder.write(other=OTHER, own="criteria: [{use: other.yaml#fits}]\n")
    assert [criterion.id for criterion in folder.rubric().criteria] == ["fits"]


def test_an_optional_input_may_be_missing(folder: Folder) -> None:
    other = "inputs: {note: {from: metadata.note, optional: true}, completion: {from: completion}}\n"
    folder.write(other=other + "criteria: [{id: a, ask: It is.}]\n", own="criteria: [{use: other.yaml#a}]\n")
    assert list(folder.rubric().inputs) == ["prompt", "completion"]


def test_absolute_paths_and_parents(folder: Folder, tmp_path: Path) -> None:
    folder.write(other=OTHER, **{"deep/own": f"criteria: [{{use: '{tmp_path}/other.yaml#fits'}}]\n"})
    assert folder.rubric("deep/own.yaml").criteria[0].id == "fits"
    folder.write(**{"deep/own": "criteria: [{use: '../other.yaml#fits'}]\n"})
    assert folder.rubric("deep/own.yaml").criteria[0].id == "fits"


@pytest.fixture
def of_catalog(folder: Folder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Folder:
    monkeypatch.setattr(catalog, "FOLDER", tmp_path / "catalog")
    folder.write(**{"catalog/support-reply": OTHER, "catalog/stern": "extends: support-reply.yaml\n"})
    folder.put("catalog/support-reply.golden.yaml", "schema: goldens/v1\n")
    return folder


def test_the_catalog(of_catalog: Folder) -> None:
    assert catalog.catalog_names() == ["stern", "support-reply"]
    of_catalog.write(own="extends: catalog:stern\ncriteria: [{use: 'catalog:support-reply#fits', id: x}]\n")
    assert [criterion.id for criterion in of_catalog.rubric().criteria] == ["invents", "fits", "x"]


@pytest.mark.parametrize(
    ("use", "hint"),
    [
        ("catalog:suport-reply#fits", "did you mean `support-reply`?"),
        ("catalog:../own#fits", "known here: stern, support-reply"),
        ("support-reply", "did you mean `catalog:support-reply`?"),
        ("catalog:", "like `standards.yaml` or `catalog:NAME`, for one criterion with `#ID` after it"),
    ],
)
def test_what_the_catalog_does_not_have(of_catalog: Folder, use: str, hint: str) -> None:
    of_catalog.write(own=f"criteria:\n  - use: '{use}'\n")
    said = of_catalog.said()
    assert said.startswith("own.yaml:4:10: error: ")
    assert said.endswith(hint)


def test_a_mistake_in_the_catalog_has_its_place_there(of_catalog: Folder) -> None:
    of_catalog.put(
        "catalog/bad.yaml", "schema: rubric/v1\nid: bad\ncriteria: [{id: a, chek: {words: {at_most: 3}}}]\n"
    )
    of_catalog.write(own="extends: catalog:bad\n")
    said = of_catalog.said()
    assert "catalog:bad:3:20: error: unknown key `chek`" in said
    assert "  = included from own.yaml:3:10" in said
