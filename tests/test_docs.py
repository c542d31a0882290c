"""The docs are complete and true: links lead somewhere, examples load, everything there is has its place."""

import ast
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from judges.sim.counters import Counters, exposition
from reward_server.advice import ADVICE
from reward_server.metrics_page.page import page as metrics_page
from reward_server.metrics_page.page import served
from reward_server.reward.component import Component
from reward_server.reward.entry import COMPONENTS
from reward_server.reward.loading import load_reward
from reward_server.reward.reward_file import ColumnOptions, RewardFile
from reward_server.wire.status import STATUS
from rubrics.cause import Cause
from rubrics.document import Document, parse
from rubrics.goldens.golden_file import build_goldens
from rubrics.plugin import built_in, resolve
from rubrics.rollout import Json
from rubrics.rubric_file import build_rubric
from tests.command_line import commands, options, variables
from tests.command_line import parse as parse_command
from tests.pages import NAMES, anchors, fences, links, paths, shell_lines, text_of
from tests.processes import ROOT

every_page = pytest.mark.parametrize("page", NAMES)
COMPONENT_NAMES = built_in(COMPONENTS, Component)


@every_page
def test_links_lead_somewhere(page: str) -> None:
    broken = []
    for link in links(page):
        path, _, anchor = link.partition("#")
        target = (ROOT / page).parent / path if path else ROOT / page
        if not target.exists() or (anchor and anchor not in anchors(target)):
            broken.append(link)
    assert broken == []


@every_page
def test_files_that_are_named_exist(page: str) -> None:
    homes = (ROOT, (ROOT / page).parent)
    assert [path for path in paths(page) if not any((home / path).exists() for home in homes)] == []


@every_page
def test_commands_would_be_understood(page: str) -> None:
    for line in shell_lines(page):
        parse_command(line)


def test_every_page_of_the_docs_is_reached_from_their_index() -> None:
    reached = {((ROOT / "docs") / link.partition("#")[0]).resolve() for link in links("docs/README.md")}
    pages = {path for path in (ROOT / "docs").rglob("*.md") if path.name != "README.md"}
    assert pages - reached == set()


@pytest.mark.parametrize("name", COMPONENT_NAMES)
def test_every_component_has_a_page_that_names_each_of_its_options(name: str) -> None:
    page = text_of(f"docs/components/{name}.md")
    own = resolve(name, COMPONENTS, Component).model_fields
    assert [field for key, info in own.items() if f"`{(field := info.alias or key)}`" not in page] == []


def test_every_key_of_a_reward_file_is_on_its_page() -> None:
    page = text_of("docs/reward-file.md")
    keys = [
        info.alias or key for model in (RewardFile, ColumnOptions) for key, info in model.model_fields.items()
    ]
    assert [key for key in keys if f"`{key}`" not in page] == []


def cause_rows() -> list[str]:
    """The table's rows as the code has them; the third column, where to look, is the page's own."""
    source = ast.parse((ROOT / "rubrics" / "cause.py").read_text(encoding="utf-8"))
    body = next(node.body for node in source.body if isinstance(node, ast.ClassDef) and node.name == "Cause")
    meanings = [ast.literal_eval(node.value) for node in body[1:] if isinstance(node, ast.Expr)]
    meanings = [re.sub(r" \(promise \d+\)", "", meaning) for meaning in meanings]
    return [
        rf"| `{cause}` | {meaning} | * | {ADVICE[cause]} |"
        for cause, meaning in zip(Cause, meanings, strict=True)
    ]


def test_every_cause_is_explained_with_the_words_of_the_code() -> None:
    rows = re.findall(
        r"^\| `\w+` \| .* \|$", text_of("docs/failures.md").partition("## Every cause")[2], re.MULTILINE
    )
    columns = [row.split(" | ") for row in rows]
    assert [" | ".join([*row[:2], "*", *row[3:]]) for row in columns] == cause_rows()


def test_every_metric_is_documented() -> None:
    assert text_of("docs/metrics.md") == metrics_page(served()), (
        "run `python -m reward_server.metrics_page > docs/metrics.md`"
    )
    simulated = re.findall(r"^# HELP (\w+)", exposition(Counters()).decode(), re.MULTILINE)
    assert [name for name in simulated if name not in text_of("docs/judge-sim.md")] == []


def test_every_error_code_is_documented() -> None:
    assert [code for code in STATUS if f"`{code}`" not in text_of("docs/api.md")] == []


@pytest.mark.parametrize("name", [name for name, _ in commands()])
def test_every_command_option_and_variable_is_documented(name: str) -> None:
    page = text_of("docs/cli.md") + (text_of("docs/judge-sim.md") if name == "gavel judge sim" else "")
    command = dict(commands())[name]
    flags = [flag for flag in options(command) if flag.startswith("--")]
    assert [word for word in [name, *flags, *variables(command)] if word not in page] == []


YAML_EXAMPLES = [
    pytest.param(page, example, id=f"{page}-{number}")
    for page in NAMES
    for number, example in enumerate(fences(page, "yaml"), start=1)
]


@pytest.mark.parametrize(("page", "example"), YAML_EXAMPLES)
def test_yaml_examples_load(page: str, example: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:8901/v1")
    for file, content in files_beside(page):
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / file).write_text(content, encoding="utf-8")
    data = parse(example).data
    assert isinstance(data, dict)
    if "cases" in data:
        build_goldens(parse(example, page, tmp_path))
    elif "criteria" in data:
        build_rubric(parse(example, page, tmp_path))
    elif data.keys() & RewardFile.model_fields.keys() - {"schema_"} and "counts" not in data:
        load_reward(completed(example, data, page, tmp_path))


def files_beside(page: str) -> Iterator[tuple[str, str]]:
    """The starter, the moderation example, and the Python blocks of the page that say their file name."""
    for home in (ROOT / "reward_server" / "starter", ROOT / "examples" / "moderation"):
        for path in home.rglob("*.yaml"):
            yield path.relative_to(home).as_posix(), path.read_text(encoding="utf-8")
    for block in fences(page, "python"):
        if named := re.match(r"# ([\w/]+\.py)\n", block):
            yield named[1], block


def completed(example: str, data: Mapping[str, Json], page: str, directory: Path) -> Document:
    """A part of a reward file as a whole one."""
    rest = {
        "name": "name: example",
        "components": "components: {some: {use: repetition}}",
        "judges": 'judges: {default: {use: openai, base_url: "http://127.0.0.1:8901/v1", model: gavel-sim}}',
    }
    missing = [line for key, line in rest.items() if key not in data]
    return parse("\n".join([example, *missing]), page, directory)


@every_page
def test_python_examples_compile(page: str) -> None:
    for block in fences(page, "python"):
        compile(block, page, "exec")
