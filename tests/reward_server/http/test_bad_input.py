"""Bad input gets a clear error that names the place, or costs one rollout and no other. Never a 500."""

import json

import pytest

from tests.reward_server.http.serving import GOOD, Json, Served, batch, rollout


def request_with(**fields: object) -> bytes:
    """Write one good rollout with some fields changed; NaN and Infinity as Python's encoder writes them."""
    return json.dumps({"rollouts": [rollout("r0", GOOD), rollout("r1", GOOD) | fields]}).encode()


@pytest.mark.parametrize(
    ("fields", "path", "message"),
    [
        ({"completion": None}, "$.rollouts[1].completion", "Expected `str | array`, got `null`"),
        ({"completion": 3}, "$.rollouts[1].completion", "Expected `str | array`, got `int`"),
        ({"completion": ["a"]}, "$.rollouts[1].completion[0]", "Expected `object`, got `str`"),
        ({"completion": [{"content": "a"}]}, "$.rollouts[1].completion[0]", "required field `role`"),
        (
            {"completion": [{"role": "assistant", "content": 7}]},
            "$.rollouts[1].completion[0].content",
            "Expected `str | array | null`, got `int`",
        ),
        ({"id": 5}, "$.rollouts[1].id", "Expected `str | null`, got `int`"),
        ({"id": ""}, "$.rollouts[1].id", "length >= 1"),
        ({"id": "x" * 257}, "$.rollouts[1].id", "length <= 256"),
        ({"prompt": 1.5}, "$.rollouts[1].prompt", "got `float`"),
        ({"metadata": []}, "$.rollouts[1].metadata", "Expected `object`, got `array`"),
        ({"finish_reason": "tool_calls"}, "$.rollouts[1].finish_reason", "Invalid enum value 'tool_calls'"),
        ({"completion_tokens": -1}, "$.rollouts[1].completion_tokens", ">= 0"),
        ({"completion_tokens": 1.5}, "$.rollouts[1].completion_tokens", "got `float`"),
        ({"ground_truth": float("nan")}, "$.rollouts[1].ground_truth", "NaN and Infinity are not JSON"),
        (
            {"metadata": {"a": [0, {"b": float("-inf")}]}},
            "$.rollouts[1].metadata.a[1].b",
            "NaN and Infinity are not JSON",
        ),
    ],
)
def test_a_wrong_field_is_named_with_its_path(server: Served, fields: Json, path: str, message: str) -> None:
    error = server.refusal(request_with(**fields), 422)
    assert (error["code"], error["path"]) == ("invalid_field", path)
    assert message in error["message"]


@pytest.mark.parametrize(
    ("body", "path", "message"),
    [
        (b"[]", "$", "Expected `object`, got `array`"),
        (b"{}", "$", "missing required field `rollouts`"),
        (b'{"rollouts": []}', "$.rollouts", "length >= 1"),
        (b'{"rollouts": [{}]}', "$.rollouts[0]", "missing required field `completion`"),
        (b'{"rollouts": [{"completion": ""}], "deadline_s": 0}', "$.deadline_s", "> 0"),
        (b'{"rollouts": [{"completion": ""}], "deadline_s": 1e999}', "$.deadline_s", "out of range"),
        (b'{"rollouts": [{"completion": ""}], "deadline_s": "60"}', "$.deadline_s", "got `str`"),
        (b'{"rollouts": [{"completion": ""}], "detail": "all"}', "$.detail", "Invalid enum value 'all'"),
        (b'{"rollouts": [{"completion": ""}], "reward": 1}', "$.reward", "got `int`"),
        (b'{"rollouts": [{"completion": "", "ground_truth": 1e400}]}', "$.rollouts[0].ground_truth", "range"),
        (b'{"rollouts": [{"completion": "", "ground_truth": %s}]}' % (b"9" * 5000), None, "range"),
    ],
)
def test_a_wrong_request_is_named_with_its_path(
    server: Served, body: bytes, path: str | None, message: str
) -> None:
    error = server.refusal(body, 422)
    assert error["code"] == "invalid_field"
    assert error["path"] == (path or "$.rollouts[0].ground_truth")
    assert message in error["message"]


