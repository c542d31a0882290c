"""Exports: the wire's names, lines that can be scored again, inert text, and little memory."""

import io
import json
import re
import tracemalloc
from pathlib import Path
from typing import Any

import msgspec
import pytest

from judges.call import Call
from judges.request import Usage
from reward_server.engine.row import rows
from reward_server.jsonl import read_rollouts
from reward_server.results_file import digest
from reward_server.saved_results import read_results
from reward_server.store.entry import Entry, entry
from reward_server.store.export import exported, inert, write_jsonl
from reward_server.store.keeping import Numbers
from reward_server.store.query import RolloutFilter
from reward_server.wire.exported import Exported
from reward_server.wire.ingress import assemble
from reward_server.wire.native import Result, RolloutRequest
from reward_server.wire.origin import Origin
from rubrics.cause import Cause
from rubrics.layout import PLAIN
from rubrics.outcome import Outcome, Score, Unscored
from rubrics.problems import ConfigError
from rubrics.rollout import Group, Message, Rollout
from rubrics.verdict import Verdict
from tests.reward_server.making import rollout_of
from tests.reward_server.storing import TIMING, of_rollouts, opened, stored, two

HOSTILE = (
    "<script>alert(1)</script>\x1b[2J\x00\x9b1m\x7f\u202etxt.exe\u2066\u2028\u2029\u200b"
    "\U00020104\U000e0041é👍🏽"
)


def full() -> Entry:
    """Two rollouts with everything that a rollout can have; ids come from the trainer and from nobody."""
    verdict = Verdict(criterion="a/clear", value=0.75, choice="mostly", reason="it is", weight=1.0)
    outcomes: dict[str, list[Outcome]] = {
        "a": [Score(0.75, "clear", (verdict,)), Unscored(Cause.JUDGE_TIMEOUT, "60 s")],
        "b": [Score(-1.0), Score(2.0)],
    }
    rollouts: list[Rollout] = [
        rollout_of(
            "q1/0",
            f"I say {HOSTILE}",
            prompt=[Message("system", "be brief"), Message("user", "why?")],
            ground_truth={"label": "x", "n": [1, 2.5, None]},
            metadata={"source": HOSTILE, "big": 2**60},
            finish_reason="length",
            completion_tokens=12,
        ),
        rollout_of("#1", "plain", prompt="what?"),
    ]
    call = Call(
        name="q1/0/clear",
        how="called",
        started=0.0,
        digest=b"\x01" * 16,
        judge="j",
        replica="http://j:1",
        seconds=0.25,
        usage=Usage(prompt=30, cached=10, completion=4),
        text="mostly",
    )
    made = rows(two(), Group("q1", rollouts), outcomes)
    return entry(two(), made, [call], TIMING, Origin(None, "grpo-7", 200))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    stored(tmp_path / "s", full(), of_rollouts(two(), [told("q1/0")], Origin(None, "grpo-7", 201), "q1"))
    return tmp_path / "s"


def told(name: str) -> Rollout:
    return rollout_of(name, "next", metadata={"a": 1.0, "b": 0.0})


def lines(path: Path, wanted: RolloutFilter | None = None) -> list[bytes]:
    file = io.BytesIO()
    with opened(path) as store:
        count = write_jsonl(exported(store, wanted or RolloutFilter(run=1)), file)
    found = file.getvalue().splitlines(keepends=True)
    assert len(found) == count
    return found


