import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rubrics.importing.naming import criterion_ids, file_names, rubric_id


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("States Q4 2023 base margin as 17.2%", "states_q4_2023_base_margin"),
        ("Tells the user to go to the hospital", "tells_user_go_hospital"),
        ("Doesn\u2019t name the caf\u00e9", "doesnt_name_cafe"),
        ("Does not invent a source", "does_not_invent_source"),
        ("911 is called", "c_911_called"),
        ("It is the", "it_is_the"[:9]),
        ("Holistic", "holistic_2"),
    ],
)
def test_ids_are_the_first_telling_words(text: str, name: str) -> None:
    assert criterion_ids([text]) == [name]


def test_statements_that_begin_alike_are_told_apart() -> None:
    texts = ["Names the drug", "Names a drug", "Names drug 2", "Names the drug!"]
    assert criterion_ids(texts) == ["names_drug", "names_drug_2", "names_drug_2_2", "names_drug_3"]


def test_a_statement_in_another_script_has_an_id_of_its_own_wherever_it_stands() -> None:
    first, second = criterion_ids(["\u56de\u7b54\u6b63\u786e AI", "\u56de\u7b54\u9519\u8bef"])
    assert re.fullmatch("criterion_[0-9a-f]{6}", first)
    assert criterion_ids(["\u56de\u7b54\u9519\u8bef"]) == [second] != [first]


@settings(max_examples=80, deadline=None)
@given(st.lists(st.text(st.characters(exclude_categories=["Cs"])), max_size=6))
def test_ids_and_files_are_valid_and_different(texts: list[str]) -> None:
    ids = criterion_ids(texts)
    assert all(re.fullmatch("[a-z][a-z0-9_]*", name) for name in ids)
    assert len(set(ids)) == len(texts)
    files = file_names(texts)
    assert all(re.fullmatch(r"[a-z0-9][a-z0-9-]*\.yaml", name) for name in files)
    assert len(set(files)) == len(texts)


def test_a_file_cannot_leave_its_directory() -> None:
    assert file_names(["../../etc/passwd", "a/b"]) == ["etc-passwd.yaml", "a-b.yaml"]


def test_a_rubrics_id_starts_with_a_letter() -> None:
    assert [rubric_id(text) for text in ("My Rubric", "2024-care", "\u56de")] == [
        "my-rubric",
        "care",
        "imported",
    ]
