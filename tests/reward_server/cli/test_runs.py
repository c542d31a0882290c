"""`gavel runs`: stored runs listed, shown, exported and forgotten."""

import contextlib
import io
import json
from pathlib import Path

import httpx
import msgspec
import pytest

from reward_server.alarms.alarm import Alarm
from reward_server.alarms.table import write_alarms
from reward_server.history.statistics import StepStatistics
from reward_server.store.database import open_to_write
from reward_server.store.keeping import Numbers
from reward_server.wire.origin import Origin
from tests.processes import ROOT, start_server, start_sim
from tests.reward_server.cli.running import GAVEL, Gavel, environment
from tests.reward_server.making import rollout_of
from tests.reward_server.storing import Given, columns, count, of_rollouts, scored, stored, two

EVIL = "run\x1b[2J\u202e\x9b<b>\n[red]"
"""A name that a trainer sent."""


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """A run of three steps by two versions of a reward, the same run by another reward, and an evil one."""
    path = tmp_path / "s"
    groups: dict[str, list[Given]] = {
        "g": [{"a": 1.0, "b": 0.0}, {"a": 0.0, "b": 4.0}],
        "h": [{"a": None, "b": 0.0}] * 2,
    }
    stored(
        path,
        scored(two(), {"g": [{"a": 1.0, "b": 1.0}] * 4}, Origin(None, EVIL, 0)),
        scored(columns(z=1.0), {"g": [{"z": 1.0}]}, Origin(None, "grpo", 0)),
        *(scored(two(), groups, Origin(None, "grpo-7", step)) for step in (10, 11)),
        scored(columns(a=0.5, b=0.5), {"g": [{"a": 2.0, "b": 0.0}] * 2}, Origin(None, "grpo-7", 12)),
    )
    return path


def test_runs_are_listed_the_latest_first(gavel: Gavel, store: Path) -> None:
    done = gavel("runs", "list", "--store", store)
    heading, *rows = done.out.splitlines()
    assert heading.split() == ["run", "reward", "number", "steps", "rollouts", "from", "to", "(UTC)"]
    assert [row.split()[:5] for row in rows[:2]] == [
        ["grpo-7", "test", "3", "3", "10"],
        ["grpo", "test", "2", "1", "1"],
    ]
    assert (done.code, done.err) == (0, "")
    told = json.loads(gavel("runs", "list", "--store", store, "--json").out)
    assert [(run["name"], run["rollouts"]) for run in told] == [("grpo-7", 10), ("grpo", 1), (EVIL, 4)]


def test_nothing_that_a_trainer_sent_reaches_the_terminal_as_it_is(gavel: Gavel, store: Path) -> None:
    for command in (["list"], ["show", "1"], ["show", "nope"]):
        done = gavel("runs", *command, "--store", store)
        assert [each for each in done.out + done.err if not each.isprintable() and each != "\n"] == []
        assert r"run\x1b[2J\u202e\x9b<b>\n[red]" in done.out + done.err
    for command in (["list", "--json"], ["show", "1", "--json"]):
        done = gavel("runs", *command, "--store", store)
        assert [each for each in done.out if not each.isprintable() and each != "\n"] == []
        assert r"run\u001b[2J\u202e\u009b<b>\n[red]" in done.out
    tailed = gavel("tail", "1", "--no-follow", "--store", store)
    assert tailed.out.count(r"run\x1b[2J\u202e") == 4


def test_an_empty_store_has_no_runs(gavel: Gavel, tmp_path: Path) -> None:
    open_to_write(tmp_path / "s").close()
    assert gavel("runs", "list", "--store", tmp_path / "s").out == f"no run is stored in {tmp_path / 's'}\n"
    done = gavel("runs", "show", "--store", tmp_path / "s")
    assert (done.code, done.out) == (2, "")
    assert "no run is stored in" in done.err