def test_a_line_is_the_rollout_its_result_and_whence_it_is(path: Path) -> None:
    first, second, other = (json.loads(line) for line in lines(path))
    assert list(first) == list(Exported.__struct_fields__)
    assert first | {"at": 0, "rollout_digest": "", "reward_version": ""} == {
        "id": "1",
        "group": "1.200/q1",
        "reward": 0.3125,  # 0.75 * 0.75 - 0.25
        "status": "scored",
        "cause": None,
        "detail": None,
        "advantage_weight": None,
        "components": {
            "a": {"value": 0.75, "weight": 0.75, "weighted": 0.5625, "reason": "clear", "cause": None},
            "b": {"value": -1.0, "weight": 0.25, "weighted": -0.25, "reason": None, "cause": None},
        },
        "verdicts": first["verdicts"],
        "run": "grpo-7",
        "step": 200,
        "number": 1,
        "at": 0,
        "sent_id": "q1/0",
        "sent_group": "q1",
        "prompt": [
            {"role": "system", "content": "be brief", "reasoning_content": None},
            {"role": "user", "content": "why?", "reasoning_content": None},
        ],
        "completion": f"I say {HOSTILE}",
        "ground_truth": {"label": "x", "n": [1, 2.5, None]},
        "metadata": {"source": HOSTILE, "big": 2**60},
        "finish_reason": "length",
        "completion_tokens": 12,
        "words": first["words"],
        "marks": ["truncated"],
        "calls": [
            {
                "question": "clear",
                "how": "called",
                "judge": "j",
                "replica": "http://j:1",
                "seconds": 0.25,
                "prompt_digest": "01" * 16,
                "prompt_tokens": 30,
                "cached_tokens": 10,
                "completion_tokens": 4,
                "reply": "mostly",
                "cause": None,
            }
        ],
        "reward_name": "test",
        "reward_version": "",
        "rollout_digest": "",
    }
    assert [verdict["value"] for verdict in first["verdicts"]] == [0.75]
    assert (second["reward"], second["status"], second["cause"]) == (None, "unscored", "judge_timeout")
    assert (second["sent_id"], second["sent_group"], second["prompt"]) == (None, "q1", "what?")
    assert (other["id"], other["group"], other["sent_id"], other["step"]) == ("3", "1.201/q1", "q1/0", 201)


def test_a_line_has_every_field_that_a_result_has() -> None:
    assert set(Result.__struct_fields__) <= set(Exported.__struct_fields__)
    assert set(RolloutRequest.__struct_fields__) - {"group_size"} <= set(Exported.__struct_fields__)


def test_a_file_is_read_as_rollouts_and_as_their_results(path: Path, tmp_path: Path) -> None:
    file = tmp_path / "export.jsonl"
    file.write_bytes(b"".join(lines(path)))
    rollouts = read_rollouts(file)
    assert [each.id for each in rollouts] == ["1", "2", "3"]
    assert [each.group for each in rollouts] == ["1.200/q1", "1.200/q1", "1.201/q1"]
    assert rollouts[0].completion == f"I say {HOSTILE}"
    results = {each.line.id: each.line for each in read_results([file])}
    assert results["1"].reward == 0.3125
    groups = assemble(rollouts, PLAIN, 10_000).groups
    digests = {rollout.id: digest(rollout) for group in groups for rollout in group}
    assert digests == {name: line.rollout_digest for name, line in results.items()}


def test_a_store_without_texts_gives_results_and_no_rollouts(tmp_path: Path) -> None:
    stored(tmp_path / "s", full(), keeping=Numbers())
    found = lines(tmp_path / "s")
    assert [json.loads(line)["completion"] for line in found] == [None, None]
    assert [json.loads(line)["reward"] for line in found] == [0.3125, None]
    (tmp_path / "e.jsonl").write_bytes(b"".join(found))
    with pytest.raises(ConfigError, match=r"e.jsonl:1: the store that this is from keeps no texts"):
        read_rollouts(tmp_path / "e.jsonl")


def test_a_rollout_with_a_field_too_many_is_still_a_mistake(tmp_path: Path) -> None:
    (tmp_path / "r.jsonl").write_text('{"completion": "x", "reward": 1.0}\n', encoding="utf-8")
    with pytest.raises(ConfigError, match=r"r.jsonl:1: unknown field `reward`"):
        read_rollouts(tmp_path / "r.jsonl")


def test_lines_come_by_step_and_arrival_and_only_those_that_are_wanted(tmp_path: Path) -> None:
    steps = [3, 1, 2, 1]
    entries = [
        of_rollouts(
            two(), [told(f"{number}/0"), told(f"{number}/1")], Origin(None, "r", step), f"g{9 - number}"
        )
        for number, step in enumerate(steps)
    ]
    stored(tmp_path / "s", *entries)
    every = [json.loads(line) for line in lines(tmp_path / "s")]
    assert [each["step"] for each in every] == [1, 1, 1, 1, 2, 2, 3, 3]
    some = lines(tmp_path / "s", RolloutFilter(run=1, first_step=1, last_step=1, group="g8"))
    assert [json.loads(line)["sent_id"] for line in some] == ["1/0", "1/1"]


