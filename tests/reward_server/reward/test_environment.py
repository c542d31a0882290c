from pathlib import Path

import pytest

from reward_server.reward.environment import filled
from rubrics.document import parse
from rubrics.problems import Problem
from rubrics.rollout import Json


@pytest.fixture(autouse=True)
def _known_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOST", "judge")
    monkeypatch.setenv("EMPTY", "")
    for name in ("UNSET", "UNSET_FILE", "HOST_FILE"):
        monkeypatch.delenv(name, raising=False)


def fill(value: str) -> tuple[Json, list[Problem]]:
    document = parse(f"it: {{key: {value!r}}}")
    made, problems = filled({"key": value}, document, ("it",))
    return made["key"], problems


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("plain", "plain"),
        ("${HOST}", "judge"),
        ("http://${HOST}:80/${HOST}", "http://judge:80/judge"),
        ("${HOST:-other}", "judge"),
        ("${UNSET:-other}", "other"),
        ("${UNSET:-http://x:1/v1}", "http://x:1/v1"),
        ("${UNSET:-}", ""),
        ("${EMPTY:-other}", "other"),
        ("$HOST {HOST} $", "$HOST {HOST} $"),
        ("$${HOST}", "${HOST}"),
        ("$${", "${"),
        ("$$${HOST}", "$${HOST}"),
    ],
)
def test_variables_are_filled_in(text: str, value: str) -> None:
    assert fill(text) == (value, [])


def test_what_a_variable_holds_is_not_filled_in_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOST", "${OTHER} $${")
    assert fill("${HOST}") == ("${OTHER} $${", [])


def test_a_file_may_hold_the_value(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "secret").write_text("from file\n", encoding="utf-8")
    monkeypatch.setenv("UNSET_FILE", str(tmp_path / "secret"))
    assert fill("${UNSET} and ${UNSET:-default}") == ("from file and from file", [])


@pytest.mark.parametrize("text", ["${UNSET}", "${EMPTY}"])
def test_an_unset_or_empty_variable_is_a_mistake_that_stays_as_written(text: str) -> None:
    value, (problem,) = fill(text)
    name = text.strip("${}")
    assert value == text
    assert problem.message == f"the environment variable {name} is not set"
    assert problem.hint == f"set {name} or {name}_FILE, or give a default: ${{{name}:-...}}"
    assert problem.position == (1, 11)


@pytest.mark.parametrize("text", ["${", "${HOST", "${1ST}", "${HOST?}", "${HOST:=x}", "${}", "${HO ST}"])
def test_what_only_looks_like_a_variable_is_a_mistake(text: str) -> None:
    value, (problem,) = fill(text)
    assert (value, problem.message) == (text, "`${` does not start a variable")


def test_a_file_that_cannot_be_read_is_a_mistake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UNSET_FILE", str(tmp_path / "none"))
    _, (problem,) = fill("${UNSET:-default}")
    assert problem.message.startswith("UNSET_FILE names ")
    assert problem.position == (1, 11)


def test_all_texts_are_filled_in_and_all_mistakes_found() -> None:
    text = 'it:\n  a: "${UNSET}"\n  b: [1, true, null, "${HOST}", "${"]\n  c: {d: "${HOST}"}\n'
    document = parse(text)
    data = document.data
    assert isinstance(data, dict)
    made, problems = filled(data["it"], document, ("it",))
    assert made == {"a": "${UNSET}", "b": [1, True, None, "judge", "${"], "c": {"d": "judge"}}
    assert [problem.position for problem in problems] == [(2, 6), (3, 33)]
