"""`gavel connect` against a real `gavel serve`, against strangers and against nobody."""

import ast
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from reward_server.cli import exits
from reward_server.connect.directory import TRAINERS
from tests.processes import ServerProcess, start_sim
from tests.reward_server.cli.running import Gavel
from tests.reward_server.connect.stranger import stranger
from tests.reward_server.http.serving import (
    GAVEL,
    INSTANT,
    Json,
    Served,
    questions,
    rollout,
    serve,
    started,
    write_reward,
)

NOBODY = "http://127.0.0.1:1"
RELATIVE = """
name: ranked
components:
  best: {use: python, weight: 1, function: "ranks.py:best", per: group}
"""
RANKS = """
def best(group):
    return [1.0 / max(len(rollout.completion.text), 1) for rollout in group]
"""


@pytest.fixture(scope="module")
def judge() -> Iterator[ServerProcess]:
    with start_sim(*INSTANT) as server:
        yield server


@pytest.fixture(scope="module")
def served(judge: ServerProcess, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serve(tmp_path_factory.mktemp("served"), judge) as server:
        yield server


@pytest.fixture(autouse=True)
def _without_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("GAVEL_URL", "GAVEL_REWARD", "GAVEL_TOKEN", "GAVEL_TOKEN_FILE", "GAVEL_GROUP_SIZE"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize("name", TRAINERS)
def test_every_trainer_connects_to_a_real_server(gavel: Gavel, served: Served, name: str) -> None:
    done = gavel("connect", name, "--url", served.url, "--batch-size", "64", "--group-size", "4")
    assert done.code == exits.OK
    assert done.err == ""
    first, equation, *_ = done.out.splitlines()
    assert first == f"{served.url} is alive"
    assert equation.strip().startswith("reward = 0.4 accuracy + 0.2 format")
    assert TRAINERS[name].unscored in done.out
    assert "docs/trainers.md" in done.out


def test_a_sample_of_ones_own_is_scored(gavel: Gavel, served: Served, tmp_path: Path) -> None:
    file = tmp_path / "rollouts.jsonl"
    file.write_text(json.dumps(rollout("a", "It is money. " * 4)) + "\n", encoding="utf-8")
    done = gavel("connect", "trl", "--url", served.url, "--sample", file)
    assert done.code == exits.OK
    (line,) = [line for line in done.out.splitlines() if line.startswith("  the first rollout")]
    assert "accuracy 1, format 1, length 1" in line
    assert float(line.split(":")[1].split()[0]) > 0.8


def test_a_sample_that_cannot_be_scored_says_why(gavel: Gavel, served: Served, tmp_path: Path) -> None:
    file = tmp_path / "rollouts.jsonl"
    unlabelled = {"prompt": "Is it spam?", "completion": '<think>No.</think>{"label": "ham"}'}
    file.write_text(json.dumps(unlabelled) + "\n", encoding="utf-8")
    done = gavel("connect", "trl", "--url", served.url, "--sample", file)
    assert done.code == exits.OK
    (line,) = [line for line in done.out.splitlines() if line.startswith("  the first rollout")]
    assert line.startswith("  the first rollout: unscored: missing_ground_truth (accuracy: no ")


@pytest.mark.parametrize("content", ["", "[]\n", "not json\n"])
def test_a_sample_that_is_none_is_a_mistake(gavel: Gavel, tmp_path: Path, content: str) -> None:
    file = tmp_path / "rollouts.jsonl"
    file.write_text(content, encoding="utf-8")
    done = gavel("connect", "trl", "--url", NOBODY, "--sample", file)
    assert done.code == exits.USAGE
    assert "does not start with a rollout" in done.err


def test_the_arithmetic_has_both_meanings_and_says_whose_is_whose(gavel: Gavel, served: Served) -> None:
    for name, mine in (("trl", "rollouts"), ("verl", "prompts")):
        done = gavel("connect", name, "--url", served.url, "--batch-size", "64", "--group-size", "4")
        lines = [line.strip() for line in done.out.splitlines() if line.startswith("  counting")]
        rollouts, prompts = lines
        assert "16 prompts x 4 = 64 rollouts, at most 192 judge questions" in rollouts
        assert "64 prompts x 4 = 256 rollouts, at most 768 judge questions" in prompts
        assert [line for line in lines if "<-" in line] == [rollouts if mine == "rollouts" else prompts]


def test_components_come_with_their_weights(gavel: Gavel, served: Served) -> None:
    done = gavel("connect", "ms-swift", "--url", served.url, "--components")
    assert "--reward_weights 0.4 0.2 0.2 0.2" in done.out
    assert "gavel_accuracy gavel_format gavel_length gavel_rubric" in done.out


def test_a_batch_that_is_no_multiple_of_its_groups_is_pointed_out(gavel: Gavel, served: Served) -> None:
    done = gavel("connect", "trl", "--url", served.url, "--batch-size", "10", "--group-size", "4")
    assert "generation_batch_size=10 is not a multiple of groups of 4" in done.err
    done = gavel("connect", "verl", "--url", served.url, "--batch-size", "10", "--group-size", "4")
    assert done.err == ""


def test_a_dead_url_still_prints_the_lines(gavel: Gavel) -> None:
    done = gavel("connect", "verl", "--url", NOBODY)
    assert done.code == exits.RUNTIME
    assert f"{NOBODY} cannot be reached" in done.err
    assert "gavel serve" in done.err
    assert f"+reward.reward_kwargs.url={NOBODY}" in done.out


def test_an_unknown_trainer_is_a_mistake_with_a_guess(gavel: Gavel) -> None:
    done = gavel("connect", "openrlfh")
    assert done.code == exits.USAGE
    assert "did you mean `openrlhf`?" in done.err
    assert done.out == ""


@pytest.mark.parametrize(
    ("alias", "title"), [("NeMo-RL", "NeMo"), ("ms_swift", "swift"), ("verifiers", "prime")]
)
def test_trainers_go_by_other_names_too(gavel: Gavel, alias: str, title: str) -> None:
    assert title in gavel("connect", alias, "--url", NOBODY).out


def test_a_name_that_there_is_not_is_answered_by_the_server(gavel: Gavel, served: Served) -> None:
    done = gavel("connect", "trl", "--url", served.url, "--reward", "other")
    assert done.code == exits.RUNTIME
    assert "test" in done.err


@pytest.mark.parametrize("url", ["ftp://host", "host:8900", "http://", "http://me:secret@host"])
def test_what_is_no_url_is_a_mistake(gavel: Gavel, url: str) -> None:
    done = gavel("connect", "trl", "--url", url)
    assert done.code == exits.USAGE
    assert "http://host:port" in done.err


def test_the_address_of_the_ready_line_will_do(gavel: Gavel, served: Served) -> None:
    done = gavel("connect", "slime", "--url", f"{served.url}/v1/rewards/")
    assert done.code == exits.OK
    assert f"--rm-url {served.url}/slime/test" in done.out


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"<html>", 200),
        (b"[1]", 200),
        (b"{}", 200),
        (b"gone", 404),
        (b"\xff", 500),
        (b'{"rewards": [3]}', 200),
    ],
)
def test_a_stranger_is_no_reward_server(gavel: Gavel, body: bytes, status: int) -> None:
    with stranger(body, status) as other:
        done = gavel("connect", "trl", "--url", other.url)
    assert done.code == exits.RUNTIME
    assert done.err.startswith("error: ")
    assert "export GAVEL_URL" in done.out