def test_nothing_that_a_terminal_obeys_or_an_eye_does_not_see_stands_in_a_line(path: Path) -> None:
    text = lines(path)[0].decode()
    assert json.loads(text)["completion"] == f"I say {HOSTILE}"
    assert "é👍🏽" in text
    assert re.search(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069]", text[:-1]) is None
    assert "\\u202e" in text
    assert "\\udb40\\udc41" in text  # an invisible tag letter, as a surrogate pair


@pytest.mark.parametrize(
    "value", ["", "plain", r"\u202e", "\\\u202e", 'a"\u202e"b', "\u202e" * 1000, HOSTILE]
)
def test_the_same_json_is_read_from_an_inert_line(value: str) -> None:
    assert msgspec.json.decode(inert(msgspec.json.encode({value: [value]}))) == {value: [value]}


def test_a_name_too_long_to_be_sent_is_shortened_to_one_that_no_other_has(tmp_path: Path) -> None:
    names = ["g" * 255, "g" * 254 + "h"]
    stored(tmp_path / "s", *(of_rollouts(two(), [told("r")], Origin(None, "r", 7), name) for name in names))
    groups = [json.loads(line)["group"] for line in lines(tmp_path / "s")]
    assert len(set(groups)) == 2
    assert max(map(len, groups)) <= 256


def test_a_thousand_rollouts_take_no_more_memory_than_some(tmp_path: Path) -> None:
    """10 kB each: a chunk of 64 is under a megabyte, all of them are over ten."""
    made = [rollout_of(f"r{n}", "x" * 10_000, metadata={"a": 1.0, "b": 0.0}) for n in range(1_200)]
    stored(tmp_path / "s", of_rollouts(two(), made, Origin(None, "r", 1)))
    with opened(tmp_path / "s") as store, (tmp_path / "out").open("wb") as file:
        tracemalloc.start()
        assert write_jsonl(exported(store, RolloutFilter(run=1)), file) == 1_200
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert (tmp_path / "out").stat().st_size > 12_000_000
    assert peak < 4_000_000


parquet = pytest.mark.filterwarnings("ignore")


def table_of(path: Path, wanted: RolloutFilter, out: Path) -> Any:
    pytest.importorskip("pyarrow")
    from pyarrow import parquet as reader

    from reward_server.store.parquet import write_parquet

    with opened(path) as store:
        count = write_parquet(exported(store, wanted), out, store.versions().values())
    table = reader.read_table(out)
    assert table.num_rows == count
    return table


@parquet
def test_parquet_has_a_column_for_each_field_and_each_component(path: Path, tmp_path: Path) -> None:
    table = table_of(path, RolloutFilter(run=1), tmp_path / "e.parquet")
    assert table.column_names == [*Exported.__struct_fields__, "component.a", "component.b"]
    assert {str(table.schema.field(name).type) for name in ("step", "number", "words")} == {"int64"}
    assert {str(table.schema.field(name).type) for name in ("reward", "component.a", "at")} == {"double"}
    first = table.to_pylist()[0]
    assert (first["completion"], first["reward"], first["component.b"]) == (f"I say {HOSTILE}", 0.3125, -1.0)
    told = [json.loads(line) for line in lines(path)]
    for row, line in zip(table.to_pylist(), told, strict=True):
        as_json = ("prompt", "ground_truth", "metadata", "components", "verdicts", "marks", "calls")
        for name, value in line.items():
            cell = json.loads(row[name]) if name in as_json and row[name] is not None else row[name]
            assert cell == value, name


@parquet
def test_parquet_of_nothing_is_a_table_without_rows(path: Path, tmp_path: Path) -> None:
    assert table_of(path, RolloutFilter(run=77), tmp_path / "e.parquet").num_rows == 0


def test_parquet_without_pyarrow_says_what_to_install(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from reward_server.store import parquet as module

    monkeypatch.setattr(module, "find_spec", lambda _: None)
    with opened(path) as store, pytest.raises(ConfigError, match="pyarrow is not installed") as raised:
        module.write_parquet(exported(store, RolloutFilter()), tmp_path / "e", store.versions().values())
    assert 'pip install "gavel-rl[parquet]"' in str(raised.value)
    assert not (tmp_path / "e").exists()
