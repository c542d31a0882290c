"""Mistakes with includes: each in the file that holds it, with what to do."""

from pathlib import Path

import pytest

from rubrics.lint.linter import lint
from rubrics.resolution.resolver import MAX_CRITERIA, MAX_DEPTH
from rubrics.rubric_file import build_rubric, load_resolved
from tests.rubrics.resolution.writing import Folder

ONE = "criteria: [{id: x, ask: It is.}]\n"


def test_a_mistake_in_an_included_file_is_shown_there_with_the_way_to_it(folder: Folder) -> None:
    folder.write(
        law="criteria:\n  - id: cites\n    ask: It cites.\n    wieght: 3\n",
        base="extends: law.yaml\n",
        own="extends: base.yaml\n",
    )
    assert folder.said() == (
        "law.yaml:6:5: error: unknown key `wieght`\n"
        "    6 |     wieght: 3\n"
        "            ^^^^^^\n"
        "  = did you mean `weight`?\n"
        "  = included from base.yaml:3:10\n"
        "  = included from own.yaml:3:10"
    )


@pytest.mark.parametrize(
    ("base", "message"),
    [
        ("guidlines: Judge.\n" + ONE, "base.yaml:3:1: error: unknown key `guidlines`"),
        ("guidelines: 3\n" + ONE, "base.yaml:3:13: error: `guidelines` should be text, found 3"),
        ("criteria: [{id: x, ask: 3}]\n", "base.yaml:3:25: error: `criteria[0].ask` should be text, found 3"),
        ("criteria: [{id: x, ask: a, ask: b}]\n", "base.yaml:3:28: error: the key `ask` stands here twice"),
        ("criteria: [{id: x\n", "base.yaml:"),
        ("inputs: {reply: {from: reply}}\n" + ONE, "base.yaml:3:24: error: `inputs.reply.from` should be"),
        ("judge: {samples: 0}\n" + ONE, "base.yaml:3:18: error: `judge.samples`"),
    ],
)
def test_any_mistake_of_the_base_is_found(folder: Folder, base: str, message: str) -> None:
    folder.write(base=base, own="extends: base.yaml\nguidelines: ''\n")
    if "guidelines" in base:
        folder.write(own="extends: base.yaml\n")
    said = folder.said()
    assert said.startswith(message)
    assert said.endswith("  = included from own.yaml:3:10")


def test_an_own_mistake_beside_what_is_taken_over_stays_ones_own(folder: Folder) -> None:
    folder.write(
        base=ONE,
        own="extends: base.yaml\n"
        "criteria:\n  - {id: y, ask: It was., weight: 0}\n  - {id: x, weight: many}\n",
    )
    said = folder.said()
    assert "own.yaml:5:35: error: a weight of 0 has no effect" in said
    assert "own.yaml:6:21: error: `criteria[1].weight` should be a number" in said
    assert "included from" not in said


def test_files_that_include_each_other(folder: Folder) -> None:
    folder.write(
        a=f"extends: b.yaml\n{ONE}",
        b="criteria: [{use: ./c.yaml#x}]\n",
        c="extends: a.yaml\n",
        own="extends: a.yaml\n",
    )
    assert folder.said("a.yaml") == (
        "c.yaml:3:10: error: these files include each other: a.yaml -> b.yaml -> c.yaml -> a.yaml\n"
        "    3 | extends: a.yaml\n"
        "                 ^^^^^^\n"
        "  = remove one of these includes, or move what both sides need into a file that includes neither\n"
        "  = included from b.yaml:3:18\n"
        "  = included from a.yaml:3:10"
    )
    assert "a.yaml -> b.yaml -> c.yaml -> a.yaml\n" in folder.said()


def test_a_rubric_that_includes_itself_by_another_name(folder: Folder) -> None:
    folder.write(own="extends: link.yaml\n" + ONE)
    Path("link.yaml").symlink_to("own.yaml")
    assert folder.said().startswith("own.yaml:3:10: error: a rubric cannot include itself\n")


def chain(folder: Folder, length: int) -> None:
    folder.write(own="extends: f1.yaml\n")
    for number in range(1, length):
        folder.write(**{f"f{number}": f"extends: f{number + 1}.yaml\n"})
    folder.write(**{f"f{length}": ONE})


def test_a_chain_may_be_so_long(folder: Folder) -> None:
    chain(folder, MAX_DEPTH - 1)
    assert folder.rubric().criteria[0].id == "x"


def test_and_no_longer(folder: Folder) -> None:
    chain(folder, MAX_DEPTH + 20)
    said = folder.said()
    assert said.startswith("f15.yaml:3:10: error: 16 files include one another here")
    assert said.count("error:") == 1


def test_includes_cannot_blow_up(folder: Folder) -> None:
    """Each file takes the one below it a hundred times: 100^14 criteria."""
    for number in range(14):
        folder.write(**{f"f{number}": "criteria:\n" + f"  - use: f{number + 1}.yaml\n" * 100})
    folder.write(f14=ONE)
    said = folder.said("f0.yaml")
    assert said.startswith(
        f"f12.yaml:14:10: error: with this the rubric has more than {MAX_CRITERIA:,} criteria"
    )