def test_a_run_at_a_glance(gavel: Gavel, store: Path) -> None:
    """By hand: `a` is 1 and 0 twice (two unscored), then 2 and 2; its mean is 6/6."""
    done = gavel("runs", "show", "grpo-7", "--store", store)
    assert done.code == 0
    lines = [" ".join(line.split()) for line in done.out.splitlines()]
    assert lines[0] == "grpo-7, scored by test (number 3)"
    assert lines[2] == "3 steps, 10 to 12"
    assert "a 0.500 2.000 1.000 0.000 0.000 40.0% -" in lines
    assert "reward 0.875 1.000 0.917 0.000 0.000 40.0% -" in lines  # (0.75 + 1) / 2; and twice, and 1 twice
    assert "unscored judge_timeout 4" in lines
    assert "dead groups 60.0% of all: 0 right, 0 wrong, 1 equal, 2 unscored" in lines
    assert "100.0% of the last step: 0 right, 0 wrong, 1 equal, 0 unscored" in lines
    assert lines[-1] == "no alarm was raised"


def test_the_run_that_was_written_last_is_shown_where_none_is_named(gavel: Gavel, store: Path) -> None:
    assert gavel("runs", "show", "--store", store).out.startswith("grpo-7, scored by test")
    assert gavel("runs", "show", "grpo/test", "--store", store).out.startswith("grpo, scored by test")
    assert gavel("runs", "show", "2", "--store", store).out.startswith("grpo, scored by test")


def test_a_run_as_json_has_every_step(gavel: Gavel, store: Path) -> None:
    told = json.loads(gavel("runs", "show", "grpo-7", "--json", "--store", store).out)
    assert set(told) == {"run", "alarms", "steps"}
    assert [step["step"] for step in told["steps"]] == [10, 11, 12]
    assert set(told["steps"][0]) == set(StepStatistics.__struct_fields__)


def test_alarms_are_shown(gavel: Gavel, store: Path) -> None:
    collapse = Alarm(
        name="length_collapse",
        subject="",
        level="critical",
        seen="median 12 words\x1b[2J, of 80 at first",
        numbers={"median": 12.0},
        advice="look at the shortest",
        since=11,
        raised=11,
        last=12,
    )
    over = {"name": "unscored_fraction", "subject": "judge_timeout", "level": "warning", "until": 12}
    with contextlib.closing(open_to_write(store)) as db:
        write_alarms(db, 3, 0, [msgspec.structs.replace(collapse, **over), collapse])
    out = gavel("runs", "show", "grpo-7", "--store", store).out
    told = [line.strip() for line in out.splitlines()]
    assert told[told.index("critical: length_collapse, since step 11") :] == [
        "critical: length_collapse, since step 11",
        r"median 12 words\x1b[2J, of 80 at first",
        "look at the shortest",
        "over (warning): unscored_fraction (judge_timeout), step 11 to 12",
        r"median 12 words\x1b[2J, of 80 at first",
        "look at the shortest",
    ]


@pytest.mark.parametrize("command", [["list"], ["show"], ["export"], ["prune", "x", "--yes"]])
def test_a_store_that_is_not_there_is_no_mistake_of_the_command(
    gavel: Gavel, tmp_path: Path, command: list[str]
) -> None:
    done = gavel("runs", *command, "--store", tmp_path / "none")
    assert (done.code, done.out) == (1, "")
    assert done.err == f"error: there is no rollout store at {tmp_path / 'none'}\n"
    assert not (tmp_path / "none").exists()


def test_what_is_no_store_is_left_alone(gavel: Gavel, tmp_path: Path) -> None:
    (tmp_path / "s").write_bytes(b"precious")
    done = gavel("runs", "list", "--store", tmp_path / "s")
    assert (done.code, done.out) == (1, "")
    assert done.err.startswith(f"error: the rollout store {tmp_path / 's'} cannot be opened: ")
    assert (tmp_path / "s").read_bytes() == b"precious"


def test_no_store_by_ones_own_word(gavel: Gavel) -> None:
    done = gavel("runs", "list")  # tests run with GAVEL_STORE=none
    assert done.code == 2
    assert "there is no rollout store: --store or GAVEL_STORE is `none`" in done.err


