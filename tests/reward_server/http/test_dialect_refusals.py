"""What a dialect does not take: groups it cannot name, a wrong token, and whatever else comes as JSON."""

import json
from collections.abc import Iterator

import aiohttp
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.reward_server.http.serving import CHECKS_ONLY, GAVEL, Json, Served, serve, started
from tests.reward_server.http.test_dialects import ANEW, body, each_dialect, post, row
from tests.reward_server.http.test_fuzz import EXAMPLES, texts, values


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Two reward functions, the rewards of one of which depend on the rest of the group."""
    directory = tmp_path_factory.mktemp("two")
    relative = CHECKS_ONLY.replace("name: test", "name: relative") + "on_unscored: renormalise_group\n"
    files = [directory / "test.yaml", directory / "relative.yaml"]
    for file, text in zip(files, (CHECKS_ONLY, relative), strict=True):
        file.write_text(text, encoding="utf-8")
    with started((GAVEL, "serve", *map(str, files), "--port", "0"), directory / "stderr.txt") as served:
        yield served


@each_dialect
def test_one_of_two_functions_must_be_named(two: Served, path: str) -> None:
    response = post(two, path)
    assert response.status_code == 422
    assert response.json()["error"]["code"] == "unknown_reward"


def test_a_session_for_a_function_that_there_is_not_begins_with_the_mistake(two: Served) -> None:
    assert two.client.post("/nemo-gym/test/seed_session", json={}).json() == {}
    assert two.client.post("/nemo-gym/tset/seed_session", json={}).status_code == 404
    assert two.client.get("/nemo-gym/tset/reverify_mode").status_code == 404
    assert two.client.post("/seed_session", json={}).json()["error"]["code"] == "unknown_reward"


@pytest.mark.parametrize("path", ["/openrlhf/relative", "/slime/relative", "/azure/relative"])
def test_a_function_that_compares_is_refused_where_no_group_is_named(two: Served, path: str) -> None:
    response = post(two, path)
    assert response.status_code == 422
    error = response.json()["error"]
    assert error["message"].endswith("names no groups")
    assert error["hint"]


def test_nemo_gym_names_groups_by_task_and_rollout(two: Served) -> None:
    lone = two.client.post("/nemo-gym/relative/verify?group_size=1", json=row("spam"))
    assert lone.json()["reward"] == 1.0
    assert two.client.post("/nemo-gym/relative/verify", json=row("spam")).status_code == 422
    rows = [{**row("spam"), "_ng_task_index": 7, "_ng_rollout_index": number} for number in range(2)]
    for sample in rows:
        two.client.post("/nemo-gym/test/verify?group_size=2", json=sample).raise_for_status()
    group = two.client.get("/v1/groups", params={"reward": "test", "id": "task-7"}).json()
    assert (group["size"], group["scored"], group["complete"]) == (2, 2, True)
    assert group["mean"]["reward"] == 1.0


@pytest.mark.parametrize("key", ["unscored", "cause"])
def test_a_reward_cannot_stand_where_unscored_samples_are_marked(two: Served, key: str) -> None:
    response = post(two, f"/slime/test?unscored=mark&reward_key={key}", None)
    assert (response.status_code, response.json()["error"]["path"]) == (422, "?reward_key")


def test_a_group_is_no_larger_than_it_may_be(two: Served) -> None:
    sample = {**row("spam"), "_ng_task_index": 8, "_ng_rollout_index": 0}
    answer = two.client.post("/nemo-gym/test/verify?group_size=65537", json=sample)
    assert answer.json()["error"]["path"] == "?group_size"


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serve(tmp_path_factory.mktemp("guarded"), token="s3cr3t:/?") as served:
        yield served


async def test_a_token_in_the_url_is_enough_for_clients_without_headers(guarded: Served) -> None:
    logins = ("gavel:s3cr3t%3A%2F%3F@", "gavel:wrong@", "s3cr3t@", "")
    urls = [f"http://{login}127.0.0.1:{guarded.port}/openrlhf" for login in logins]
    assert [await posted_by_aiohttp(url) for url in urls] == [200, 401, 401, 401]


@pytest.mark.parametrize("header", ["Basic !", "Basic czM=", "Basic", "Digest x", "Basic \xff"])
def test_what_is_no_login_is_refused(guarded: Served, header: str) -> None:
    given = {b"Authorization": header.encode("latin-1")}
    assert guarded.client.post("/openrlhf", json={}, headers=given).status_code == 401
    assert "s3cr3t" not in guarded.log.read_text(encoding="utf-8")


async def posted_by_aiohttp(url: str) -> int:
    """POST as OpenRLHF and slime do."""
    async with aiohttp.ClientSession() as session, session.post(url, json=body("/openrlhf")) as response:
        return response.status


PATHS = ("/openrlhf", "/slime", "/azure", "/verify", "/aggregate_metrics", "/seed_session")
items = st.lists(
    st.dictionaries(
        st.sampled_from(["type", "role", "content", "text", "summary"]),
        values | st.sampled_from(["message", "reasoning", "assistant", "output_text"]),
        max_size=4,
    ),
    max_size=3,
)
bodies = st.fixed_dictionaries(
    {},
    optional={
        "query": st.lists(texts, max_size=2) | values,
        "prompts": st.lists(st.just("") | texts, max_size=2) | values,
        "labels": st.lists(values, max_size=2) | values,
        "prompt": texts | items | values,
        "response": texts | st.fixed_dictionaries({"output": items | values}) | values,
        "label": values,
        "responses_create_params": st.fixed_dictionaries({"input": texts | items | values}) | values,
        "instance_config": values,
        "reward": values,
        "_ng_task_index": st.integers() | values,
        "_ng_rollout_index": st.integers() | values,
        "sample": st.dictionaries(st.sampled_from(["output_text", "choices", "output"]), values | items),
        "item": st.dictionaries(texts, values) | values,
        "trace_id": texts | values,
        "verify_responses": st.lists(st.dictionaries(texts, values, max_size=3), max_size=3) | values,
    },
)


@EXAMPLES
@given(st.sampled_from(PATHS), bodies | values)
def test_whatever_comes_is_answered_or_refused_and_never_breaks_us(
    server: Served, path: str, content: object
) -> None:
    response = server.client.post(path, content=json.dumps(content).encode(), headers=ANEW)
    assert response.status_code in (200, 400, 422, 503), response.text
    answer = response.json()
    if response.status_code != 200:
        assert set(answer["error"]) == {"code", "message", "path", "hint"}


@each_dialect
def test_p19_a_body_is_as_large_as_any_other_may_be(
    tmp_path_factory: pytest.TempPathFactory, path: str
) -> None:
    with serve(tmp_path_factory.mktemp("small"), None, "--max-body-bytes", "1000") as small:
        assert small.client.post(path, json={"x": "y" * 2000}).status_code == 413


def test_deep_nesting_in_a_row_is_refused_or_echoed(server: Served) -> None:
    for depth in (100, 400, 900, 990, 5000):
        deep: Json = row("spam")
        text = json.dumps(deep)[:-1] + ', "deep": ' + "[" * depth + "]" * depth + "}"
        response = server.client.post("/verify", content=text.encode(), headers=ANEW)
        assert response.status_code in (200, 400), (depth, response.text[:300])
