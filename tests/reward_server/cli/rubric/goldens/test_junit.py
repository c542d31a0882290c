"""JUnit XML that every reader takes, whatever judges have said."""

from collections.abc import Sequence
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reward_server.cli.rubric.goldens.asking import Asked
from reward_server.cli.rubric.goldens.junit import junit, legal
from reward_server.cli.rubric.goldens.suite import Suite
from rubrics.cause import Cause
from rubrics.document import VALUE
from rubrics.goldens.golden_file import build_goldens
from rubrics.goldens.results import Observation, Result
from rubrics.problems import Problem
from tests.rubrics.goldens.making import document_of, result_of
from tests.rubrics.making import rubric_of

RUBRIC = rubric_of("criteria: [{id: c, ask: It cites a clause.}]")
DOCUMENT = document_of("cases: [{id: a, completion: x, expect: {c: met}}]")
GAP = Problem(
    message="no golden case expects `c: unmet`", document=DOCUMENT, path=("cases", VALUE), hint="add"
)

CHILDREN = {
    "testsuites": {"testsuite"},
    "testsuite": {"testcase"},
    "testcase": {"failure", "error", "system-out"},
}
ATTRIBUTES = {
    "testsuites": {"name", "tests", "failures", "errors"},
    "testsuite": {"name", "tests", "failures", "errors"},
    "testcase": {"classname", "name"},
    "failure": {"message", "type"},
    "error": {"message", "type"},
    "system-out": set[str](),
}
"""What JUnit's schema has of these elements: nothing else may occur, all of it must."""


def asked(results: Sequence[Result], missing: Sequence[Problem] = ()) -> Asked:
    goldens = build_goldens(DOCUMENT)
    suite = Suite(
        Path("r.yaml"),
        RUBRIC,
        Path("r.golden.yaml"),
        DOCUMENT,
        [(0, goldens.cases[0])],
        goldens,
        None,
        missing,
    )
    return Asked(suite, ("default",), results)


def validated(xml: bytes) -> ET.Element:
    """The document, held against JUnit's schema and its own counts."""
    root = ET.fromstring(xml)
    assert root.tag == "testsuites"
    for element in root.iter():
        assert {child.tag for child in element} <= CHILDREN.get(element.tag, set())
        assert element.attrib.keys() == ATTRIBUTES[element.tag]
        if "tests" in element.attrib:
            found = [len(element.findall(f".//{tag}")) for tag in ("testcase", "failure", "error")]
            assert [int(element.attrib[key]) for key in ("tests", "failures", "errors")] == found
    return root


def test_each_expectation_is_a_test() -> None:
    results = [
        result_of("met", ["met"]),
        result_of("met", ["unmet"], [0.1], case="b"),
        result_of("met", [Cause.JUDGE_TIMEOUT], case="c"),
        result_of("met", ["met", "met", "unmet"], case="d"),
        Result("a", None, "at least 1", ("cases", 0), [Observation("0.5", False, 0.5)]),
    ]
    root = validated(junit([asked(results, [GAP])], allow_flaky=False, allow_missing=False))
    told = [(t.get("classname"), t.get("name"), [child.tag for child in t]) for t in root.iter("testcase")]
    assert told == [
        ("test", "no golden case expects `c: unmet`", ["failure"]),
        ("test.c", "a", []),
        ("test.c", "b", ["failure"]),
        ("test.c", "c", ["error"]),
        ("test.c", "d", ["failure"]),
        ("test", "a", ["failure"]),
    ]
    failure = root.find(".//testcase[@name='b']/failure")
    assert failure is not None
    assert failure.get("message") == "case `b`: `c` should be met; found unmet (0.10)"
    assert (failure.text or "").startswith("r.golden.yaml:2:41: error: case `b`")


def test_what_is_allowed_passes_with_a_note() -> None:
    results = [result_of("met", ["met", "met", "unmet"])]
    root = validated(junit([asked(results, [GAP])], allow_flaky=True, allow_missing=True))
    assert (root.get("tests"), root.get("failures")) == ("2", "0")
    assert [note.tag for test in root.iter("testcase") for note in test] == ["system-out"] * 2


@pytest.mark.parametrize(
    "hostile", ["]]><failure/>", "\x00\x1b[2J", "\ud800", "\ufffe", "\u202eevil", "&lt;"]
)
def test_hostile_reasons_stay_text(hostile: str) -> None:
    result = Result("a", "c", "met", ("cases", 0), [Observation("unmet", False, 0.1, hostile)])
    root = validated(junit([asked([result])], allow_flaky=False, allow_missing=False))
    assert len(root.findall(".//failure")) == 1


@settings(max_examples=50)
@given(st.text(st.characters(codec=None)))
def test_any_text_is_legal_xml_that_comes_back(text: str) -> None:
    element = ET.Element("a", {"b": legal(text)})
    element.text = legal(text)
    back = ET.fromstring(ET.tostring(element, encoding="utf-8"))
    assert (back.get("b"), back.text or "") == (legal(text), legal(text))