def test_a_run_that_there_is_not_and_one_that_there_is_twice(
    gavel: Gavel, store: Path, tmp_path: Path
) -> None:
    unknown = gavel("runs", "show", "grpo-8", "--store", store)
    assert unknown.code == 2
    assert "there is no run 'grpo-8' in" in unknown.err
    assert "there are: grpo-7, grpo, run\\x1b" in unknown.err
    other = msgspec.structs.replace(columns(q=1.0), name="other")
    stored(tmp_path / "s", scored(other, {"g": [{"q": 1.0}]}, Origin(None, "grpo", 0)))
    twice = gavel("runs", "export", "grpo", "--store", store)
    assert (twice.code, twice.out) == (2, "")
    assert "several runs are called 'grpo': grpo/other, grpo/test" in twice.err
    assert gavel("runs", "show", "grpo/other", "--store", store).code == 0


def test_an_export_is_jsonl_on_standard_output_or_in_a_file(
    gavel: Gavel, store: Path, tmp_path: Path
) -> None:
    out = gavel("runs", "export", "grpo-7", "--store", store).out
    assert [json.loads(line)["step"] for line in out.splitlines()] == [10] * 4 + [11] * 4 + [12] * 2
    done = gavel("runs", "export", "grpo-7", "--step", "11:12", "-o", tmp_path / "e", "--store", store)
    assert (done.code, done.out, done.err) == (0, "", f"6 rollouts: {tmp_path / 'e'}\n")
    assert (tmp_path / "e").read_text(encoding="utf-8") == "".join(out.splitlines(keepends=True)[4:])
    assert list(tmp_path.glob("*.part")) == []


@pytest.mark.parametrize(
    ("options", "found"),
    [
        (["--step", "10"], 4),
        (["--unscored"], 4),
        (["--cause", "judge_timeout", "--step", "11"], 2),
        (["--component", "b", "--least", "4"], 2),
        (["--most", "0.8"], 2),
        (["--group", "h"], 4),
        (["--mark", "copy"], 0),
    ],
)
def test_an_export_of_some(gavel: Gavel, store: Path, options: list[str], found: int) -> None:
    done = gavel("runs", "export", "grpo-7", *options, "--store", store)
    assert (done.code, len(done.out.splitlines())) == (0, found)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--step", "ten"], "'ten' is no step and no range of steps such as 200:250"),
        (["--step", "5:3"], "'5:3' is no step"),
        (["--cause", "judge_timeut"], "did you mean `judge_timeout`?"),
        (["--component", "aa"], "no component 'aa' is stored"),
        (["--format", "parquet"], "parquet is for a file"),
        (["--format", "csv"], "jsonl"),
    ],
)
def test_a_wrong_option_is_told(gavel: Gavel, store: Path, options: list[str], message: str) -> None:
    done = gavel("runs", "export", "grpo-7", *options, "--store", store)
    assert (done.code, done.out) == (2, "")
    assert message in done.err


def test_a_file_that_is_there_is_kept_unless_forced(gavel: Gavel, store: Path, tmp_path: Path) -> None:
    (tmp_path / "e.jsonl").write_text("mine", encoding="utf-8")
    command = ["runs", "export", "grpo-7", "-o", tmp_path / "e.jsonl", "--store", store]
    refused = gavel(*command)
    assert (refused.code, (tmp_path / "e.jsonl").read_text(encoding="utf-8")) == (2, "mine")
    assert "overwrite it with --force" in refused.err
    assert gavel(*command, "--force").code == 0
    assert len((tmp_path / "e.jsonl").read_bytes().splitlines()) == 10


def test_an_export_never_takes_the_place_of_the_store(gavel: Gavel, store: Path) -> None:
    done = gavel("runs", "export", "grpo-7", "-o", store, "--force", "--store", store)
    assert done.code == 2
    assert "is what is read, so it cannot be --out" in done.err
    assert count(store) == 15


def test_an_export_that_fails_leaves_nothing(gavel: Gavel, store: Path, tmp_path: Path) -> None:
    done = gavel("runs", "export", "-o", tmp_path / "no" / "e.jsonl", "--store", store)
    assert (done.code, list(tmp_path.glob("**/*e.jsonl*"))) == (1, [])
    assert "No such file or directory" in done.err