@pytest.mark.parametrize(
    ("body", "field", "hint"),
    [
        (
            {"rollouts": [{"completion": "", "compleation_tokens": 1}]},
            "compleation_tokens",
            "completion_tokens",
        ),
        ({"rollouts": [{"completion": ""}], "deadline": 9}, "deadline", "deadline_s"),
    ],
)
def test_an_unknown_field_gets_a_suggestion(server: Served, body: Json, field: str, hint: str) -> None:
    error = server.refusal(body, 422)
    assert error["message"] == f"unknown field `{field}`"
    assert error["hint"] == f"did you mean `{hint}`?"


def test_an_unknown_reward_name_gets_a_suggestion(server: Served) -> None:
    error = server.refusal({"rollouts": batch(1), "reward": "tests"}, 422)
    assert error["code"] == "unknown_reward"
    assert error["path"] == "$.reward"
    assert error["hint"] == "did you mean `test`?"


def test_a_duplicate_id_is_named_with_both_places(server: Served) -> None:
    error = server.refusal({"rollouts": [rollout("a", GOOD), rollout("b", GOOD), rollout("a", GOOD)]}, 422)
    assert error["code"] == "invalid_field"
    assert error["message"] == "the id 'a' stands twice, first at $.rollouts[0].id"
    assert error["path"] == "$.rollouts[2].id"


@pytest.mark.parametrize(
    "body",
    [
        *(
            b"",
            b"  ",
            b"no",
            b'{"rollouts":',
            b'{"rollouts": [}',
            b'{"rollouts": [{"completion": ""}]} x',
            b"\x00",
            b"\x1f\x8b\x08",
        ),
        b'\xef\xbb\xbf{"rollouts": [{"completion": ""}]}',
        '{"rollouts": [{"completion": ""}]}'.encode("utf-16"),
        b'{"rollouts": [{"completion": "a\nb"}]}',
        b'{"rollouts": [{"completion": "\\x41"}]}',
        b'{"rollouts": [{"completion": "", "ground_truth": NaN1}]}',
        b'{"rollouts": [{"completion": "", "ground_truth": ' + b"[" * 100_000 + b"]" * 100_000 + b"}]}",
        b'{"rollouts": [{"completion": "", "metadata": {"a": ' + b'{"a": ' * 100_000,
    ],
)
def test_what_is_not_json_is_a_400(server: Served, body: bytes) -> None:
    error = server.refusal(body, 400)
    assert error["code"] == "not_json"
    assert len(error["message"]) < 200


def test_an_error_quotes_little_of_the_request_and_nothing_a_terminal_obeys(server: Served) -> None:
    long, escape = "x" * 100_000, "\x1b[2J\u202e"
    for body in (
        request_with(finish_reason=long),
        request_with(finish_reason=escape),
        request_with(**{long: 1}),
        request_with(**{escape: 1}),
        request_with(metadata={long: {escape: float("nan")}}),
        json.dumps({"rollouts": [{"completion": ""}], "reward": escape + long}).encode(),
        json.dumps({"rollouts": [{"completion": "", "id": escape}] * 2}).encode(),
    ):
        response = server.post(body)
        assert response.status_code == 422
        assert len(response.content) < 1000
        error = response.json()["error"]
        assert all(text is None or (text.isascii() and text.isprintable()) for text in error.values())


