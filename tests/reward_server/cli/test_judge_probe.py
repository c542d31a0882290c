"""`gavel judge probe` against the simulated judge, and against what one may meet at a URL instead."""

import json
from collections.abc import Iterator

import pytest

from reward_server.cli import exits
from rubrics.document import parse
from tests.judges.probe.endpoint import Body, choice, endpoint, measured, models
from tests.processes import ServerProcess, start_sim
from tests.reward_server.cli.running import Gavel


@pytest.fixture(scope="module")
def sim() -> Iterator[ServerProcess]:
    with start_sim("--ttft", "0.001", "--prefill-tps", "0") as server:
        yield server


@pytest.fixture(autouse=True)
def _without_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OPENAI_API_KEY", "OPENAI_API_KEY_FILE", "JUDGE_KEY"):
        monkeypatch.delenv(name, raising=False)


def test_the_simulated_judge_is_described(gavel: Gavel, sim: ServerProcess) -> None:
    done = gavel("judge", "probe", sim.base_url)
    assert done.code == exits.OK
    title, _, rest = done.out.partition("\n\n")
    assert title == f"gavel-sim at {sim.base_url} (gavel judge sim, a simulation)"
    assert "names its calls    yes" in rest
    assert "log-probabilities  20 alternatives a token" in rest
    assert "canaries           right (1.00), right (0.99)" in rest
    pasted = rest[rest.index("judges:") : rest.index("\n\nnote:")]
    assert parse(pasted).data == {
        "judges": {
            "default": {
                "use": "openai",
                "base_url": sim.base_url,
                "model": "gavel-sim",
                "verdict": "token",
            }
        }
    }


def test_findings_come_as_json_too(gavel: Gavel, sim: ServerProcess) -> None:
    done = gavel("judge", "probe", sim.base_url, "--json")
    found = json.loads(done.out)
    assert found["verdict"] == "token"
    assert found["capabilities"]["logprobs"] == 20
    assert found["capabilities"]["cached"] > 0
    assert found["judge"]["base_url"] == sim.base_url


def test_a_url_without_v1_is_mended(gavel: Gavel, sim: ServerProcess) -> None:
    done = gavel("judge", "probe", sim.root_url)
    assert done.code == exits.USAGE
    assert f"there is no judge at {sim.root_url}" in done.err
    assert f"there is one at {sim.base_url}" in done.err


def test_the_whole_url_of_completions_is_understood(gavel: Gavel, sim: ServerProcess) -> None:
    done = gavel("judge", "probe", f"{sim.base_url}/chat/completions")
    assert done.code == exits.OK
    assert f'base_url: "{sim.base_url}"' in done.out


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("ftp://host/v1", "expected http://host/v1 or https://host/v1"),
        ("host:8000/v1", "expected http://host/v1 or https://host/v1"),
        ("http://user:secret@host/v1", "api_key_env"),
    ],
)
def test_what_is_no_url_is_a_mistake_in_the_command_line(gavel: Gavel, url: str, said: str) -> None:
    done = gavel("judge", "probe", url)
    assert done.code == exits.USAGE
    assert "URL" in done.err
    assert said in done.err
    assert "secret" not in done.err


def test_nobody_there(gavel: Gavel) -> None:
    done = gavel("judge", "probe", "http://127.0.0.1:9/v1")
    assert done.code == exits.RUNTIME
    assert done.err.startswith("error: http://127.0.0.1:9/v1: no connection")
    assert "is the engine running" in done.err


@pytest.mark.parametrize(
    ("listed", "code", "said"),
    [
        (b"<!doctype html><title>Welcome", exits.USAGE, "a web page in place of a list of models"),
        (404, exits.USAGE, "/v1/models does not exist"),
        (500, exits.RUNTIME, "HTTP 500"),
        (302, exits.RUNTIME, "HTTP 302"),
        ({"data": []}, exits.USAGE, "serves no model"),
        ({"hello": "world"}, exits.USAGE, "in place of a list of models"),
        (models("a", "b"), exits.USAGE, "name one with --model: a, b"),
        (models(*"abcdefghijk"), exits.USAGE, "a, b, c, d, e, f, g, h and 3 more"),
    ],
)
def test_what_is_no_judge_is_told_apart(
    gavel: Gavel, listed: Body | int | bytes, code: int, said: str
) -> None:
    with endpoint(measured, listed) as served:
        done = gavel("judge", "probe", served.url)
    assert done.code == code
    assert said in done.err
    assert done.out == ""
    assert not served.chats


def test_a_model_can_be_named_where_several_are_served_or_none_is_listed(gavel: Gavel) -> None:
    for listed in (models("a", "b", max_model_len=4096), 404):
        with endpoint(measured, listed) as served:
            done = gavel("judge", "probe", served.url, "--model", "b")
        assert done.code == exits.OK
        assert {chat["model"] for chat in served.chats} == {"b"}
        assert ("room for 4,096 tokens" in done.out) == (listed != 404)


def test_a_key_that_is_missing_or_wrong_is_asked_for(gavel: Gavel, monkeypatch: pytest.MonkeyPatch) -> None:
    with endpoint(measured, models("m"), key="right") as served:
        missing = gavel("judge", "probe", served.url)
        assert (missing.code, "put its key into OPENAI_API_KEY" in missing.err) == (exits.USAGE, True)
        monkeypatch.setenv("JUDGE_KEY", "wrong-key")
        wrong = gavel("judge", "probe", served.url, "--api-key-env", "JUDGE_KEY")
        assert (wrong.code, "the key in JUDGE_KEY was not accepted" in wrong.err) == (exits.USAGE, True)
        assert "wrong-key" not in wrong.err
        monkeypatch.setenv("JUDGE_KEY", "right")
        right = gavel("judge", "probe", served.url, "--api-key-env", "JUDGE_KEY")
    assert right.code == exits.OK
    assert 'api_key_env: "JUDGE_KEY"' in right.out
    assert '"right"' not in right.out


@pytest.mark.parametrize(
    ("answer", "code", "said"),
    [
        (lambda _: 400, exits.USAGE, "check --model"),
        (lambda _: 401, exits.USAGE, "put its key into OPENAI_API_KEY"),
        (lambda _: 404, exits.USAGE, "HTTP 404"),
        (lambda _: 503, exits.RUNTIME, "HTTP 503"),
        (lambda _: 429, exits.RUNTIME, "try again when its limit allows"),
        (lambda _: {}, exits.USAGE, "not a chat completion"),
    ],
)
def test_a_list_of_models_is_not_yet_a_judge(gavel: Gavel, answer: object, code: int, said: str) -> None:
    assert callable(answer)
    with endpoint(answer, models("m")) as served:
        done = gavel("judge", "probe", served.url)
    assert done.code == code
    assert said in done.err
    assert done.out == ""


def test_a_judge_that_gets_it_wrong_is_described_all_the_same(gavel: Gavel) -> None:
    with endpoint(lambda _: choice("yes", {"yes": -0.1, "no": -3.0}), models("m")) as served:
        done = gavel("judge", "probe", served.url)
    assert done.code == exits.OK
    assert "canaries           right (0.95), WRONG (0.05)" in done.out
    assert "note: It got a plain question wrong" in done.out
