"""A rollout as a golden test: a file that `gavel rubric test` reads, with the very texts in it."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reward_server.dashboard.rollout.golden import flow, golden, quoted
from reward_server.dashboard.rollout.seen import seen
from reward_server.store.keeping import keeping
from reward_server.store.options import StoreOptions
from rubrics.document import parse
from rubrics.goldens.golden_file import build_goldens
from rubrics.goldens.goldens import Goldens
from rubrics.layout import PLAIN, Layout
from rubrics.rollout import Json, Message
from tests.reward_server.dashboard.looking import HOSTILE, judged, keep, sources
from tests.reward_server.making import rollout_of

RUBRIC = """
schema: rubric/v1
id: r
criteria:
  - {id: clear, ask: It is clear.}
  - {id: grave, ask: How grave is it?, scale: ["yes", some, "1.0"]}
  - {id: labelled, ask: It is so., when: metadata.nothing}
"""
MENDED = HOSTILE.replace("\ud800", "\ufffd")


def loaded(text: str) -> Goldens:
    return build_goldens(parse(text, "x.golden.yaml"))


async def test_it_is_read_as_a_golden_file(tmp_path: Path) -> None:
    function = judged(tmp_path, RUBRIC, completion="{reasoning: {tag: think}, answer: {json: {a: integer}}}")
    hostile = rollout_of(
        "a",
        HOSTILE,
        layout=function.layout,
        prompt=[Message("system", "Be good."), Message("user", HOSTILE)],
        ground_truth=["x", {"y": None}],
        metadata={"k: [": HOSTILE, "n": 2**80, "f": 1.5, "t": True},
    )
    await keep(tmp_path / "s", function, hostile)
    with sources(tmp_path / "s", function) as found:
        goldens = loaded(seen(found, 1).goldens["quality"])
    (case,) = goldens.cases
    assert case.id == "rollout-1"
    assert case.expect == {"clear": "met", "grave": "yes", "labelled": "skipped"}
    assert goldens.completion == function.layout
    rollout = goldens.rollout(case)
    assert rollout.completion.text == MENDED
    assert rollout.prompt == [Message("system", "Be good."), Message("user", MENDED)]
    assert rollout.ground_truth == ["x", {"y": None}]
    assert rollout.metadata == {"k: [": MENDED, "n": str(2**80), "f": 1.5, "t": True}


async def test_what_is_nested_too_deeply_for_yaml_is_left_out_and_said_so(tmp_path: Path) -> None:
    deep: Json = []
    for _ in range(150):
        deep = [deep]
    function = judged(tmp_path, RUBRIC)
    await keep(tmp_path / "s", function, rollout_of("a", "b", prompt="c", metadata={"deep": deep}))
    with sources(tmp_path / "s") as found:
        text = golden(found.kept.rollout(1), PLAIN)
    assert text is not None
    assert "# metadata is nested too deeply for YAML" in text
    assert loaded(text).cases[0].metadata == {}


async def test_only_the_criteria_of_the_rubric(tmp_path: Path) -> None:
    function = judged(tmp_path, RUBRIC)
    await keep(tmp_path / "s", function, rollout_of("a", "b", prompt="c"))
    with sources(tmp_path / "s") as found:
        stored = found.kept.rollout(1)
        assert list(seen(found, 1).goldens) == ["verdicts"]  # nobody knows whose they are
    one, none = golden(stored, PLAIN, ["grave"]), golden(stored, PLAIN, [])
    assert one is not None
    assert none is not None
    assert loaded(one).cases[0].expect == {"grave": "yes"}
    assert "say what should have been" in none


async def test_it_says_how_to_run_it_and_whose_the_verdicts_are(tmp_path: Path) -> None:
    await keep(tmp_path / "s", judged(tmp_path, RUBRIC), rollout_of("a", "b", prompt="c"))
    with sources(tmp_path / "s") as found:
        text = golden(found.kept.rollout(1), PLAIN)
    assert text is not None
    head = text.partition("schema:")[0]
    run = "gavel rubric test RUBRIC.yaml --goldens FILE.yaml --reward REWARD.yaml --allow-missing\n"
    assert run in head
    assert "verdicts kept unread make the hack what every later test wants" in head


async def test_without_texts_there_is_none(tmp_path: Path) -> None:
    function = judged(tmp_path, RUBRIC)
    options = StoreOptions(path=tmp_path / "s", text="none")
    await keep(tmp_path / "s", function, rollout_of("a", "b", prompt="c"), keeping=keeping(options))
    with sources(tmp_path / "s", function) as found:
        assert seen(found, 1).goldens == {}


@given(st.text())
def test_every_text_is_read_again(text: str) -> None:
    assert quoted(text).isprintable()
    assert parse(f"a: {quoted(text)}").data == {"a": text}


_JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**62), 2**62)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(min_size=1), inner),
    max_leaves=12,
)


@given(_JSON)
def test_every_json_value_is_read_again(value: Json) -> None:
    assert parse(f"a: {flow(value)}").data == {"a": value}


@pytest.mark.parametrize(
    "layout", [{}, {"reasoning": {"tag": "think", "prefilled": True}}, {"answer": {"tag": "a"}}]
)
def test_layouts(layout: dict[str, Json]) -> None:
    assert Layout.model_validate(parse(f"a: {flow(layout)}").data["a"]) == Layout.model_validate(layout)  # type: ignore[index]
