from pathlib import Path

import msgspec
import pytest

from tests.processes import start_sim
from tests.reward_server.cli.running import Gavel

FILES = ["reward.schema.json", "reward.yaml", "rollouts.jsonl", "rubric.schema.json", "rubric.yaml"]


def written(directory: Path) -> list[str]:
    return sorted(path.relative_to(directory).as_posix() for path in directory.rglob("*"))


def test_everything_is_written_that_works_together(tmp_path: Path, gavel: Gavel) -> None:
    done = gavel("init", tmp_path / "deep" / "er")
    assert done.code == 0
    assert written(tmp_path / "deep" / "er") == FILES
    for name in FILES:
        assert f"wrote {tmp_path}/deep/er/{name}\n" in done.out
    assert f"gavel check {tmp_path}/deep/er/reward.yaml\n" in done.out


def test_what_is_written_is_clean(tmp_path: Path, gavel: Gavel) -> None:
    gavel("init", tmp_path)
    done = gavel("check", tmp_path / "reward.yaml")
    assert (done.code, done.err) == (0, "")
    assert done.out.endswith(": 0 errors, 0 warnings\n")


def test_the_schemas_are_those_of_the_command(tmp_path: Path, gavel: Gavel) -> None:
    gavel("init", tmp_path)
    for kind in ("reward", "rubric"):
        assert (tmp_path / f"{kind}.schema.json").read_text(encoding="utf-8") == gavel("schema", kind).out
        head = (tmp_path / f"{kind}.yaml").read_text(encoding="utf-8").splitlines()[:4]
        assert f"# yaml-language-server: $schema=./{kind}.schema.json" in head


def test_the_rollouts_get_sensible_scores(
    tmp_path: Path, gavel: Gavel, monkeypatch: pytest.MonkeyPatch
) -> None:
    gavel("init", tmp_path)
    with start_sim("--ttft", "0") as judge:
        monkeypatch.setenv("OPENAI_BASE_URL", judge.base_url)
        done = gavel(
            "score",
            tmp_path / "rollouts.jsonl",
            "--reward",
            tmp_path / "reward.yaml",
            "-o",
            tmp_path / "out.jsonl",
        )
    assert (done.code, done.err) == (0, "")
    assert "every rollout scored" in done.out
    lines = (tmp_path / "out.jsonl").read_bytes().splitlines()
    rewards = {line["id"]: line["reward"] for line in map(msgspec.json.decode, lines)}
    assert sorted(rewards, key=lambda name: -rewards[name])[:2] == ["q2-a", "q1-a"]
    for question in ("q1", "q2"):
        best, *others = sorted(
            (name for name in rewards if name.startswith(question)), key=rewards.__getitem__
        )[::-1]
        assert best == f"{question}-a"
        assert rewards[best] > max(rewards[name] for name in others) + 0.1


def test_nothing_is_overwritten_unless_told(tmp_path: Path, gavel: Gavel) -> None:
    (tmp_path / "rubric.yaml").write_text("mine", encoding="utf-8")
    done = gavel("init", tmp_path)
    assert (done.code, written(tmp_path)) == (2, ["rubric.yaml"])
    assert f"{tmp_path}/rubric.yaml would be overwritten" in done.err
    assert "--force" in done.err
    assert gavel("init", tmp_path, "--force").code == 0
    assert written(tmp_path) == FILES
    assert (tmp_path / "rubric.yaml").read_text(encoding="utf-8") != "mine"


def test_a_directory_that_cannot_be_made_is_a_message(tmp_path: Path, gavel: Gavel) -> None:
    (tmp_path / "file").touch()
    done = gavel("init", tmp_path / "file" / "inside")
    assert (done.code, done.err) == (1, f"error: Not a directory: {tmp_path}/file/inside\n")


def test_names_are_quoted_for_the_shell(tmp_path: Path, gavel: Gavel) -> None:
    assert f"gavel check '{tmp_path}/my reward/reward.yaml'" in gavel("init", tmp_path / "my reward").out