def test_the_same_id_twice(folder: Folder) -> None:
    folder.write(base=ONE, own="criteria: [{use: base.yaml}, {use: base.yaml#x}]\n")
    assert "criterion 1 is already called `x`" in folder.said()


@pytest.mark.parametrize(
    ("own", "place", "message", "hint"),
    [
        ("extends: bse.yaml", "3:10", "cannot read bse.yaml: No such file", "did you mean `base.yaml`?"),
        ("extends: zzz", "3:10", "cannot read zzz: No such", "YAML files there: base.yaml, own.yaml"),
        ("extends: x/y.yaml", "3:10", "cannot read x/y.yaml: No such", "there is no folder x; paths start"),
        ("extends: .", "3:10", "cannot read .: Is a directory", "YAML files there: base.yaml, own.yaml"),
        ("extends: 3", "3:10", "`extends` should name a rubric", "like `standards.yaml` or `catalog:NAME`"),
        ("extends: ''", "3:10", "`extends` should name a rubric", "like `standards.yaml`"),
        (
            "extends: base.yaml#x",
            "3:10",
            "`extends` takes a whole rubric over",
            "extend `base.yaml`, or take",
        ),
        ("criteria: [{use: base.yaml#}]", "3:18", "`use` should name a rubric", "for one criterion"),
        ("criteria: [{use: '#x'}]", "3:18", "`use` should name a rubric", ""),
        ("criteria: [{use: [base.yaml]}]", "3:18", "`use` should name a rubric", ""),
        ("criteria: [{use: base.yaml#y}]", "3:18", "base.yaml has no criterion `y`", "known here: x, z"),
        ("criteria: [{use: own.yaml#x}]", "3:18", "a rubric cannot include itself", "name another file"),
        ("criteria: [{use: table.yaml}]", "3:18", "table.yaml is not a rubric", "`schema: rubric/v1`"),
        ("criteria: [{use: bare.yaml}]", "3:18", "bare.yaml has no criteria", ""),
        ("criteria: [{use: base.yaml#x, ask: y}]", "3:31", "a criterion is either `ask` or `use`", ""),
        ("criteria: [{use: base.yaml, weight: 2}]", "3:29", "and `weight` is for one", "`base.yaml#ID`"),
        (
            "criteria: [{use: base.yaml, when: metadata.a}]",
            "3:29",
            "`z` has a `when` of its own",
            "by its id",
        ),
        (
            "inputs: {reply: {from: completion}}\ncriteria: [{use: base.yaml#x}]",
            "4:18",
            "base.yaml speaks of `post`, which is no input here",
            "add to `inputs`: post: {from: prompt, trust: author}",
        ),
        (
            "criteria: [{use: base.yaml#x}]",
            "3:18",
            "`reply`, `post`, which are no inputs here",
            "reply: {from",
        ),
    ],
)
def test_mistakes_of_the_including_file(
    folder: Folder, own: str, place: str, message: str, hint: str
) -> None:
    folder.write(
        base="inputs: {reply: {from: completion}, post: {from: prompt, trust: author}}\n"
        "criteria: [{id: x, ask: It is.}, {id: z, ask: It was., when: metadata.z}]\n",
        own=own + "\n",
    )
    bare = "schema: rubric/v1\nid: bare\n"
    Path("other").mkdir()
    folder.put("base.golden.yaml", "schema: goldens/v1\n")
    if "table" in own:
        folder.put("table.yaml", "schema: weights/v1\n")
    if "bare" in own:
        folder.put("bare.yaml", bare)
    said = folder.said()
    assert said.startswith(f"own.yaml:{place}: error: ")
    assert message in said.splitlines()[0]
    assert hint in said
    assert said.count("error:") == 1


def test_all_of_them_are_told_at_once(folder: Folder) -> None:
    folder.write(
        base="criteria: [{use: gone.yaml}]\n",
        own="extends: base.yaml\ncriteria: [{use: lost.yaml}, {use: base.yaml#x, ask: y}, {use: ''}]\n",
    )
    assert folder.said().count("error:") == 4


def test_the_linter_points_into_the_included_file(folder: Folder) -> None:
    folder.write(
        base="criteria:\n  - id: x\n    ask: The reply is polite and answers the question.\n",
        own="criteria:\n  - use: base.yaml#x\n  - {id: y, ask: The reply is calm and answers it at once.}\n",
    )
    document = load_resolved("own.yaml")
    problems = lint(build_rubric(document), document)
    assert {problem.file for problem in problems} == {"base.yaml", "own.yaml"}
    rendered = "\n".join(problem.render() for problem in problems)
    assert "base.yaml:5:30: warning: two statements in one" in rendered
    assert "own.yaml:5:36: warning: two statements in one" in rendered
    assert rendered.count("included from own.yaml:4:10") == 1


def test_a_name_longer_than_names_can_be_is_shown_where_it_stands(folder: Folder) -> None:
    folder.write(own=f"extends: {'a' * 300}/x.yaml\n")
    assert folder.said().startswith("own.yaml:3:10: error: cannot read aaa")