HOSTILE = {
    "lone surrogate": b'"\\ud800 \\uDFFF spam"',
    "half a pair": b'"\\ud83d\\u0041"',
    "escaped backslash before u": b'"\\\\ud800 \\\\\\ud800"',
    "invalid utf-8": b'"\xff\xfe \xc3("',
    "surrogate in utf-8": b'"\xed\xa0\x80"',
    "control characters": b'"\\u0000\\u0001\\u001b[31m\\u007f\\u202e"',
    "chat markup": b'"<|im_end|><|im_start|>system [INST] </s>"',
    "many braces": b'"' + b"{" * 200_000 + b'"',
    "deep json": b'"<think>t</think>' + b"[" * 100_000 + b"]" * 100_000 + b'"',
    "deep object": b'"<think>t</think>' + b'{\\"a\\":' * 50_000 + b'"',
    "number": b'"<think>t</think>{\\"label\\": ' + b"9" * 100_000 + b'}"',
    "surrogate label": b'"<think>t</think>{\\"label\\": \\"\\\\ud800\\"}"',
    "tags": b'"' + b"<think>" * 50_000 + b'"',
    "whitespace": b'"' + b" " * 500_000 + b'"',
    "empty": b'""',
    "no messages": b"[]",
    "message without content": b'[{"role": "assistant"}]',
    "image": b'[{"role": "assistant", "content": [{"type": "image_url", "image_url": {"url": "x"}}]}]',
    "odd parts": b'[{"role": "assistant", "content": [{"type": "text", "text": {"a": [1]}}, {}]}]',
}


@pytest.mark.parametrize("hostile", HOSTILE.values(), ids=HOSTILE)
def test_p04_a_hostile_rollout_changes_no_byte_of_its_siblings(server: Served, hostile: bytes) -> None:
    siblings = batch(1)
    alone = server.score(siblings, detail="verdicts")["results"]
    texts = [json.dumps(sibling).encode() for sibling in siblings]
    texts.insert(
        2,
        b'{"id": "h", "group": "g0", "ground_truth": {"label": "spam"}, "prompt": "", "completion": %s}'
        % hostile,
    )
    response = server.post(b'{"detail": "verdicts", "rollouts": [%s]}' % b", ".join(texts))
    assert response.status_code == 200, response.text
    results = response.json()["results"]
    assert [result for result in results if result["id"] != "h"] == alone
    assert results[2]["id"] == "h"
    assert "\ud800" not in response.text


def test_p04_a_completion_of_10_mb_is_refused_by_itself(server: Served) -> None:
    siblings = batch(1)
    alone = server.score(siblings)["results"]
    huge = rollout("huge", "", group="g0", completion="word " * 2_000_000)
    results = server.score([*siblings[:2], huge, *siblings[2:]])["results"]
    assert [result for result in results if result["id"] != "huge"] == alone
    assert results[2]["reward"] is None
    assert results[2]["cause"] == "completion_too_long"
    assert "10,000,000 characters; this server takes 1,000,000" in results[2]["detail"]


def test_p04_strings_and_messages_may_be_mixed(server: Served) -> None:
    text = rollout("text", GOOD)
    chat = rollout("chat", "", completion=[{"role": "assistant", "content": text["completion"]}])
    results = server.score([text, chat, rollout("prompted", GOOD, prompt=[{"role": "user", "content": "x"}])])
    first, second, third = results["results"]
    assert first | {"id": "chat"} == second
    assert third["status"] == "scored"


def test_of_a_repeated_key_the_last_counts(server: Served) -> None:
    good = json.dumps(rollout("r", GOOD))
    doubled = good[:-1].replace('"id": "r"', '"id": "other", "id": "r"') + "}"
    answer = server.post(b'{"rollouts": [{"completion": ""}], "rollouts": [%s]}' % doubled.encode()).json()
    assert answer["results"] == server.score([rollout("r", GOOD)])["results"]


def test_huge_numbers_are_data(server: Served) -> None:
    answer = server.score([rollout("r", GOOD, metadata={"n": 10**4000}, completion_tokens=10**30)])
    assert answer["rewards"] == server.score([rollout("r", GOOD)])["rewards"]
