"""Whatever JSON comes, the answer is rewards or an error that is the caller's: never a 500."""

import json

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.reward_server.http.serving import Json, Served

EXAMPLES = settings(
    max_examples=150,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)

texts = st.text(st.characters(), max_size=20) | st.sampled_from(
    ['<think>a</think>{"label": "spam"}', "<think>", '{"label": "\\ud800"}', "\ud800", "\x00", "[" * 500]
)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=8,
)
messages = st.lists(
    st.fixed_dictionaries(
        {"role": st.sampled_from(["assistant", "user"])},
        optional={"content": texts | values, "reasoning_content": texts | values, "x": values},
    ),
    max_size=2,
)
rollouts = st.fixed_dictionaries(
    {"completion": texts | messages},
    optional={
        "id": st.sampled_from(["a", "b"]) | values,
        "group": st.sampled_from(["g"]) | values,
        "prompt": texts | messages | values,
        "ground_truth": st.just({"label": "spam"}) | values,
        "metadata": st.dictionaries(texts, values, max_size=2) | values,
        "finish_reason": st.sampled_from(["stop", "length"]) | values,
        "completion_tokens": st.integers(0, 10) | values,
    },
)
requests = st.fixed_dictionaries(
    {"rollouts": st.lists(rollouts, max_size=3) | values},
    optional={
        "reward": st.just("test") | values,
        "deadline_s": st.just(5) | values,
        "detail": st.sampled_from(["rewards", "components", "verdicts"]) | values,
        "x": values,
    },
)


@EXAMPLES
@given(requests)
def test_a_request_of_almost_the_right_shape(server: Served, request: Json) -> None:
    expect_sense(server, json.dumps(request).encode(), request)


@EXAMPLES
@given(values)
def test_any_json(server: Served, value: object) -> None:
    assert server.post(json.dumps(value).encode()).status_code in (400, 422)


@EXAMPLES
@given(rollouts, st.integers(0, 200), st.binary(max_size=4))
def test_a_request_with_bytes_replaced(server: Served, rollout: Json, place: int, noise: bytes) -> None:
    body = json.dumps({"rollouts": [rollout]}, ensure_ascii=False).encode(errors="surrogatepass")
    place %= len(body)
    expect_sense(server, body[:place] + noise + body[place + len(noise) :])


def expect_sense(server: Served, body: bytes, request: Json | None = None) -> None:
    response = server.post(body)
    assert response.status_code in (200, 400, 422), response.text
    answer = response.json()
    if response.status_code != 200:
        assert set(answer["error"]) == {"code", "message", "path", "hint"}
    elif request is not None:
        assert len(answer["rewards"]) == len(answer["results"]) == len(request["rollouts"])
