"""One kind of file taken for another is one mistake, with what to do."""

from collections.abc import Callable

import pytest

from reward_server.reward.loading import load_reward
from rubrics.document import Document, parse
from rubrics.goldens.golden_file import build_goldens
from rubrics.problems import ConfigError, Problem
from rubrics.rubric_file import build_rubric

RUBRIC = "schema: rubric/v1\nid: tone\nversion: '1'\ncriteria:\n  - {id: a, ask: It is kind.}\n"
REWARD = "name: support\njudges: {}\ncomponents: {a: {use: structure}}\n"
GOLDENS = "schema: goldens/v1\ncommon: {prompt: x}\ncases: []\n"

Build = Callable[[Document], object]


def problems(build: Build, text: str) -> list[Problem]:
    with pytest.raises(ConfigError) as caught:
        build(parse(text, "file.yaml"))
    return caught.value.problems


@pytest.mark.parametrize(
    ("build", "text", "message", "position", "hint"),
    [
        (load_reward, RUBRIC, "this is a rubric, where a reward file is wanted", (1, 9), "use: rubric"),
        (build_rubric, REWARD, "this is a reward file, where a rubric is wanted", (3, 1), "gavel check"),
        (build_rubric, GOLDENS, "this is a file of golden cases, where a rubric is wanted", (1, 9), "beside"),
        (build_goldens, RUBRIC, "this is a rubric, where a file of golden cases is wanted", (1, 9), "cases"),
        (build_rubric, "# nothing\n", "the file is empty", (1, 1), "gavel rubric new"),
        (load_reward, "", "the file is empty", (1, 1), "gavel init"),
        (build_goldens, "", "the file is empty", (1, 1), "gavel rubric test"),
    ],
)
def test_it_is_one_mistake(
    build: Build, text: str, message: str, position: tuple[int, int], hint: str
) -> None:
    (problem,) = problems(build, text)
    assert (problem.message, problem.position) == (message, position)
    assert hint in str(problem.hint)


def test_a_rubric_of_another_version_is_no_other_kind() -> None:
    (problem,) = problems(build_rubric, RUBRIC.replace("rubric/v1", "rubric/v2"))
    assert problem.message == "`schema` should be 'rubric/v1', found the text 'rubric/v2'"


def test_a_rubric_under_the_wrong_name_is_read_as_one() -> None:
    """It has criteria: only its first line is wrong."""
    (problem,) = problems(build_rubric, RUBRIC.replace("rubric/v1", "reward/v1"))
    assert problem.message == "`schema` should be 'rubric/v1', found the text 'reward/v1'"


def test_a_key_with_one_value_is_told_with_it() -> None:
    (problem,) = problems(build_rubric, RUBRIC.replace("schema: rubric/v1\n", ""))
    assert problem.hint == "begin it with `schema: rubric/v1`"


@pytest.mark.parametrize(
    ("old", "new", "hint"),
    [
        ("id: tone", "id: Support Reply", "for example `support-reply`"),
        ("id: a,", "id: Names Section,", "for example `names_section`"),
        ("id: a,", "id: 1st,", None),
    ],
)
def test_a_name_that_is_none_gets_one_that_is(old: str, new: str, hint: str | None) -> None:
    (problem,) = problems(build_rubric, RUBRIC.replace(old, new))
    assert problem.hint == hint


@pytest.mark.parametrize(
    ("old", "new", "message", "hint"),
    [
        ("kind.}", "kind., gate: 0.5}", "`criteria[0].gate` should be a mapping, found 0.5", "cap, else"),
        (
            "id: tone",
            "id: tone\njudge: {mode: {batch: 0}}",
            "`judge.mode.batch` should be at least 2",
            "None",
        ),
        ("kind.}", "kind., when: metadata.language == de}", "a path cannot compare", "None"),
        ("kind.}", "kind., when: 'metadata.language==de'}", "a path cannot compare", "None"),
    ],
)
def test_shorthand_that_there_is_not_is_told_as_one_mistake(
    old: str, new: str, message: str, hint: str
) -> None:
    (problem,) = problems(build_rubric, RUBRIC.replace(old, new))
    assert problem.message.startswith(message)
    assert hint in str(problem.hint)
