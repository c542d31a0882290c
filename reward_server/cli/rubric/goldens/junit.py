"""Results as JUnit XML, which CI systems show: a suite for each rubric, a test for each expectation."""

from collections.abc import Sequence
from xml.etree import ElementTree as ET

from reward_server.cli.rubric.goldens.asking import Asked
from reward_server.cli.rubric.goldens.finding_text import problem
from reward_server.cli.rubric.rendering_text import inert
from rubrics.goldens.results import Result
from rubrics.problems import Problem

Element = ET.Element


def junit(found: Sequence[Asked], *, allow_flaky: bool, allow_missing: bool) -> bytes:
    """The document, in UTF-8. What is allowed passes, with a note."""
    root = Element("testsuites", {"name": "gavel rubric test"})
    for asked in found:
        root.append(_suite(asked, allow_flaky=allow_flaky, allow_missing=allow_missing))
    for key in ("tests", "failures", "errors"):
        root.set(key, str(sum(int(suite.get(key, "0")) for suite in root)))
    ET.indent(root)
    written: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return written + b"\n"


def _suite(asked: Asked, *, allow_flaky: bool, allow_missing: bool) -> Element:
    suite = Element("testsuite", {"name": legal(asked.suite.rubric.id)})
    for gap in asked.suite.missing:
        suite.append(_missing(asked, gap, allowed=allow_missing))
    for result in asked.results:
        suite.append(_test(asked, result, allow_flaky=allow_flaky))
    counts = {"tests": "testcase", "failures": "testcase/failure", "errors": "testcase/error"}
    for key, path in counts.items():
        suite.set(key, str(len(suite.findall(path))))
    return suite


def _test(asked: Asked, result: Result, *, allow_flaky: bool) -> Element:
    test = _case(asked, result.criterion, result.case)
    if result.status == "passed":
        return test
    kind = "error" if result.status == "unscored" else "failure"
    allowed = allow_flaky and result.status == "flaky"
    _note(test, "system-out" if allowed else kind, result.status, problem(asked, result))
    return test


def _missing(asked: Asked, gap: Problem, *, allowed: bool) -> Element:
    """A missing golden is a test of its own."""
    test = _case(asked, None, gap.message)
    _note(test, "system-out" if allowed else "failure", gap.code or "missing-golden", gap)
    return test


def _case(asked: Asked, criterion: str | None, name: str) -> Element:
    group = asked.suite.rubric.id if criterion is None else f"{asked.suite.rubric.id}.{criterion}"
    return Element("testcase", {"classname": legal(group), "name": legal(name)})


def _note(test: Element, kind: str, status: str, told: Problem) -> None:
    attributes = {} if kind == "system-out" else {"message": legal(told.message), "type": status}
    ET.SubElement(test, kind, attributes).text = legal(told.render())


def legal(text: str) -> str:
    """The text without characters that XML cannot hold or that nobody sees: `<U+001B>` in their place."""
    return inert(text)