@pytest.mark.filterwarnings("ignore")
def test_parquet_by_the_name_of_the_file(gavel: Gavel, store: Path, tmp_path: Path) -> None:
    pytest.importorskip("pyarrow")
    from pyarrow import parquet

    assert gavel("runs", "export", "grpo-7", "-o", tmp_path / "e.parquet", "--store", store).code == 0
    assert parquet.read_table(tmp_path / "e.parquet")["component.a"].to_pylist()[:4] == [1.0, 0.0, None, None]


def test_what_was_exported_is_scored_and_replayed_from_the_very_file(
    gavel: Gavel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A step that was served with judges, exported; then scored again, and replayed without a judge."""
    store, file = tmp_path / "store", tmp_path / "step.jsonl"
    reward = ROOT / "examples" / "moderation" / "reward.yaml"
    lines = (reward.parent / "rollouts.jsonl").read_bytes().splitlines()[:8]
    rollouts = [json.loads(line) for line in lines]
    with start_sim("--ttft", "0.001", "--prefill-tps", "0") as judge:
        monkeypatch.setenv("OPENAI_BASE_URL", judge.base_url)
        more = environment({"GAVEL_STORE": str(store), "GAVEL_LOG_LEVEL": "error"})
        with start_server(*GAVEL, "serve", str(reward), "--port", "0", environment=more) as server:
            url = server.base_url.partition("/v1")[0] + "/v1/rewards"
            bodies = [{"rollouts": rollouts, "run": "grpo-7", "step": step} for step in (199, 200)]
            replies = [httpx.post(url, json=body, timeout=30) for body in bodies]
            served = replies[1].raise_for_status().json()["rewards"]
        assert gavel("runs", "export", "grpo-7", "--step", "200", "-o", file, "--store", store).code == 0
        assert gavel("score", file, "--reward", reward, "--out", tmp_path / "again").code == 0
    assert rewards_of(file) == rewards_of(tmp_path / "again")
    assert list(rewards_of(file).values()) == served
    command = ("replay", file, "--rollouts", file, "--reward", reward, "--out", tmp_path / "replayed")
    assert gavel(*command).code == 0
    assert rewards_of(tmp_path / "replayed") == pytest.approx(rewards_of(file))


def rewards_of(file: Path) -> dict[str, float]:
    """By id."""
    lines = [json.loads(line) for line in file.read_bytes().splitlines()]
    return {line["id"]: line["reward"] for line in sorted(lines, key=lambda line: int(line["id"]))}


@pytest.mark.parametrize(
    ("options", "left"), [(["grpo-7"], 5), (["--older-than", "0s"], 0), (["--keep-gb", "0"], 0)]
)
def test_pruning_forgets(gavel: Gavel, store: Path, options: list[str], left: int) -> None:
    done = gavel("runs", "prune", *options, "--yes", "--store", store)
    assert (done.code, done.err) == (0, "")
    assert done.out == f"forgot {15 - left} rollouts\n"
    assert count(store) == left


def test_pruning_nothing_in_particular_is_refused(gavel: Gavel, store: Path) -> None:
    done = gavel("runs", "prune", "--yes", "--store", store)
    assert done.code == 2
    assert "say what to forget: a RUN, --older-than or --keep-gb" in done.err
    assert count(store) == 15


def test_pruning_asks_first(gavel: Gavel, store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for answer, left in (("", 15), ("n\n", 15), ("y\n", 5)):
        monkeypatch.setattr("sys.stdin", io.StringIO(answer))
        done = gavel("runs", "prune", "grpo-7", "--store", store)
        assert "Forget all rollouts of grpo-7? [y/N]" in done.err + done.out
        assert (done.code == 0, count(store)) == (left == 5, left)


def test_a_run_without_texts_is_shown_all_the_same(gavel: Gavel, tmp_path: Path) -> None:
    made = [rollout_of("r", "secret", metadata={"a": 1.0, "b": 1.0})]
    stored(tmp_path / "s", of_rollouts(two(), made, Origin(None, "r", 1)), keeping=Numbers())
    assert gavel("runs", "show", "--store", tmp_path / "s").code == 0
    assert json.loads(gavel("runs", "export", "--store", tmp_path / "s").out)["completion"] is None