def test_what_a_stranger_says_cannot_drive_the_terminal(gavel: Gavel) -> None:
    error = {"error": {"message": "\x1b[2Jgone", "hint": "\x07" * 999, "path": None}}
    with stranger(json.dumps(error).encode(), 422) as other:
        done = gavel("connect", "trl", "--url", other.url)
    assert "\x1b" not in done.err
    assert "\x07" not in done.err
    assert len(done.err) < 2_000


def test_names_of_a_stranger_do_not_get_into_lines_to_paste(gavel: Gavel) -> None:
    said = [{"name": "x; rm -rf ~", "equation": "reward = x", "components": []}]
    with stranger(json.dumps(said).encode()) as other:
        done = gavel("connect", "trl", "--url", other.url)
    assert done.code == exits.RUNTIME
    assert "rm -rf" not in done.out + done.err


def test_the_token_is_not_sent_on_to_where_a_redirect_points(
    gavel: Gavel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GAVEL_TOKEN", "s3cret-token")
    with stranger(b"{}") as elsewhere, stranger(b"", 302, Location=f"{elsewhere.url}/x") as first:
        done = gavel("connect", "trl", "--url", first.url)
    assert done.code == exits.RUNTIME
    assert first.asked[0][1] == "Bearer s3cret-token"
    assert elsewhere.asked == []


def test_a_server_with_a_token(gavel: Gavel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with serve(tmp_path, token="s3cret-token") as server:
        without = gavel("connect", "trl", "--url", server.url)
        monkeypatch.setenv("GAVEL_TOKEN", "wrong")
        wrong = gavel("connect", "trl", "--url", server.url)
        monkeypatch.setenv("GAVEL_TOKEN", "s3cret-token")
        right = gavel("connect", "trl", "--url", server.url)
        no_header = gavel("connect", "openrlhf", "--url", server.url)
    assert (without.code, wrong.code, right.code) == (1, 1, 0)
    assert "the token is missing" in without.err
    assert "the token was not accepted" in wrong.err
    assert "GAVEL_TOKEN in the trainer's environment" in right.out
    assert "sends no Authorization header" in no_header.err
    assert all("s3cret" not in text for text in (right.out, right.err, no_header.out, no_header.err))


@pytest.mark.parametrize("name", [name for name, trainer in TRAINERS.items() if trainer.plugin])
def test_the_file_that_a_trainer_loads_is_written(
    gavel: Gavel, served: Served, tmp_path: Path, name: str
) -> None:
    plugin = TRAINERS[name].plugin
    assert plugin is not None
    out = tmp_path / plugin.file
    done = gavel("connect", name, "--url", served.url, "--out", out)
    assert done.code == exits.OK
    written = out.read_text(encoding="utf-8")
    assert served.url in written
    if plugin.language == "python":
        ast.parse(written)
    again = gavel("connect", name, "--url", served.url, "--out", out)
    assert again.code == exits.USAGE
    assert "--force" in again.err
    assert gavel("connect", name, "--url", served.url, "--out", out, "--force").code == exits.OK


def test_a_file_for_a_trainer_that_needs_none_is_a_mistake(gavel: Gavel, tmp_path: Path) -> None:
    done = gavel("connect", "trl", "--url", NOBODY, "--out", tmp_path / "x.py")
    assert done.code == exits.USAGE
    assert not (tmp_path / "x.py").exists()


def test_a_relative_function_and_a_trainer_that_tells_no_groups(gavel: Gavel, tmp_path: Path) -> None:
    (tmp_path / "ranks.py").write_text(RANKS, encoding="utf-8")
    file = write_reward(tmp_path, RELATIVE)
    with started((GAVEL, "serve", str(file), "--port", "0"), tmp_path / "stderr.txt") as server:
        fits = gavel("connect", "verl", "--url", server.url)
        not_fits = gavel("connect", "openrlhf", "--url", server.url)
    assert (fits.code, not_fits.code) == (exits.OK, exits.OK)
    assert fits.err == ""
    assert "compares the rollouts of a group" in not_fits.err


def test_a_sample_asks_the_judge_at_most_for_one_rollout(
    gavel: Gavel, served: Served, judge: ServerProcess, tmp_path: Path
) -> None:
    file = tmp_path / "rollouts.jsonl"
    file.write_text(json.dumps(rollout("a", "It quotes money words.")) + "\n", encoding="utf-8")
    before = questions(judge)
    gavel("connect", "trl", "--url", served.url, "--sample", file)
    assert questions(judge) - before == 3


GOOD = '<think>It quotes words about money, and of the sender nothing is known.</think>{"label": "spam"}'


def answered(served: Served, address: str, body: Json) -> Json:
    response = served.client.post(address.removeprefix(served.url), json=body)
    assert response.status_code == 200, response.text
    found: Json = response.json()
    return found


def test_the_address_for_openrlhf_speaks_openrlhf(gavel: Gavel, served: Served) -> None:
    printed = gavel("connect", "openrlhf", "--url", served.url).out
    address = printed.partition("--reward.remote_url ")[2].split()[0]
    body = {"query": [f"Is it spam?{GOOD}"], "prompts": ["Is it spam?"], "labels": [{"label": "spam"}]}
    assert len(answered(served, address, body)["rewards"]) == 1


def test_the_address_for_slime_speaks_slime(gavel: Gavel, served: Served) -> None:
    printed = gavel("connect", "slime", "--url", served.url).out
    address = printed.partition("--rm-url ")[2].split()[0]
    response = served.client.post(
        address.removeprefix(served.url),
        json={"prompt": "Is it spam?", "response": GOOD, "label": {"label": "spam"}},
    )
    assert response.status_code == 200, response.text
    assert isinstance(response.json(), float)


def test_the_address_for_nemo_gym_speaks_nemo_gym(gavel: Gavel, served: Served) -> None:
    printed = gavel("connect", "nemo-gym", "--url", served.url).out
    address = printed.partition('VERIFY = "')[2].partition('"')[0]
    message = {
        "id": "m",
        "role": "assistant",
        "type": "message",
        "status": "completed",
        "content": [{"type": "output_text", "text": GOOD, "annotations": []}],
    }
    body: Json = {
        "responses_create_params": {"input": [{"role": "user", "content": "Is it spam?"}]},
        "response": {"id": "r", "created_at": 0, "model": "m", "object": "response", "output": [message]},
        "ground_truth": {"label": "spam"},
    }
    found = answered(served, address, body)
    assert found["reward"] > 0.5
    assert set(found["reward_components"]) == {"accuracy", "format", "length", "rubric"}
