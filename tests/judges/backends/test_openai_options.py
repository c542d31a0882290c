"""The options of the OpenAI-compatible backend: keys, replicas, refusals."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from judges.backends.openai import named
from rubrics.problems import ConfigError
from tests.judges.backends.endpoint import REQUEST, endpoint, options
from tests.judges.raw_server import raw_server, replies

SECRET = "sk-this-must-never-be-seen"


@pytest.fixture(autouse=True)
def _key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", SECRET)


def test_p24_the_key_is_shown_nowhere(tmp_path: Path) -> None:
    found = options("http://127.0.0.1:1/v1")
    backend = found.open()
    shown = [
        repr(found),
        str(found),
        found.model_dump_json(),
        str(found.identity()),
        repr(backend),
        str(vars(found)),
    ]
    assert SECRET not in "".join(shown)


async def test_p24_the_key_may_come_from_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    path = tmp_path / "key"
    path.write_text("from-a-file\n")
    monkeypatch.setenv("JUDGE_KEY_FILE", str(path))
    async with endpoint(replies(), api_key_env="JUDGE_KEY") as (server, backend):
        await backend(REQUEST)
    assert server.received[0].headers["authorization"] == "Bearer from-a-file"
    async with endpoint(replies(), api_key_env=None) as (server, backend):
        await backend(REQUEST)
    assert "authorization" not in server.received[0].headers


def test_a_key_that_cannot_be_had_is_a_configuration_error(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("JUDGE_KEY_FILE", str(tmp_path / "nowhere"))
    with pytest.raises(ConfigError, match="JUDGE_KEY_FILE names a file that cannot be read"):
        options("http://127.0.0.1:1/v1", api_key_env="JUDGE_KEY").open()
    monkeypatch.setenv("JUDGE_KEY", "two\nlines")
    with pytest.raises(ConfigError, match="JUDGE_KEY holds characters that no key has") as caught:
        options("http://127.0.0.1:1/v1", api_key_env="JUDGE_KEY").open()
    assert "lines" not in str(caught.value)


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"base_url": "localhost:8000"}, "expected http://host/v1"),
        ({"base_url": "file:///etc/passwd"}, "expected http://host/v1"),
        ({"base_url": "http://user:word@host/v1"}, "must not hold a user, password or query"),
        ({"base_url": "http://host/v1?key=1"}, "must not hold a user, password or query"),
        ({"headers": {"Authorization": "Bearer x"}}, "looks like a secret"),
        ({"headers": {"X-Api-Key": "x"}}, "looks like a secret"),
        ({"headers": {"X-A": "1\r\nX-B: 2"}}, "not a header"),
        ({"extra_body": {"stream": True}}, "not for extra_body"),
        ({"extra_body": {"rid": 1}, "request_id_field": "rid"}, "is a field of the request already"),
        ({"request_id_field": "max_tokens"}, "is a field of the request already"),
        ({"request_id_field": 'a": 1'}, "should match pattern"),
        ({"base_url": []}, "at least one URL"),
        ({"base_url": ["http://host/v1", "http://host/v1/"]}, "is listed twice"),
        ({"base_url": ["http://host/v1", "host"]}, "expected http://host/v1"),
        ({"base_url": "http://ho st/v1"}, "not a host name"),
        ({"base_url": "http://a..b/v1"}, "not a host name"),
        ({"base_url": "http://host:99999/v1"}, "Port out of range"),
        ({"requests_per_minute": 0}, "greater than or equal to 1"),
        ({"model": ""}, "at least 1 character"),
        ({"attempts": 4}, "less than or equal to 3"),
        ({"timeout": 3}, "Extra inputs are not permitted"),
    ],
)
def test_wrong_options_are_refused(wrong: dict[str, object], why: str) -> None:
    with pytest.raises(ValidationError, match=why):
        options(**{"base_url": "http://host/v1", **wrong})  # type: ignore[arg-type]


def test_what_goes_into_the_reward_version_is_what_can_change_a_verdict() -> None:
    here, there = options("http://here/v1", timeout_s=1.0), options("http://there/v1/", max_concurrency=2)
    assert here.identity() == there.identity()
    assert here.identity() != options("http://here/v1", temperature=0.5).identity()
    assert here.identity() != options("http://here/v1", verdict="text").identity()
    assert here.identity() != options("http://here/v1", extra_body={"top_k": 1}).identity()


async def test_each_url_of_a_list_is_a_replica() -> None:
    async with raw_server(replies()) as one, raw_server(replies()) as other:
        found = options([one.base_url, f"{other.base_url}/chat/completions"])
        backends = {name: opener() for name, opener in found.endpoints().items()}
        for backend in backends.values():
            await backend(REQUEST)
            await backend.aclose()
        assert list(backends) == [one.base_url, other.base_url]
        assert [len(server.received) for server in (one, other)] == [1, 1]
        assert await found.discover() is None


async def test_each_address_of_a_name_is_a_replica() -> None:
    async with raw_server(replies()) as server:
        port = server.base_url.rpartition(":")[2]
        found = options(f"http://localhost:{port}", resolve=True)
        name = f"http://127.0.0.1:{port}"
        discovered = await found.discover()
        assert discovered is not None
        assert discovered.keys() == found.endpoints().keys() >= {name}
        backend = discovered[name]()
        await backend(REQUEST)
        await backend.aclose()
    assert server.received[0].headers["host"] == f"localhost:{port.removesuffix('/v1')}"


def test_an_address_has_a_name_that_is_a_url() -> None:
    found = named("https://judge.example/v1", ["10.0.0.1", "2001:db8::1"])
    assert found == {"https://10.0.0.1:443/v1": "10.0.0.1", "https://[2001:db8::1]:443/v1": "2001:db8::1"}


def test_rates_are_those_of_a_replica() -> None:
    assert options("http://host/v1").rates() == (None, None)
    assert options("http://host/v1", requests_per_minute=60, tokens_per_minute=9000).rates() == (60, 9000)
